// hub pki: a PKI of one's own for development and trials, and signatures with its keys, made without other tools.

import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { parseOperatorCode, parseParticipantId } from '../../../schemas/ids.ts'
import { isRefusal } from '../../../schemas/refusals.ts'
import type { DevelopmentPki } from '../../trust/pki/development.ts'
import { type CliContext, type ExitCode, report } from '../context.ts'
import { guardFiles, readNamed, reportRefusal, reportUsage } from '../failures.ts'
import { formatTable } from '../table.ts'

type DevOptions = { operator?: string[]; subscriber?: string[]; curve?: string[]; overwrite?: boolean }
type SignOptions = { certificate: string; key: string; out?: string }

const defaultOperators = ['2ZA:7705717142:ООО "Оператор А"', '2ZB:7773333970:ООО "Оператор Б"']
const defaultSubscribers = [
  '2ZA-7741377501-774101001-1:7741377501:ООО "Ромашка"',
  '2ZB-7729244833-772901001-1:7729244833:ООО "Василёк"',
]

/** Adds the verbs. */
export function define(command: Command, context: CliContext): void {
  command
    .command('dev <folder>')
    .description('УЦ, операторы, участники и списки отзыва; что уже есть, остаётся (existing keys are kept)')
    .option('--operator <code:inn:name>', 'оператор (operator), можно повторять; иначе 2ZA и 2ZB', collect)
    .option('--subscriber <id:inn:name>', 'участник (subscriber), можно повторять; иначе по одному', collect)
    .option('--curve <name>', 'параметры ГОСТ по очереди, можно повторять; иначе TC26-256-B', collect)
    .option('--overwrite', 'сделать всё заново (make everything anew)')
    .action(async (folder: string, options: DevOptions) => {
      context.exitCode = await guardFiles(context, () =>
        makePki(context, resolve(context.io.cwd, folder), options),
      )
    })
  command
    .command('sign <file>')
    .description('отсоединённая подпись файла пробным ключом (a detached signature with a development key)')
    .requiredOption('--certificate <file>', 'сертификат подписанта, PEM или DER (certificate of the signer)')
    .requiredOption('--key <file>', 'его ключ, PEM PKCS#8 (its key)')
    .option('--out <file>', 'куда; иначе рядом, с .p7s в конце (where to; else beside it)')
    .action(async (file: string, options: SignOptions) => {
      context.exitCode = await guardFiles(context, () => signFile(context, file, options), file)
    })
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}

async function makePki(context: CliContext, folder: string, options: DevOptions): Promise<ExitCode> {
  const operators = (options.operator ?? defaultOperators).map(readMember)
  const subscribers = (options.subscriber ?? defaultSubscribers).map(readMember)
  const wrong =
    operators.find(({ id, inn }) => parseOperatorCode(id) === undefined || !isInn(inn)) ??
    subscribers.find(({ id, inn }) => parseParticipantId(id) === undefined || !isInn(inn))
  if (wrong !== undefined)
    return reportUsage(context, `${wrong.given}: нужно код:ИНН:название (id:inn:name is expected)`)
  const { curves } = await import('../../trust/gost/curves.ts')
  const unknown = options.curve?.find((name) => !curves.some((curve) => curve.name === name))
  if (unknown !== undefined) {
    return reportUsage(
      context,
      `--curve ${unknown}: есть только (there are only) ${curves.map(({ name }) => name).join(' ')}`,
    )
  }
  const { makeDevelopmentPki } = await import('../../trust/pki/development.ts')
  const pki = await makeDevelopmentPki({
    folder,
    operators: operators.map(({ id, inn, name }) => ({ code: id.toUpperCase(), inn, name })),
    subscribers: subscribers.map(({ id, inn, name }) => ({ id, inn, name })),
    at: new Date(),
    ...(options.curve === undefined ? {} : { curves: options.curve }),
    ...(options.overwrite === undefined ? {} : { overwrite: options.overwrite }),
  })
  if (isRefusal(pki)) return reportRefusal(context, pki)
  return report(context, { json: { folder, ...pki }, text: [`${folder}/index.json`, filesTable(pki)] })
}

/** An existing signature is not overwritten. */
async function signFile(context: CliContext, file: string, options: SignOptions): Promise<ExitCode> {
  const read = (name: string) => readNamed(resolve(context.io.cwd, name))
  const [content, certificate, key] = [
    await read(file),
    await read(options.certificate),
    await read(options.key),
  ]
  const { readSigningIdentity } = await import('../../trust/signing-identity.ts')
  const identity = readSigningIdentity({ certificate, key: key.toString() })
  if (isRefusal(identity)) return reportRefusal(context, identity)
  const { signDetached } = await import('../../trust/sign.ts')
  const signature = signDetached({ ...identity, content, at: new Date() })
  const out = options.out ?? `${file}.p7s`
  await writeFile(resolve(context.io.cwd, out), signature, { flag: 'wx' })
  const { thumbprint } = identity.certificate
  const json = { file: out, bytes: signature.length, signer: thumbprint }
  return report(context, { json, text: `${out}, ${signature.length} байт (bytes)` })
}

type Member = { given: string; id: string; inn: string; name: string }

/** Reads `id:inn:name`; the name may hold colons. */
function readMember(given: string): Member {
  const [id = '', inn = '', ...name] = given.split(':')
  return { given, id, inn, name: name.join(':') || id }
}

function isInn(text: string): boolean {
  return /^[0-9]{10}$/.test(text)
}

function filesTable(pki: DevelopmentPki): string {
  const rows = [
    { who: 'УЦ (root)', ...pki.root },
    { who: 'УЦ (intermediate)', ...pki.intermediate },
    { who: 'хаб (hub)', ...pki.hub },
    ...pki.operators.map((operator) => ({ who: operator.code, ...operator })),
    ...pki.subscribers.map((subscriber) => ({ who: subscriber.id, ...subscriber })),
  ]
  return formatTable(
    [
      { head: 'КТО', cell: ({ who }) => who },
      { head: 'СЕРТИФИКАТ', cell: ({ certificate }) => certificate },
      { head: 'КЛЮЧ', cell: ({ key }) => key },
      { head: 'ПАРАМЕТРЫ', cell: ({ curve }) => curve },
      { head: 'ОТПЕЧАТОК SHA-256', cell: ({ thumbprint }) => thumbprint },
    ],
    rows,
    '',
  )
}
