// hub package: take a package apart, or make one; no running hub is needed.

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { dialectOf, dialects } from '../../../operators/dialects/table.ts'
import type { Dialect } from '../../../operators/ports.ts'
import {
  type DocumentId,
  parseDocumentId,
  parseOperatorCode,
  parseParticipantId,
} from '../../../schemas/ids.ts'
import { limits } from '../../../schemas/limits.ts'
import type { ReceiptItem } from '../../../schemas/package.ts'
import type { PartnerBook } from '../../../schemas/partner.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import { readSeed } from '../../partners/seed.ts'
import { type Certificate, readCertificates } from '../../trust/certificate.ts'
import { type SigningIdentity, signAttached } from '../../trust/sign.ts'
import { readSigningIdentity } from '../../trust/signing-identity.ts'
import { type CliContext, type ExitCode, exitCodes, report } from '../context.ts'
import { guardFiles, readNamed, reportRefusal, reportUsage } from '../failures.ts'
import { inspectPackage } from '../inspect-package.ts'
import { inspectionText } from '../inspection-text.ts'
import { bookOfFile } from '../judge-sender.ts'
import { makeInvitation } from '../make-invitation.ts'
import { type DocumentFile, makeMessage, packFolder } from '../make-package.ts'
import { makeReceipts, readReceiptWords } from '../make-receipts.ts'

type InspectOptions = { dialect: string; certificate?: string; partners?: string; name?: string }
type MakeOptions = {
  dialect: string
  certificate: string
  key: string
  content?: string
  unchecked?: boolean
  sender?: string
  recipient?: string
  document?: string[]
  signature?: string[]
  parent?: string[]
  answer?: boolean
  number?: string
  date?: string
  signerCertificate?: string
  signerKey?: string
  invitation?: string
  senderInn?: string
  senderName?: string
  comment?: string
  receipt?: string[]
  operator?: string
  out?: string
}

const plainType = 'Неформализованный'

/** Adds the verbs. */
export function define(command: Command, context: CliContext): void {
  command
    .command('inspect <file>')
    .description('что в пакете, кто подписал и что в нём не так; код 1 — есть ошибки (1: it has faults)')
    .option('--dialect <name>', `диалект: ${dialects.map(({ profile }) => profile.name).join(', ')}`, 'roseu')
    .option('--certificate <file>', 'сертификаты, если их нет в пакете (certificates not in the package)')
    .option('--partners <file>', 'файл узлов и прав, по которому судить отправителя (judge the sender by)')
    .option('--name <name>', 'имя пакета, если файл назван иначе (name of the package)')
    .action(async (file: string, options: InspectOptions) => {
      context.exitCode = await guardFiles(context, () => inspect(context, file, options), file)
    })
  command
    .command('make')
    .description('подписанный пакет из документов или из папки (a signed package from files)')
    .requiredOption('--certificate <file>', "сертификат оператора, PEM или DER (operator's certificate)")
    .requiredOption('--key <file>', 'его ключ, PEM PKCS#8 (its key)')
    .option('--dialect <name>', 'диалект (dialect)', 'roseu')
    .option('--sender <id>', 'участник-отправитель (sender)')
    .option('--recipient <id>', 'участник-получатель (recipient)')
    .option(
      '--document <[type:]file>',
      `документ с типом, иначе ${plainType}; можно повторять (repeatable)`,
      collect,
    )
    .option(
      '--signature <file>',
      'готовая подпись к документу, по порядку документов (detached signature)',
      collect,
    )
    .option('--signer-certificate <file>', 'сертификат, которым подписать документы (sign documents as)')
    .option('--signer-key <file>', 'его ключ (its key)')
    .option('--parent <id>', 'КДокументу, можно повторять (parent document)', collect)
    .option('--answer', 'нужен ответ (an answer is expected)')
    .option('--number <text>', 'номер документов (number of the documents)')
    .option('--date <yyyy-mm-dd>', 'их дата, иначе сегодня (their date, else today)')
    .option('--invitation <ask|break>', 'вместо документов — приглашение: Запрос или Разрыв (an invitation)')
    .option('--sender-inn <digits>', 'ИНН приглашающего (ИНН of the inviter)')
    .option('--sender-name <text>', 'его название (its name)')
    .option('--comment <text>', 'комментарий к приглашению (comment of the invitation)')
    .option(
      '--receipt <outcome:message[:ids][:text]>',
      'вместо сообщения — ТК: success, error или unknown-id; можно повторять (processing receipts)',
      collect,
    )
    .option('--operator <code>', 'чьим сообщениям отвечают ТК (whose messages the receipts answer)')
    .option('--content <folder>', 'вместо сообщения — папка как она есть (pack a folder as it is)')
    .option('--unchecked', 'с --content: не проверять содержимое (do not check the content)')
    .option('--out <path>', 'файл или папка; иначе в текущую папку под новым именем (file or folder)')
    .action(async (options: MakeOptions) => {
      context.exitCode = await guardFiles(context, () => make(context, options))
    })
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}

