// Reads description.xml: a message or an invitation.

import { limits } from '../../../schemas/limits.ts'
import {
  type Description,
  type DocumentHeader,
  type DocumentParameter,
  type InvitationDescription,
  type InvitedOrganisation,
  type MessageDescription,
  referencesOf,
  type SignatureHeader,
} from '../../../schemas/package.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import { readXml } from '../../containers/xml/read.ts'
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
import { forms, isKppOfSchema } from './forms.ts'
import { currentNamespace, documentTypes, profile } from './profile.ts'

/** A description with every fault of it; without `description` there is at least one. */
type ReadDescription = { description: Description | undefined; faults: Refusal[] }

const publishedTypes = new Set<string>(documentTypes)

/**
 * Reads description.xml of either namespace. Tolerant: what a newer technology may have added is read over
 * with a warning (RULES 7). Refuses xml.* and description.* with the element and attribute at fault.
 */
export function readDescription(bytes: Uint8Array): Description | Refusal {
  const { description, faults } = inspectDescription(bytes)
  return faults[0] ?? description ?? refuse('xml.root', 'no description')
}

/** Like `readDescription`, but gives all faults instead of the first. */
export function inspectDescription(bytes: Uint8Array): ReadDescription {
  const element = readXml(bytes)
  if (isRefusal(element)) return { description: undefined, faults: [element] }
  const findings: Findings = { faults: [], warnings: [], namespace: element.namespace }
  const root = { element, at: element.name }
  if (!profile.namespaces.includes(element.namespace)) {
    return { description: undefined, faults: [refuse('xml.root', 'the namespace is not known')] }
  }
  const read = readers.get(element.name)
  if (read === undefined) {
    return { description: undefined, faults: [refuse('xml.root', 'neither Сообщение nor Приглашение')] }
  }
  warnOfUnknown(findings, root)
  const description = read(findings, root)
  return { description: findings.faults.length === 0 ? description : undefined, faults: findings.faults }
}

const readers = new Map<string, (findings: Findings, root: Placed) => Description | undefined>([
  ['Сообщение', readMessage],
  ['Приглашение', readInvitation],
])

function readMessage(findings: Findings, root: Placed): MessageDescription | undefined {
  const sender = required(findings, root, 'Отправитель', forms.participant)
  const recipient = required(findings, root, 'Получатель', forms.participant)
  const recipientUnit = optional(findings, root, 'ИдПодразделенияПолучателя', forms.unit)
  const sentAt = required(findings, root, 'ДатаОтправки', forms.utcTime)
  const { documents, signatures } = readContents(findings, root)
  if (findings.faults.length === 0 && documents.length + signatures.length === 0) {
    fault(findings, 'description.empty', 'neither Документ nor ЭП', root.at)
  }
  if (sender === undefined || recipient === undefined || sentAt === undefined) return undefined
  const { warnings } = findings
  return { kind: 'message', sender, recipient, recipientUnit, sentAt, documents, signatures, warnings }
}

function readInvitation(findings: Findings, root: Placed): InvitationDescription | undefined {
  const sentAt = required(findings, root, 'ДатаОтправки', forms.utcTime)
  const type = required(findings, root, 'Тип', forms.invitationType)
  const from = readOrganisation(findings, root, 'ОргОтпр')
  const to = readOrganisation(findings, root, 'ОргПол')
  const { documents, signatures } = readContents(findings, root)
  if (documents.length > 1 || signatures.length > 1) {
    warn(findings, `${root.at}: more than one Документ or ЭП`)
  }
  const comment = childOf(findings, root, 'Комментарий')?.element.text
  if (sentAt === undefined || type === undefined || from === undefined || to === undefined) return undefined
  const parties = { from, to, sender: from.id, recipient: to.id }
  const { warnings } = findings
  return { kind: 'invitation', type, ...parties, sentAt, comment, documents, signatures, warnings }
}

function readOrganisation(findings: Findings, root: Placed, name: string): InvitedOrganisation | undefined {
  const place = childOf(findings, root, name)
  if (place === undefined) {
    fault(findings, 'description.attribute', 'the element is missing', `${root.at}/${name}`)
    return undefined
  }
  const isInviter = name === 'ОргОтпр'
  const readNamed = isInviter ? required : optional
  const id = required(findings, place, 'Ид', forms.participant)
  const inn = readNamed(findings, place, 'ИНН', forms.inn)
  const kpp = optional(findings, place, 'КПП', forms.kpp)
  const named = readNamed(findings, place, 'НаимОрг', forms.text)
  if (kpp !== undefined && !isKppOfSchema(kpp)) {
    warn(findings, `${place.at}/@КПП: letters the published schema lacks`)
  }
  return id === undefined ? undefined : { id, inn, kpp, name: named }
}

type Contents = { documents: DocumentHeader[]; signatures: SignatureHeader[] }

