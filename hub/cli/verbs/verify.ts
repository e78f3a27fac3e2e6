// hub verify: judges the signatures of one file over one document offline, as the hub would (exit codes 0, 1, 2, 64).

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { limits } from '../../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import type { DocumentFacts, MessageFacts } from '../../../schemas/verdict/message-facts.ts'
import {
  namedPolicies,
  type PolicyName,
  type VerdictPolicy,
  verdictPolicy,
} from '../../../schemas/verdict/policy.ts'
import type { MessageVerdict } from '../../../schemas/verdict/verdict.ts'
import type { Certificate } from '../../trust/certificate.ts'
import { type CheckedSignature, createSignatureCheck } from '../../trust/cms/check.ts'
import { readWithin } from '../../trust/files/bounded.ts'
import { gatherMessage } from '../../trust/verdict/gather.ts'
import { judgeMessage } from '../../trust/verdict/judge.ts'
import { reportOf } from '../../trust/verdict/report.ts'
import { reportText } from '../../trust/verdict/report-text.ts'
import { readCertificateFiles, readRevocationFiles, type Unread } from '../certificate-files.ts'
import { unreadLine } from '../certificate-verdict.ts'
import { type CliContext, type ExitCode, exitCodes, report } from '../context.ts'
import { guardFiles, reportRefusal, reportUsage } from '../failures.ts'
import { readMoment } from '../moment.ts'
import { parseLists } from '../path-revocations.ts'
import { attorneyExit, readAtMost, readAttorneyFiles, withGivenAttorney } from '../verify/attorney-files.ts'
import { viewOfThen } from '../verify/later-lists.ts'

type Options = {
  file: string
  signature: string
  anchors?: string
  intermediates?: string
  crls?: string
  attorney?: string
  attorneySignature?: string
  senderInn?: string
  at?: string
  policy: string
}

const exitHelp = `
Коды завершения (exit codes):
  0   подпись действительна (TOTAL-PASSED)
  1   подпись недействительна (TOTAL-FAILED)
  2   определённого ответа нет (INDETERMINATE)
  64  неверный вызов или файл не прочитан (wrong command line, unreadable file)

Доверенность (МЧД) проверяется отдельно от подписи и меняет код только к худшему: недействительная — 1;
с --attorney или --sender-inn нужная, но не приложенная или не проверенная — 2; с замечаниями — не меняет.
Реестр не опрашивается.
Без --sender-inn доверитель не сравнивается с отправителем, о чём сказано в протоколе.
(A power of attorney has a verdict of its own and only makes the code worse: one that is not valid gives 1;
with --attorney or --sender-inn, one that is due and missing or cannot be checked gives 2; warnings change
nothing. No registry is asked. Without --sender-inn the principal is not compared with the sender, and the
protocol says so.)

Сертификат подписавшего, которого нет в подписи, ищется среди --intermediates и --anchors.
(The signer's certificate, when the signature carries none, is looked for among --intermediates and --anchors.)

Подпись без атрибута signing-certificate или без подписанных атрибутов — не CAdES-BES: код 2; с --policy cms — 0
с предупреждением.
(A signature without the attribute signing-certificate, or without signed attributes, is no CAdES-BES and gives 2;
with --policy cms it gives 0 and a warning.)

Без --anchors цепочка не проверяется, и ответ не определён. Без --crls отзыв не проверяется, о чём сказано в протоколе.
(Without --anchors no chain is checked and the answer is indeterminate; without --crls revocation is not checked, and
the protocol says so.)

С --at в прошлом списки, выпущенные после, тоже учитываются: дата отзыва сравнивается с этим временем.
(With --at in the past lists issued since count too: the date of a revocation is compared with that time.)`

/** Adds the arguments and options. */
export function define(command: Command, context: CliContext): void {
  command
    .requiredOption('--file <file>', 'документ (the document)')
    .requiredOption('--signature <file>', 'подпись: CMS в DER, PEM или base64 (the signature)')
    .option('--anchors <path>', 'доверенные сертификаты: файл или папка (trusted certificates)')
    .option('--intermediates <path>', 'промежуточные: файл или папка (certificates between)')
    .option('--crls <path>', 'списки отзыва: файл или папка (revocation lists)')
    .option('--attorney <file>', 'доверенность (МЧД), EMCHD_1 (a power of attorney)')
    .option('--attorney-signature <file>', 'её подпись (its signature)')
    .option('--sender-inn <digits>', 'ИНН отправителя документа (ИНН of the sender)')
    .option('--at <time>', 'когда подпись получена, RFC 3339; иначе сейчас (time of receipt, else now)')
    .option('--policy <name>', `правила: ${namedPolicies.join(', ')} (policy)`, 'default')
    .addHelpText('after', exitHelp)
    .action(async (options: Options) => {
      context.exitCode = await guardFiles(context, () => verify(context, options))
    })
}