async function inspect(context: CliContext, file: string, options: InspectOptions): Promise<ExitCode> {
  const dialect = dialectOf(options.dialect)
  if (dialect === undefined)
    return reportUsage(context, `--dialect ${options.dialect}: нет такого (there is none)`)
  const path = resolve(context.io.cwd, file)
  const { size } = await stat(path)
  if (size > limits.packageBytesMax) return reportRefusal(context, refuse('door.too-large', `${size} bytes`))
  const registered =
    options.certificate === undefined ? [] : await readCertificateFile(context, options.certificate)
  if (isRefusal(registered)) return reportRefusal(context, registered)
  const book = options.partners === undefined ? undefined : await readBook(context, options.partners)
  if (book !== undefined && isRefusal(book)) return reportRefusal(context, book)
  const name = options.name ?? basename(path)
  const bytes = await readNamed(path)
  const inspection = inspectPackage({ name, bytes, dialect, registered, book, at: new Date() })
  const exit = inspection.isSound ? exitCodes.ok : exitCodes.refused
  return report(context, { json: inspection, text: inspectionText(inspection), exit })
}

async function readCertificateFile(context: CliContext, file: string): Promise<Certificate[] | Refusal> {
  return readCertificates(await readNamed(resolve(context.io.cwd, file)))
}

async function readBook(context: CliContext, file: string): Promise<PartnerBook | Refusal> {
  const read = readSeed(basename(file), (await readNamed(resolve(context.io.cwd, file))).toString())
  if (!Array.isArray(read)) return bookOfFile(read)
  return read[0] ?? refuse('partner.invalid', 'the file cannot be read', file)
}

async function make(context: CliContext, options: MakeOptions): Promise<ExitCode> {
  const dialect = dialectOf(options.dialect)
  if (dialect === undefined)
    return reportUsage(context, `--dialect ${options.dialect}: нет такого (there is none)`)
  const operator = await readIdentity(context, options.certificate, options.key)
  if (isRefusal(operator)) return reportRefusal(context, operator)
  const at = new Date()
  const made = await makeContent(context, { options, dialect, at })
  if (typeof made === 'number') return made
  const bytes = signAttached({ ...operator, content: made.zip, at })
  const path = await outPath(context, options.out)
  await writeFile(path, bytes, { flag: 'wx' })
  const json = { file: path, name: basename(path), bytes: bytes.length, messages: made.messages }
  return report(context, { json, text: [path, ...made.messages.map((message) => `  ЛС ${message}`)] })
}

type Made = { zip: Uint8Array; messages: string[] }
type Making = { options: MakeOptions; dialect: Dialect; at: Date }

/** The ZIP, or the exit code of what was told to be wrong. */
async function makeContent(context: CliContext, making: Making): Promise<Made | ExitCode> {
  const { options, dialect } = making
  const kinds = [options.content, options.invitation, options.receipt, options.document]
  if (kinds.filter((kind) => kind !== undefined).length > 1)
    return reportUsage(context, '--content, --invitation, --receipt, --document: только одно (only one)')
  if (options.invitation !== undefined) return makeFromInvitation(context, making)
  if (options.receipt !== undefined) return makeFromReceipts(context, making)
  if (options.content === undefined) return makeFromDocuments(context, making)
  const zip = await packFolder(resolve(context.io.cwd, options.content))
  if (isRefusal(zip)) return reportRefusal(context, zip)
  const { faults, messages } = dialect.inspectContent(zip)
  const [fault] = faults
  if (fault !== undefined && options.unchecked !== true) return reportRefusal(context, fault)
  return { zip, messages: messages.map(({ id }) => id) }
}

function makeFromInvitation(context: CliContext, { options, dialect, at }: Making): Made | ExitCode {
  const sender = parseParticipantId(options.sender ?? '')
  const recipient = parseParticipantId(options.recipient ?? '')
  const { invitation: type, senderInn, senderName, comment } = options
  if (type !== 'ask' && type !== 'break')
    return reportUsage(context, `--invitation ${type}: ask — Запрос, break — Разрыв (ask or break)`)
  if (sender === undefined || recipient === undefined)
    return reportUsage(context, 'нужны --sender и --recipient (are needed)')
  const made = makeInvitation({ dialect, type, sender, recipient, senderInn, senderName, comment, at })
  return isRefusal(made) ? reportRefusal(context, made) : { zip: made.zip, messages: [made.message] }
}

