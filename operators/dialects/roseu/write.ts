// Writes description.xml and receipts.xml, strictly as the published schema has them.

import { XMLBuilder } from 'fast-xml-parser'
import { limits } from '../../../schemas/limits.ts'
import type {
  DocumentHeader,
  InvitedOrganisation,
  ReceiptItem,
  SignatureHeader,
} from '../../../schemas/package.ts'
import { type Refusal, refuse } from '../../../schemas/refusals.ts'
import type { InvitationToWrite, MessageToWrite, ReceiptsToWrite } from '../../ports.ts'
import { forms, isKppOfSchema, isOperatorOfSchema } from './forms.ts'
import { currentNamespace, documentTypes } from './profile.ts'

/** What the builder takes: `@name` is an attribute, undefined is left out. */
type Node = { [name: string]: string | Node | (string | Node)[] | undefined }

const organisationNameLengthMax = 1000
const publishedTypes = new Set<string>(documentTypes)

/**
 * Writes receipts.xml: errors, unknown ids, successes, in this order of the schema. Texts are cut to
 * `receiptTextLengthMax` characters and freed of control characters. Refuses receipts.invalid.
 */
export function writeReceipts({ operator, sentAt, items }: ReceiptsToWrite): Uint8Array | Refusal {
  if (items.length === 0) return refuse('receipts.invalid', 'no receipt is given', 'Квитанции')
  if (items.length > limits.receiptItemsMax)
    return refuse('receipts.invalid', `${items.length} receipts`, 'Квитанции')
  if (!isOperatorOfSchema(operator)) return refuse('receipts.invalid', operator, 'Квитанции/@Получатель')
  if (forms.utcTime.parse(sentAt) === undefined) {
    return refuse('receipts.invalid', sentAt, 'Квитанции/@ДатаОтправки')
  }
  const fault = items.map(faultOfItem).find((one) => one !== undefined)
  if (fault !== undefined) return fault
  const nodes = (outcome: ReceiptItem['outcome']) =>
    items.filter((item) => item.outcome === outcome).map(itemNode)
  return build('Квитанции', {
    '@ДатаОтправки': sentAt,
    '@Получатель': operator,
    ОшибкаОбработки: nodes('error'),
    НеизвестныйИд: nodes('unknown-id'),
    Успех: nodes('success'),
  })
}

/** Writes the description of a message. Refuses description.* with the element or attribute at fault. */
export function writeMessage(message: MessageToWrite): Uint8Array | Refusal {
  const { sender, recipient, recipientUnit, sentAt, documents, signatures } = message
  if (documents.length + signatures.length === 0)
    return refuse('description.empty', 'nothing is given', 'Сообщение')
  if (recipientUnit !== undefined && forms.unit.parse(recipientUnit) === undefined) {
    return refuse('description.attribute', 'too long', 'Сообщение/@ИдПодразделенияПолучателя')
  }
  const fault = faultOfTime(sentAt, 'Сообщение') ?? faultOfContents(documents, signatures)
  if (fault !== undefined) return fault
  return build('Сообщение', {
    '@Отправитель': sender,
    '@Получатель': recipient,
    '@ИдПодразделенияПолучателя': recipientUnit === undefined ? undefined : plain(recipientUnit),
    '@ДатаОтправки': sentAt,
    Документ: documents.map(documentNode),
    ЭП: signatures.map(signatureNode),
  })
}

/** Writes the description of an invitation. Refuses description.* with the element or attribute at fault. */
export function writeInvitation(invitation: InvitationToWrite): Uint8Array | Refusal {
  const { type, from, to, sentAt, comment, documents, signatures } = invitation
  const fault =
    faultOfTime(sentAt, 'Приглашение') ??
    faultOfInviter(from) ??
    faultOfNumbers(from, 'ОргОтпр') ??
    faultOfNumbers(to, 'ОргПол') ??
    faultOfContents(documents, signatures)
  if (fault !== undefined) return fault
  if (documents.length > 1 || signatures.length > 1) {
    return refuse('description.attribute', 'more than one document or signature', 'Приглашение')
  }
  return build('Приглашение', {
    '@ДатаОтправки': sentAt,
    '@Тип': type === 'ask' ? 'Запрос' : 'Разрыв',
    ОргОтпр: organisationNode(from),
    ОргПол: organisationNode(to),
    Документ: documents.map(documentNode),
    ЭП: signatures.map(signatureNode),
    Комментарий: comment === undefined ? undefined : plain(comment, limits.receiptTextLengthMax),
  })
}

function faultOfItem(item: ReceiptItem): Refusal | undefined {
  if (item.outcome !== 'unknown-id') return undefined
  if (item.ids.length === 0) return refuse('receipts.invalid', 'no id is given', 'НеизвестныйИд/Ид')
  const wrong = item.ids.find((id) => forms.document.parse(id) === undefined)
  return wrong === undefined ? undefined : refuse('receipts.invalid', wrong.slice(0, 60), 'НеизвестныйИд/Ид')
}