async function verify(context: CliContext, options: Options): Promise<ExitCode> {
  const at = options.at === undefined ? new Date() : readMoment(options.at)
  if (at === undefined) return reportUsage(context, `--at ${options.at}: нужно время RFC 3339 (a time)`)
  if (!isPolicyName(options.policy)) {
    return reportUsage(context, `--policy ${options.policy}: нет таких правил (no such policy)`)
  }
  const wrong = wrongAttorneyOptions(options)
  if (wrong !== undefined) return reportUsage(context, wrong)
  const path = (given: string) => resolve(context.io.cwd, given)
  const optional = (given: string | undefined) => (given === undefined ? undefined : path(given))
  const attorney = await readAttorneyFiles(optional(options.attorney), optional(options.attorneySignature))
  if (isRefusal(attorney)) return reportRefusal(context, attorney)
  const anchors = await readCertificateFiles(optional(options.anchors))
  const intermediates = await readCertificateFiles(optional(options.intermediates))
  const crls = await readRevocationFiles(optional(options.crls))
  const { lists, unread } = parseLists(crls.found)
  const known = [...intermediates.found, ...anchors.found]
  const checked = await checkFile({ file: path(options.file), signature: path(options.signature), known })
  if (isRefusal(checked)) return reportRefusal(context, checked, exitFor(checked))
  const local = { anchors: anchors.found, intermediates: intermediates.found, lists }
  const trust = viewOfThen(local, { at, today: new Date() })
  const policy = policyFor(options.policy, options.crls !== undefined)
  const input = inputOf(checked, { at: at.toISOString(), policy, senderInn: options.senderInn })
  const facts = await withGivenAttorney(gatherMessage(input, trust), attorney, trust)
  const verdict = judgeMessage(facts)
  const passedOver = [anchors, intermediates, crls].flatMap((files) => files.unread).concat(unread)
  const told = reportOf(verdict, { receivedAt: facts.receivedAt, judgedAt: facts.judgedAt }, facts)
  return report(context, {
    json: { verdict, facts, unread: passedOver } satisfies VerifyAnswer,
    text: [reportText(told), ...passedOver.map(unreadLine)],
    exit: exitOf(verdict, options),
  })
}

/** The answer as JSON. */
type VerifyAnswer = { verdict: MessageVerdict; facts: MessageFacts; unread: readonly Unread[] }

function wrongAttorneyOptions({ attorney, attorneySignature, senderInn }: Options): string | undefined {
  if (attorneySignature !== undefined && attorney === undefined) {
    return '--attorney-signature: нужна и --attorney (--attorney is needed too)'
  }
  if (senderInn !== undefined && !/^(\d{10}|\d{12})$/.test(senderInn)) {
    return `--sender-inn ${senderInn}: нужны 10 или 12 цифр (10 or 12 digits)`
  }
  return undefined
}

function isPolicyName(name: string): name is PolicyName {
  return (namedPolicies as readonly string[]).includes(name)
}

/** Who gives no lists does not ask about revocation: it is shown as not checked, and decides nothing. */
function policyFor(name: PolicyName, asksRevocation: boolean): VerdictPolicy {
  return verdictPolicy(name, asksRevocation ? {} : { weights: { 'time.revocation-unknown': 'warn' } })
}

/**
 * The document is read in chunks: it may be larger than memory. A signer whose certificate did not come along (RFC 5652,
 * 5.1: certificates are optional) is looked for among those `known`.
 */
async function checkFile({ file, signature, known }: ToCheck): Promise<CheckedSignature | Refusal> {
  const cms = await readAtMost(signature, limits.signatureFileBytesMax, 'cms.too-complex')
  if (isRefusal(cms)) return cms
  const check = createSignatureCheck(cms, { known })
  const bytesMax = limits.documentFileBytesMax
  const isWhole = await readWithin(file, bytesMax, (chunk) => check.update(chunk))
  if (!isWhole) return refuse('verify.document', `more than ${bytesMax} bytes`, file)
  // An empty document is a document too.
  check.update(new Uint8Array(0))
  return check.finish()
}

/** Nothing was found out about a signature whose document was not read to its end. */
function exitFor({ code }: Refusal): Exclude<ExitCode, 0> {
  return code === 'verify.document' ? exitCodes.verifyUsage : exitCodes.refused
}

type ToCheck = { file: string; signature: string; known: readonly Certificate[] }

/** What came along, and the certificates that were found elsewhere: a chain begins with one of these. */
function certificatesOf({ certificates, signers }: CheckedSignature): Uint8Array[] {
  const found = signers.flatMap((signer) => [signer, ...signer.timestamps])
  return [...certificates, ...found.flatMap(({ certificate }) => certificate?.der ?? [])]
}

function inputOf(
  checked: CheckedSignature,
  { at, policy, senderInn }: { at: string; policy: VerdictPolicy; senderInn: string | undefined },
): Parameters<typeof gatherMessage>[0] {
  const document: DocumentFacts = {
    id: 'file',
    type: undefined,
    isEncrypted: false,
    body: 'message',
    sha256: undefined,
    streebog256: undefined,
  }
  const read = { id: 'signature', document: 'file', participant: '', participantInn: senderInn }
  return {
    message: 'file',
    sender: '',
    receivedAt: at,
    judgedAt: at,
    documents: [document],
    signatures: [{ ...read, facts: checked.facts, certificates: certificatesOf(checked) }],
    policy,
  }
}

const exits = { 'TOTAL-PASSED': 0, 'TOTAL-FAILED': 1, INDETERMINATE: 2, 'NOT-SIGNED': 2 } as const

/** The worse of both: failed before a doubt. */
function exitOf(verdict: MessageVerdict, { attorney, senderInn }: Options): ExitCode {
  const codes = [exits[verdict.indication], attorneyExit(verdict, (attorney ?? senderInn) !== undefined)]
  if (codes.includes(exitCodes.refused)) return exitCodes.refused
  return codes.includes(exitCodes.indeterminate) ? exitCodes.indeterminate : exitCodes.ok
}