function makeFromReceipts(context: CliContext, { options, dialect, at }: Making): Made | ExitCode {
  const operator = parseOperatorCode(options.operator ?? '')
  if (operator === undefined)
    return reportUsage(context, '--operator: нужен код оператора (a code is expected)')
  const items: ReceiptItem[] = []
  for (const words of options.receipt ?? []) {
    const item = readReceiptWords(words)
    if (item === undefined) return reportUsage(context, `--receipt ${words}: исход:ИдЛС (outcome:message)`)
    items.push(item)
  }
  const zip = makeReceipts({ dialect, operator, items, at })
  return isRefusal(zip) ? reportRefusal(context, zip) : { zip, messages: [] }
}

async function makeFromDocuments(
  context: CliContext,
  { options, dialect, at }: Making,
): Promise<Made | ExitCode> {
  const sender = parseParticipantId(options.sender ?? '')
  const recipient = parseParticipantId(options.recipient ?? '')
  const parents = (options.parent ?? []).map(parseDocumentId)
  for (const name of ['sender', 'recipient'] as const) {
    if (options[name] !== undefined && parseParticipantId(options[name]) === undefined)
      return reportUsage(context, `--${name} ${options[name]}: 3..46 знаков (3 to 46 characters)`)
  }
  const untyped = (options.document ?? []).find((given) => isOfUnknownType(context, given, dialect))
  if (untyped !== undefined) {
    const types = dialect.profile.documentTypes.join(', ')
    return reportUsage(
      context,
      `--document ${untyped}: нет такого типа (unknown type); есть (known): ${types}`,
    )
  }
  if (sender === undefined || recipient === undefined || options.document === undefined) {
    return reportUsage(
      context,
      'нужны --sender, --recipient и --document, или --invitation, --receipt, --content (are needed)',
    )
  }
  if (parents.includes(undefined))
    return reportUsage(context, '--parent: 32 знака a-z и 0-9 (32 characters are expected)')
  if ((options.signerKey === undefined) !== (options.signerCertificate === undefined)) {
    return reportUsage(context, '--signer-key и --signer-certificate только вместе (only together)')
  }
  const signAs =
    options.signerKey === undefined || options.signerCertificate === undefined
      ? undefined
      : await readIdentity(context, options.signerCertificate, options.signerKey)
  if (signAs !== undefined && isRefusal(signAs)) return reportRefusal(context, signAs)
  const made = await makeMessage({
    dialect,
    sender,
    recipient,
    documents: documentFiles(context, options, dialect),
    parents: parents as DocumentId[],
    answerExpected: options.answer === true,
    number: options.number,
    date: options.date ?? at.toISOString().slice(0, 10),
    signAs,
    at,
  })
  return isRefusal(made) ? reportRefusal(context, made) : { zip: made.zip, messages: [made.message] }
}

/** Whether a word before a colon is neither a type nor part of the name of a file that is there. */
function isOfUnknownType(context: CliContext, given: string, dialect: Dialect): boolean {
  const type = /^([^:/\\]{2,}):/.exec(given)?.[1]
  if (type === undefined || dialect.profile.documentTypes.includes(type)) return false
  return !existsSync(resolve(context.io.cwd, given))
}

/** Reads `type:file`; what stands before a colon and is no type belongs to the file's name. */
function documentFiles(context: CliContext, options: MakeOptions, dialect: Dialect): DocumentFile[] {
  return (options.document ?? []).map((given, i) => {
    const colon = given.indexOf(':')
    const isTyped = dialect.profile.documentTypes.includes(given.slice(0, colon))
    const signature = options.signature?.[i]
    return {
      path: resolve(context.io.cwd, isTyped ? given.slice(colon + 1) : given),
      type: isTyped ? given.slice(0, colon) : plainType,
      signaturePath: signature === undefined ? undefined : resolve(context.io.cwd, signature),
    }
  })
}

async function readIdentity(
  context: CliContext,
  certificate: string,
  key: string,
): Promise<SigningIdentity | Refusal> {
  return readSigningIdentity({
    certificate: await readNamed(resolve(context.io.cwd, certificate)),
    key: (await readNamed(resolve(context.io.cwd, key))).toString(),
  })
}

/** A file as named, or a new unguessable name in a folder (RULES 20). */
async function outPath(context: CliContext, out: string | undefined): Promise<string> {
  const path = resolve(context.io.cwd, out ?? '.')
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  return isFolder ? join(path, `${randomBytes(16).toString('hex')}.cms`) : path
}
