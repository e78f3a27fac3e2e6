// The faults a simulated SFTP server can be told to have, asked for before each operation.

import type { Request } from './wire.ts'

/** What is about to happen. Paths are UTF-8 text from the account's root; of a handle the path it was opened by. */
export type Operation = {
  op: 'connect' | 'auth' | Request['op']
  path: string
  newPath: string | undefined
  account: string
  /** How many operations of this kind the server met, this one included. */
  count: number
}

/**
 * `drop-before`: the connection ends before it is done; `drop-after`: it is done, then the connection ends without an
 * answer; `hang`: no answer, nothing is done; a status: refused with it, with `isDone` although it was done; `lie`: answered as done without doing it
 * (for `connect`: the server speaks no SSH; `auth` knows no lie).
 */
export type Fault = 'drop-before' | 'drop-after' | 'hang' | 'lie' | { status: number; isDone?: true }

/** Decides about each operation; undefined: it goes its right way. */
export type Faults = (operation: Operation) => Fault | undefined

/** Counts operations and asks for faults, which may be changed at any time. */
export class FaultDesk {
  readonly #counts = new Map<Operation['op'], number>()
  readonly #manners: Faults | undefined
  #faults: Faults | undefined

  /** `manners` are asked for what the changeable faults leave alone. */
  constructor(of: { faults?: Faults | undefined; manners?: Faults | undefined }) {
    this.#faults = of.faults
    this.#manners = of.manners
  }

  /** From now on; undefined for none. */
  set(faults: Faults | undefined): void {
    this.#faults = faults
  }

  /** Counts the operation and says what goes wrong with it. */
  ask(operation: Pick<Operation, 'op'> & Partial<Operation>): Fault | undefined {
    const count = (this.#counts.get(operation.op) ?? 0) + 1
    this.#counts.set(operation.op, count)
    const whole = { path: '', newPath: undefined, account: '', ...operation, count }
    return this.#faults?.(whole) ?? this.#manners?.(whole)
  }
}