function faultOfTime(sentAt: string, root: string): Refusal | undefined {
  const isTime = forms.utcTime.parse(sentAt) !== undefined
  return isTime ? undefined : refuse('description.attribute', sentAt.slice(0, 60), `${root}/@ДатаОтправки`)
}

function faultOfInviter({ inn, name }: InvitedOrganisation): Refusal | undefined {
  if (inn === undefined) return refuse('description.attribute', 'missing', 'ОргОтпр/@ИНН')
  return name === undefined ? refuse('description.attribute', 'missing', 'ОргОтпр/@НаимОрг') : undefined
}

function faultOfNumbers({ inn, kpp }: InvitedOrganisation, element: string): Refusal | undefined {
  if (inn !== undefined && forms.inn.parse(inn) === undefined) {
    return refuse('description.attribute', 'not an ИНН', `${element}/@ИНН`)
  }
  const isKpp = kpp === undefined || isKppOfSchema(kpp)
  return isKpp ? undefined : refuse('description.attribute', 'not a КПП', `${element}/@КПП`)
}

function faultOfContents(documents: DocumentHeader[], signatures: SignatureHeader[]): Refusal | undefined {
  if (
    documents.length > limits.documentsPerMessageMax ||
    signatures.length > limits.signaturesPerMessageMax
  ) {
    return refuse('xml.limits', 'too many documents or signatures')
  }
  for (const ids of [documents.map(({ id }) => id), signatures.map(({ id }) => id)]) {
    if (new Set<string>(ids).size < ids.length)
      return refuse('description.duplicate-id', 'an id stands twice')
  }
  return documents.map(faultOfDocument).find((fault) => fault !== undefined)
}

function faultOfDocument({ type, fileName, date, parents }: DocumentHeader): Refusal | undefined {
  if (!publishedTypes.has(type))
    return refuse('description.attribute', type.slice(0, 60), 'Документ/@ТипДокумента')
  if (forms.fileName.parse(fileName) === undefined) {
    return refuse('description.attribute', `not ${forms.fileName.expected}`, 'Документ/@ИмяФайла')
  }
  if (parents.length > limits.parentsPerDocumentMax) return refuse('xml.limits', 'too many КДокументу')
  if (date === undefined) return refuse('description.attribute', 'missing', 'Документ/Дата')
  const isDate = forms.date.parse(date) !== undefined
  return isDate ? undefined : refuse('description.attribute', date.slice(0, 60), 'Документ/Дата')
}

function itemNode(item: ReceiptItem): Node {
  const text = 'text' in item ? plain(item.text, limits.receiptTextLengthMax) : undefined
  return {
    '@ИдЛС': item.message,
    Ид: item.outcome === 'unknown-id' ? item.ids : undefined,
    Описание: text,
  }
}

function documentNode(document: DocumentHeader): Node {
  return {
    '@ИдДокумента': document.id,
    '@ТипДокумента': document.type,
    '@ОжидаетсяПодписьПолучателя': document.answerExpected ? 'true' : undefined,
    '@ИмяФайла': plain(document.fileName),
    '@Зашифрован': document.encrypted ? 'true' : undefined,
    КДокументу: document.parents,
    Номер: document.number === undefined ? undefined : plain(document.number, limits.receiptTextLengthMax),
    Дата: document.date,
  }
}

function signatureNode({ signer, id, document }: SignatureHeader): Node {
  return { '@Подписант': signer, '@ИдЭП': id, '@КДокументу': document }
}

function organisationNode({ id, inn, kpp, name }: InvitedOrganisation): Node {
  return {
    '@Ид': id,
    '@ИНН': inn,
    '@КПП': kpp,
    '@НаимОрг': name === undefined ? undefined : plain(name, organisationNameLengthMax),
  }
}

/**
 * A text as XML can carry it: every control character a space, no half or forbidden characters, not too
 * long.
 */
function plain(text: string, lengthMax = Number.POSITIVE_INFINITY): string {
  const clean = text.toWellFormed().replace(/[\p{Cc}\ufffe\uffff]/gu, ' ')
  return clean.length <= lengthMax ? clean : [...clean].slice(0, lengthMax).join('')
}

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  suppressBooleanAttributes: false,
  suppressEmptyNode: true,
  processEntities: true,
  format: false,
})

function build(root: string, node: Node): Uint8Array | Refusal {
  const document = {
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    [root]: withoutAbsent({ '@xmlns': currentNamespace, ...node }),
  }
  const bytes = Buffer.from(builder.build(document), 'utf8')
  return bytes.length <= limits.descriptionBytesMax
    ? bytes
    : refuse('xml.limits', `${bytes.length} bytes`, root)
}

/** The builder writes undefined as an empty element: what is absent is left out instead. */
function withoutAbsent(node: Node): Node {
  const kept = Object.entries(node).filter(([, value]) => value !== undefined)
  const inner = (value: Node[string]): Node[string] => {
    if (Array.isArray(value)) return value.map((one) => (typeof one === 'string' ? one : withoutAbsent(one)))
    return value === undefined || typeof value === 'string' ? value : withoutAbsent(value)
  }
  return Object.fromEntries(kept.map(([name, value]) => [name, inner(value)]))
}