/** Документ and ЭП of a message or an invitation; an id may stand only once among each of them. */
function readContents(findings: Findings, root: Placed): Contents {
  const documentPlaces = childrenOf(findings, root, 'Документ')
  const signaturePlaces = childrenOf(findings, root, 'ЭП')
  if (documentPlaces.length > limits.documentsPerMessageMax) {
    fault(findings, 'xml.limits', `${documentPlaces.length} documents`, `${root.at}/Документ`)
  }
  if (signaturePlaces.length > limits.signaturesPerMessageMax) {
    fault(findings, 'xml.limits', `${signaturePlaces.length} signatures`, `${root.at}/ЭП`)
  }
  const documents = documentPlaces
    .map((place) => readDocument(findings, place))
    .filter((one) => one !== undefined)
  const signatures = signaturePlaces
    .map((place) => readSignature(findings, place))
    .filter((one) => one !== undefined)
  const references = referencesOf({ documents, signatures })
  if (references.length > limits.referencesPerMessageMax) {
    fault(findings, 'xml.limits', `${references.length} documents of other messages`, `${root.at}/КДокументу`)
  }
  faultDoubled(findings, documents, `${root.at}/Документ/@ИдДокумента`)
  faultDoubled(findings, signatures, `${root.at}/ЭП/@ИдЭП`)
  return { documents, signatures }
}

function readDocument(findings: Findings, place: Placed): DocumentHeader | undefined {
  const id = required(findings, place, 'ИдДокумента', forms.document)
  const type = required(findings, place, 'ТипДокумента', forms.documentType)
  const fileName = required(findings, place, 'ИмяФайла', forms.fileName)
  const answerExpected = optional(findings, place, 'ОжидаетсяПодписьПолучателя', forms.flag) ?? false
  const encrypted = optional(findings, place, 'Зашифрован', forms.flag) ?? false
  const parentPlaces = childrenOf(findings, place, 'КДокументу')
  if (parentPlaces.length > limits.parentsPerDocumentMax) {
    fault(findings, 'xml.limits', `${parentPlaces.length} КДокументу`, `${place.at}/КДокументу`)
  }
  const parents = parentPlaces
    .map(({ element, at }) => formed(findings, { text: element.text, at }, forms.document))
    .filter((parent) => parent !== undefined)
  const number = childOf(findings, place, 'Номер')?.element.text
  const date = readDate(findings, place)
  for (const name of ['Сумма', 'СуммаНДС']) {
    const amount = childOf(findings, place, name)
    if (amount !== undefined) formed(findings, { text: amount.element.text, at: amount.at }, forms.amount)
  }
  if (type !== undefined && !publishedTypes.has(type)) {
    warn(findings, `${place.at}/@ТипДокумента: a type the published schema lacks`)
  }
  if (id === undefined || type === undefined || fileName === undefined) return undefined
  const parameters = readParameters(findings, place)
  const header = { id, type, fileName, answerExpected, encrypted, parents, number, date }
  return parameters.length === 0 ? header : { ...header, parameters }
}

/** ДополнительныеДанные: only what has both a name and a value; the first parametersPerDocumentMax of them. */
function readParameters(findings: Findings, place: Placed): DocumentParameter[] {
  const all = childOf(findings, place, 'ДополнительныеДанные')
  if (all === undefined) return []
  return childrenOf(findings, all, 'ДополнительныйПараметр')
    .slice(0, limits.parametersPerDocumentMax)
    .map(({ element }) => ({
      name: element.attributes.get('Название') ?? '',
      value: element.attributes.get('Значение') ?? '',
    }))
    .filter(({ name, value }) => name !== '' && value !== '' && value.length <= limits.parameterLengthMax)
}

/** Дата is due in the current namespace, even for service documents; the older one let it be left out. */
function readDate(findings: Findings, place: Placed): string | undefined {
  const date = childOf(findings, place, 'Дата')
  if (date !== undefined) return formed(findings, { text: date.element.text, at: date.at }, forms.date)
  if (findings.namespace === currentNamespace) {
    fault(findings, 'description.attribute', 'the element is missing', `${place.at}/Дата`)
  }
  return undefined
}

function readSignature(findings: Findings, place: Placed): SignatureHeader | undefined {
  const signer = required(findings, place, 'Подписант', forms.participant)
  const id = required(findings, place, 'ИдЭП', forms.signature)
  const document = required(findings, place, 'КДокументу', forms.document)
  if (signer === undefined || id === undefined || document === undefined) return undefined
  return { id, signer, document }
}

function faultDoubled(findings: Findings, items: { id: string }[], at: string): void {
  const seen = new Set<string>()
  for (const { id } of items) {
    if (seen.has(id)) fault(findings, 'description.duplicate-id', id, at)
    seen.add(id)
  }
}
