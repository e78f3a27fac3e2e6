// Reads values out of elements, collecting faults and warnings with the place each was found at.

import { limits } from '../../../schemas/limits.ts'
import { type Refusal, type RefusalCode, refuse } from '../../../schemas/refusals.ts'
import type { XmlElement } from '../../containers/xml/read.ts'
import type { Form } from './forms.ts'
import { shapes } from './profile.ts'

/** Everything found while one document is read. `namespace` is the root's: children must share it. */
export type Findings = { faults: Refusal[]; warnings: string[]; namespace: string }

/** An element with the words that say where it stands, such as `Сообщение/Документ[2]`. */
export type Placed = { element: XmlElement; at: string }

/** Notes a fault; from the fiftieth on they are no longer counted. */
export function fault(findings: Findings, code: RefusalCode, seen: string, at: string): void {
  if (findings.faults.length < limits.descriptionFaultsMax) findings.faults.push(refuse(code, seen, at))
}

/** Notes a warning. Warnings hold names of the document's markup, never its values. */
export function warn(findings: Findings, text: string): void {
  const clean = text
    .replace(/\p{Cc}/gu, '?')
    .slice(0, 200)
    .toWellFormed()
  if (findings.warnings.length < limits.descriptionWarningsMax) findings.warnings.push(clean)
}

/** Reads a required attribute; undefined after a fault. */
export function required<T>(
  findings: Findings,
  { element, at }: Placed,
  name: string,
  form: Form<T>,
): T | undefined {
  const text = element.attributes.get(name)
  if (text !== undefined) return formed(findings, { text, at: `${at}/@${name}` }, form)
  fault(findings, missingCode(form.code), 'the attribute is missing', `${at}/@${name}`)
  return undefined
}

/** Reads an optional attribute; undefined when absent and after a fault. */
export function optional<T>(
  findings: Findings,
  { element, at }: Placed,
  name: string,
  form: Form<T>,
): T | undefined {
  const text = element.attributes.get(name)
  return text === undefined ? undefined : formed(findings, { text, at: `${at}/@${name}` }, form)
}

/** Reads a text that has a form; undefined after a fault. */
export function formed<T>(
  findings: Findings,
  value: { text: string; at: string },
  form: Form<T>,
): T | undefined {
  const result = form.parse(value.text)
  if (result === undefined) {
    const quotation = form.quoted ? `${JSON.stringify(cut(value.text))} is not` : 'not'
    fault(findings, form.code, `${quotation} ${form.expected}`, value.at)
  }
  return result
}

/** The children of one name, in their order, numbered when there are several. */
export function childrenOf(findings: Findings, { element, at }: Placed, name: string): Placed[] {
  const found = element.children.filter((child) => isOwn(findings, child) && child.name === name)
  return found.map((child, index) => ({
    element: child,
    at: `${at}/${name}${found.length > 1 ? `[${index + 1}]` : ''}`,
  }))
}

/** The only child of a name. More than one are a warning, and the first counts. */
export function childOf(findings: Findings, parent: Placed, name: string): Placed | undefined {
  const found = childrenOf(findings, parent, name)
  if (found.length > 1) warn(findings, `${parent.at}: ${name} stands ${found.length} times, the first counts`)
  return found[0]
}

/** Warns of what the published schema does not know in an element and below it (RULES 7). */
export function warnOfUnknown(findings: Findings, { element, at }: Placed): void {
  const shape = shapes[element.name]
  if (shape === undefined) return
  for (const name of [...element.attributes.keys(), ...element.foreignAttributes]) {
    if (!shape.attributes.includes(name)) warn(findings, `${at}: unknown attribute ${cut(name)}`)
  }
  if (shape.hasText === undefined && element.text.trim() !== '')
    warn(findings, `${at}: text between elements`)
  let reached = 0
  for (const child of element.children) {
    const position = isOwn(findings, child) ? shape.children.indexOf(child.name) : -1
    if (position < 0) {
      warn(findings, `${at}: unknown element ${cut(child.name)}`)
      continue
    }
    if (position < reached) warn(findings, `${at}: ${child.name} stands out of order`)
    reached = Math.max(reached, position)
    warnOfUnknown(findings, { element: child, at: `${at}/${child.name}` })
  }
}

function isOwn(findings: Findings, element: XmlElement): boolean {
  return element.namespace === findings.namespace
}

function missingCode(code: RefusalCode): RefusalCode {
  return code === 'receipts.invalid' ? code : 'description.attribute'
}

/** The beginning of an outside text. A cut may halve a character, and PostgreSQL takes no half ones. */
function cut(text: string): string {
  return text.slice(0, limits.quotedLengthMax).toWellFormed()
}
