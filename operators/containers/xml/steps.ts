// Counts what the readers of XML look at, so that tests can bound their work without a clock.

let steps = 0

/** Notes one element, attribute, text, comment or instruction that a reader was given. */
export function countXmlStep(): void {
  steps += 1
}

/** How many of them all readers of this thread have been given so far. */
export function xmlSteps(): number {
  return steps
}
