// Reads receipts.xml: what became of messages sent before.

import { limits } from '../../../schemas/limits.ts'
import type { ReceiptItem, Receipts } from '../../../schemas/package.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import { readXml, type XmlElement } from '../../containers/xml/read.ts'
import {
  childOf,
  childrenOf,
  type Findings,
  fault,
  formed,
  optional,
  type Placed,
  required,
  warn,
  warnOfUnknown,
} from './elements.ts'
import { type Form, forms, isOperatorOfSchema, parseUtcTime } from './forms.ts'
import { currentNamespace, profile } from './profile.ts'

const messageForm = { ...forms.message, code: 'receipts.invalid' } as const
const idForm = { ...forms.document, code: 'receipts.invalid' } as const
const operatorForm = { ...forms.operator, code: 'receipts.invalid' } as const
/** ДатаОтправки has no type in the published schema: any text passes. */
const timeForm: Form<string> = { ...forms.text, code: 'receipts.invalid' }
const timeLengthMax = 64

/**
 * Reads receipts.xml of either namespace; in the older one it has no attributes, and `sentAt` and
 * `operator` are empty. Items come in the order of the document, their texts cut to `receiptTextLengthMax`
 * characters. Refuses xml.* and receipts.invalid with the element and attribute at fault.
 */
export function readReceipts(bytes: Uint8Array): Receipts | Refusal {
  const element = readXml(bytes)
  if (isRefusal(element)) return element
  if (!profile.namespaces.includes(element.namespace)) return refuse('xml.root', 'the namespace is not known')
  if (element.name !== 'Квитанции') return refuse('xml.root', 'not Квитанции')
  const findings: Findings = { faults: [], warnings: [], namespace: element.namespace }
  const root = { element, at: element.name }
  warnOfUnknown(findings, root)
  const readHead = element.namespace === currentNamespace ? required : optional
  const sentAt = readHead(findings, root, 'ДатаОтправки', timeForm) ?? ''
  const operator = readHead(findings, root, 'Получатель', operatorForm) ?? ''
  warnOfHead(findings, root, sentAt)
  const items = readItems(findings, root)
  const { warnings } = findings
  return (
    findings.faults[0] ?? {
      kind: 'receipts',
      sentAt: sentAt.slice(0, timeLengthMax).toWellFormed(),
      operator,
      items,
      warnings,
    }
  )
}

function warnOfHead(findings: Findings, root: Placed, sentAt: string): void {
  if (sentAt !== '' && parseUtcTime(sentAt) === undefined) {
    warn(findings, `${root.at}/@ДатаОтправки: not a date and time in UTC`)
  }
  const operator = root.element.attributes.get('Получатель')
  if (operator !== undefined && !isOperatorOfSchema(operator)) {
    warn(findings, `${root.at}/@Получатель: characters the published schema lacks`)
  }
}

function readItems(findings: Findings, root: Placed): ReceiptItem[] {
  const own = root.element.children.filter((child) => child.namespace === findings.namespace)
  const known = own.filter((child) => itemReaders.has(child.name))
  if (known.length > limits.receiptItemsMax) {
    fault(findings, 'xml.limits', `${known.length} receipts`, root.at)
    return []
  }
  if (known.length === 0) fault(findings, 'receipts.invalid', 'no receipt is inside', root.at)
  const items = known
    .map((element, index) => readItem(findings, { element, at: `${root.at}/${element.name}[${index + 1}]` }))
    .filter((item) => item !== undefined)
  if (new Set(items.map((item) => item.message)).size < items.length) {
    warn(findings, `${root.at}: a message is answered more than once`)
  }
  return items
}

const itemReaders = new Map<string, (findings: Findings, place: Placed) => ReceiptItem | undefined>([
  ['Успех', readSuccess],
  ['НеизвестныйИд', readUnknownId],
  ['ОшибкаОбработки', readError],
])

function readItem(findings: Findings, place: Placed): ReceiptItem | undefined {
  return itemReaders.get(place.element.name)?.(findings, place)
}

/** What Успех repeats of the message (Документ, ЭП) is read over: the message is known here. */
function readSuccess(findings: Findings, place: Placed): ReceiptItem | undefined {
  const message = required(findings, place, 'ИдЛС', messageForm)
  return message === undefined ? undefined : { outcome: 'success', message }
}

function readUnknownId(findings: Findings, place: Placed): ReceiptItem | undefined {
  const message = required(findings, place, 'ИдЛС', messageForm)
  const ids = childrenOf(findings, place, 'Ид')
    .map(({ element, at }) => formed(findings, { text: element.text, at }, idForm))
    .filter((id) => id !== undefined)
  if (ids.length === 0) fault(findings, 'receipts.invalid', 'no Ид is inside', `${place.at}/Ид`)
  const text = readText(findings, place)
  return message === undefined ? undefined : { outcome: 'unknown-id', message, ids, text }
}

function readError(findings: Findings, place: Placed): ReceiptItem | undefined {
  const message = required(findings, place, 'ИдЛС', messageForm)
  const text = readText(findings, place)
  return message === undefined ? undefined : { outcome: 'error', message, text }
}

function readText(findings: Findings, place: Placed): string {
  const description: XmlElement | undefined = childOf(findings, place, 'Описание')?.element
  if (description === undefined) warn(findings, `${place.at}: no Описание`)
  return [...(description?.text ?? '')].slice(0, limits.receiptTextLengthMax).join('')
}
