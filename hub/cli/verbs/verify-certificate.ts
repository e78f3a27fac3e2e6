// hub verify-certificate: validates a certification path offline, with the inputs of RFC 5280, 6.1.1.

import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { extensionsOf } from '../../trust/certificate/extensions.ts'
import { toolClassOf } from '../../trust/certificate/policies.ts'
import { certificateFacts } from '../../trust/certificate-facts.ts'
import { decodeOid, encodeOid } from '../../trust/der/oids.ts'
import { PathValidator } from '../../trust/path/validator.ts'
import { readCertificateFiles, readRevocationFiles } from '../certificate-files.ts'
import { certificateVerdictText, judgeCertificate, type Tolerance } from '../certificate-verdict.ts'
import { type CliContext, type ExitCode, exitCodes, report } from '../context.ts'
import { guardFiles, reportUsage } from '../failures.ts'
import { readMoment } from '../moment.ts'
import { parseLists, revocationsOf } from '../path-revocations.ts'

type Options = Tolerance & {
  certificate: string
  anchors: string
  intermediates?: string
  crls?: string
  at?: string
  initialPolicy?: string[]
  explicitPolicy?: boolean
  inhibitMapping?: boolean
  inhibitAnyPolicy?: boolean
  purpose?: string[]
  anchorKeyOnly?: boolean
}

const exitHelp = `
Коды завершения (exit codes):
  0   пройдено (passed)
  1   не пройдено: нет цепочки, неверная подпись, срок, ограничение, отзыв (failed for a definite reason)
  2   не определено: отзыв неизвестен (indeterminate: revocation unknown)
  64  неверный вызов (wrong command line)`

/** Adds the arguments and options. */
export function define(command: Command, context: CliContext): void {
  command
    .requiredOption(
      '--certificate <file>',
      'сертификат, PEM или DER; дальше в PEM — промежуточные (what to validate)',
    )
    .requiredOption('--anchors <path>', 'доверенные сертификаты: файл или папка (trusted certificates)')
    .option('--intermediates <path>', 'промежуточные: файл или папка (certificates of authorities between)')
    .option('--crls <path>', 'списки отзыва: файл или папка; без них отзыв не проверяется (revocation lists)')
    .option('--at <time>', 'на какое время, ISO 8601, UTC; иначе сейчас (at which time, else now)')
    .option(
      '--initial-policy <oid>',
      'требуемая политика, можно повторять; иначе любая (wanted policy)',
      collect,
    )
    .option('--explicit-policy', 'политика обязательна (a policy is required)')
    .option('--inhibit-mapping', 'политики не отображать (no policy mapping)')
    .option('--inhibit-any-policy', '«любая политика» не действует (anyPolicy counts for nothing)')
    .option('--purpose <oid>', 'нужное назначение ключа, можно повторять (extendedKeyUsage wanted)', collect)
    .option(
      '--anchor-key-only',
      'от доверенных брать имя и ключ, без сроков и ограничений (name and key only)',
    )
    .option('--lenient', 'нарушения правил выпуска — замечания (breaches of RFC 5280, 4 are notes)')
    .option('--allow-weak', 'слабые алгоритмы — замечания (weak algorithms are notes)')
    .addHelpText('after', exitHelp)
    .action(async (options: Options) => {
      context.exitCode = await guardFiles(context, () => verify(context, options))
    })
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}

async function verify(context: CliContext, options: Options): Promise<ExitCode> {
  const at = options.at === undefined ? new Date() : readMoment(options.at)
  if (at === undefined)
    return reportUsage(context, `--at ${options.at}: нужно время ISO 8601 (a time is expected)`)
  const wrong = [...(options.initialPolicy ?? []), ...(options.purpose ?? [])].find((oid) => !isOid(oid))
  if (wrong !== undefined) return reportUsage(context, `${wrong}: не идентификатор (no object identifier)`)
  const file = (given: string | undefined) => given && resolve(context.io.cwd, given)
  const { certificate } = options
  if (statSync(resolve(context.io.cwd, certificate)).isDirectory())
    return reportUsage(context, `${certificate}: это папка, а нужен файл (a folder, not a file): EISDIR`)
  const own = await readCertificateFiles(file(certificate))
  const anchors = await readCertificateFiles(file(options.anchors))
  const intermediates = await readCertificateFiles(file(options.intermediates))
  const crls = await readRevocationFiles(file(options.crls))
  const { lists, unread } = parseLists(crls.found)
  const [target, ...beside] = own.found
  const { initialPolicy, explicitPolicy, inhibitMapping, inhibitAnyPolicy, purpose, anchorKeyOnly } = options
  const validator = new PathValidator({
    anchors: anchors.found,
    intermediates: intermediates.found,
    inputs: {
      ...(initialPolicy === undefined ? {} : { initialPolicies: initialPolicy }),
      ...(purpose === undefined ? {} : { purposes: purpose }),
      explicitPolicy: explicitPolicy === true,
      inhibitMapping: inhibitMapping === true,
      inhibitAnyPolicy: inhibitAnyPolicy === true,
      anchorRules: anchorKeyOnly === true ? 'name-and-key' : 'certificate',
    },
  })
  const isBroken = target === undefined || own.unread.length > 0
  const broken = { problem: 'path.broken', seen: own.unread.map(({ what }) => what).join(', ') } as const
  const path = target === undefined ? undefined : validator.validate(target, at, beside)
  const none = { at: at.toISOString(), certificates: [], anchor: undefined, policies: [], problems: [] }
  const facts = path?.facts ?? none
  const isAsked = options.crls !== undefined
  const candidates = [...beside, ...intermediates.found, ...anchors.found]
  const verdict = judgeCertificate(
    {
      certificate: target === undefined ? null : certificateFacts(target),
      toolClass: target === undefined ? null : (toolClassOf(extensionsOf(target).policies ?? []) ?? null),
      path: isBroken ? { ...facts, problems: [broken, ...facts.problems] } : facts,
      revocation: {
        isAsked,
        facts: isAsked && path !== undefined ? revocationsOf({ path, lists, candidates, validator, at }) : [],
      },
      unread: [...[own, anchors, intermediates, crls].flatMap((files) => files.unread), ...unread],
    },
    options,
  )
  return report(context, {
    json: verdict,
    text: certificateVerdictText(verdict),
    exit: exits[verdict.verdict],
  })
}

const exits = {
  passed: exitCodes.ok,
  failed: exitCodes.refused,
  indeterminate: exitCodes.indeterminate,
} as const

/** A day is its first second; without a zone it is UTC. */
function isOid(text: string): boolean {
  return /^[0-2](\.\d{1,15})+$/.test(text) && decodeOid(encodeOid(text)) === text
}
