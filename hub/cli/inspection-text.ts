// Tells an inspection of a package to a person, line by line.

import type {
  Description,
  InvitationDescription,
  MessageDescription,
  ReceiptItem,
} from '../../schemas/package.ts'
import type { PackageInspection } from './inspect-package.ts'
import { formatFacts, formatTable } from './table.ts'

/** The lines, Russian first, faults at the end where the eye stays. */
export function inspectionText(inspection: PackageInspection): string[] {
  const { signer, messages, receipts, faults, isSound } = inspection
  return [
    formatFacts([
      ['Пакет (package)', inspection.name],
      ['Байт (bytes)', inspection.bytes],
      ['SHA-256', inspection.sha256],
      ...signerFacts(signer),
      ['Файлов в ZIP (entries)', entriesText(inspection)],
    ]),
    ...messages.flatMap(messageLines),
    ...(receipts === undefined ? [] : ['', ...receiptLines(receipts)]),
    '',
    ...(isSound
      ? ['Ошибок нет; зарегистрирован ли отправитель, знает только работающий хаб (no faults found)']
      : [`Ошибок (faults): ${faults.length}; хаб ответил бы первой (the hub would answer with the first)`]),
    ...faults.map(({ text }) => `  ${text}`),
  ]
}

/** A container that was refused has no list of entries, which differs from an empty list. */
function entriesText({ signer, entries, faults }: PackageInspection): string | number {
  if (entries.length > 0 || faults.some(({ code }) => code === 'zip.empty')) return entries.length
  return signer === undefined || faults.some(({ code }) => code.startsWith('zip.'))
    ? 'не прочитано (not read)'
    : entries.length
}

function signerFacts(signer: PackageInspection['signer']): [string, string | undefined][] {
  if (signer === undefined) return []
  return [
    ['Подписал (signer)', signer.subject],
    ['Издатель (issuer)', signer.issuer],
    ['Серийный номер (serial)', signer.serial],
    ['Отпечаток SHA-256 (thumbprint)', signer.thumbprint],
    ['Действует (valid)', `${signer.notBefore} – ${signer.notAfter}`],
    ['Ключ (key)', signer.curve ?? 'не ГОСТ (not GOST)'],
    ['Время подписи, со слов (claimed signing time)', signer.signingTime],
    ['Подпись пакета (signature)', signer.isSignatureRight ? 'верна (right)' : 'НЕВЕРНА (WRONG)'],
  ]
}

function messageLines({ id, description, files }: PackageInspection['messages'][number]): string[] {
  if (description === undefined) return ['', `ЛС ${id}: описание не прочитано (no readable description)`]
  return [
    '',
    `ЛС ${id}: ${description.kind === 'message' ? 'сообщение (message)' : invitationTitle(description)}`,
    formatFacts(description.kind === 'message' ? messageFacts(description) : invitationFacts(description)),
    ...contentLines(
      description,
      new Map(files.map(({ name, bytes }) => [name.split('/').at(-1) ?? name, bytes])),
    ),
    ...description.warnings.map((warning) => `  предупреждение (warning): ${warning}`),
  ]
}

function invitationTitle({ type }: InvitationDescription): string {
  return type === 'ask' ? 'приглашение, Запрос (invitation)' : 'приглашение, Разрыв (break)'
}

function messageFacts({
  sender,
  recipient,
  recipientUnit,
  sentAt,
}: MessageDescription): [string, string | undefined][] {
  return [
    ['  Отправитель (sender)', sender],
    ['  Получатель (recipient)', recipient],
    ['  Подразделение (unit)', recipientUnit],
    ['  Отправлено (sent)', sentAt],
  ]
}

function invitationFacts(invitation: InvitationDescription): [string, string | undefined][] {
  const organisation = ({ id, inn, kpp, name }: InvitationDescription['from']) =>
    [id, inn, kpp, name].filter((part) => part !== undefined).join(' ')
  return [
    ['  От (from)', organisation(invitation.from)],
    ['  Кому (to)', organisation(invitation.to)],
    ['  Отправлено (sent)', invitation.sentAt],
    ['  Комментарий (comment)', invitation.comment],
  ]
}

function contentLines({ documents, signatures }: Description, bytes: ReadonlyMap<string, number>): string[] {
  const rows = [
    ...documents.map(({ id, type, fileName, parents }) => ({
      what: 'документ',
      id,
      about: [type, fileName, ...parents.map((parent) => `к ${parent}`)].join(' '),
      bytes: bytes.get(`${id}.bin`),
    })),
    ...signatures.map(({ id, signer, document }) => ({
      what: 'ЭП',
      id,
      about: `на ${document}, ${signer}`,
      bytes: bytes.get(`${id}.p7s`),
    })),
  ]
  if (rows.length === 0) return []
  const table = formatTable(
    [
      { head: 'ЧТО', cell: ({ what }) => what },
      { head: 'ИД', cell: ({ id }) => id },
      { head: 'БАЙТ', cell: (row) => row.bytes },
      { head: 'ПОДРОБНОСТИ', cell: ({ about }) => about },
    ],
    rows,
    '',
  )
  return table.split('\n').map((line) => `  ${line}`)
}

function receiptLines({ operator, sentAt, items }: NonNullable<PackageInspection['receipts']>): string[] {
  const table = formatTable(
    [
      { head: 'ИСХОД', cell: (item: ReceiptItem) => item.outcome },
      { head: 'ИдЛС', cell: ({ message }) => message },
      { head: 'ИД', cell: (item) => (item.outcome === 'unknown-id' ? item.ids.join(' ') : '') },
      { head: 'ТЕКСТ', cell: (item) => (item.outcome === 'success' ? '' : item.text) },
    ],
    items,
    '',
  )
  return [
    `ТК оператору (receipts for operator) ${operator}, ${sentAt}`,
    ...table.split('\n').map((line) => `  ${line}`),
  ]
}
