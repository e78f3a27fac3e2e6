// The verbs that talk to a running hub: their common options, where the hub is, and how its answers become exit codes.

import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { AdminRefusal } from '../../schemas/admin.ts'
import type { Settings } from '../../schemas/settings.ts'
import { configFaultText, loadConfig } from '../config.ts'
import {
  type AdminAnswer,
  type AdminPlace,
  type AdminQuestion,
  askAdmin,
  streamAdmin,
} from './admin-client.ts'
import { type CliContext, type ExitCode, exitCodes } from './context.ts'
import { reportFailure, reportUsage } from './failures.ts'

/** Options of `withConfig`. */
export type ConfigOptions = { config?: string; set?: string[] }

/** Options of `withOnline`. */
export type OnlineOptions = ConfigOptions & {
  address?: string
  tokenFile?: string
  actor?: string
  timeout: string
}

/** Either a value, or the exit code of a failure that was already told. */
export type Told<T> = { value: T } | { exit: ExitCode }

const tokenBytesMax = 1000

/** Adds the options that name the configuration. */
export function withConfig(command: Command): Command {
  return command
    .option('--config <file>', 'файл настроек, YAML или JSON (settings file; else HUB_CONFIG)')
    .option('--set <name=value>', 'настройка (one setting), можно повторять (repeatable)', collect)
}

/** Adds the options of verbs that ask a running hub. */
export function withOnline(command: Command): Command {
  return withConfig(command)
    .option('--address <url>', 'плоскость управления (admin plane), иначе из настроек')
    .option('--token-file <file>', 'файл с ключом доступа (token), иначе HUB_ADMIN_TOKEN или из папки данных')
    .option('--actor <account>', 'от чьего имени решение (whose decision), иначе имя входа (login)')
    .option('--timeout <seconds>', 'сколько ждать ответа (how long to wait)', '30')
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}

/** Loads the settings, or tells all their faults. */
export function settingsOf(
  context: CliContext,
  options: ConfigOptions,
): Told<ReturnType<typeof loadConfig> & { ok: true }> {
  const { env, cwd } = context.io
  const loaded = loadConfig({ env, cwd, overrides: options.set, file: options.config })
  if (loaded.ok) return { value: loaded }
  const text = loaded.faults.map(configFaultText).join('\n')
  return { exit: reportFailure(context, { exit: exitCodes.usage, code: 'cli.settings', text }) }
}

/** Asks the hub and gives the JSON of its answer; refusals and silence are told here. */
export async function ask(
  context: CliContext,
  options: OnlineOptions,
  question: AdminQuestion,
): Promise<Told<unknown>> {
  const place = placeOf(context, options)
  if ('exit' in place) return place
  const answer = await askAdmin(place.value, question)
  if (answer.kind === 'answer' && answer.status < 300) {
    const body = parseJson(answer.text)
    if (body !== undefined) return { value: body }
  }
  return { exit: reportAnswer(context, place.value, answer) }
}

/** Asks the hub for a long answer and gives its pieces to `take`. */
export async function stream(
  context: CliContext,
  options: OnlineOptions,
  question: AdminQuestion,
  take: (piece: Buffer) => Promise<void>,
): Promise<ExitCode> {
  const place = placeOf(context, options)
  if ('exit' in place) return place.exit
  const answer = await streamAdmin(place.value, question, take)
  return answer === undefined ? exitCodes.ok : reportAnswer(context, place.value, answer)
}

function placeOf(context: CliContext, options: OnlineOptions): Told<AdminPlace> {
  const seconds = Number(options.timeout)
  if (!(seconds > 0 && seconds <= 3600))
    return { exit: reportUsage(context, '--timeout: нужно число секунд (seconds are expected)') }
  const loaded = settingsOf(context, options)
  if ('exit' in loaded) return loaded
  const { settings } = loaded.value
  const address = options.address ?? addressOf(settings)
  if (address === undefined) {
    return { exit: reportUsage(context, 'admin.port = 0: укажите --address (give --address)') }
  }
  if (!/^https?:\/\//.test(address) || !URL.canParse(address)) {
    return {
      exit: reportUsage(context, `--address ${address}: нужен адрес http://… (an http address is expected)`),
    }
  }
  const token = tokenOf(context, options, settings)
  return 'exit' in token
    ? token
    : {
        value: {
          address: new URL(address),
          token: token.value,
          timeoutMs: seconds * 1000,
          actor: options.actor ?? loginOf(context.io.env),
        },
      }
}

/**
 * The login of this machine, when it has the form of an account; one given as an option is judged by the hub. Cron,
 * systemd and containers give no variables, so that the system is asked then who runs this.
 */
function loginOf(env: CliContext['io']['env']): string | undefined {
  const logins = [env['USER'], env['LOGNAME'], nameOfProcess()]
  return logins.find((login) => login !== undefined && /^[A-Za-z0-9._@-]{1,64}$/.test(login))
}

function nameOfProcess(): string | undefined {
  try {
    return userInfo().username
  } catch (error) {
    // A number without a name, as containers are given: there is no login to record.
    if (error instanceof Error && 'syscall' in error) return undefined
    throw error
  }
}

/** The address that reaches the admin plane from this machine; unknown when its port is chosen at the start. */
function addressOf({ admin }: Settings): string | undefined {
  if (admin.port === 0) return undefined
  const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
  const host = everywhere[admin.host] ?? admin.host
  return `http://${host.includes(':') ? `[${host}]` : host}:${admin.port}`
}

/** A token file named on the command line must be there; that of the data folder appears with the hub's first start. */
function tokenOf(context: CliContext, options: OnlineOptions, settings: Settings): Told<string | undefined> {
  if (options.tokenFile === undefined && settings.admin.token !== undefined)
    return { value: settings.admin.token }
  const file =
    options.tokenFile === undefined ? settings.admin.tokenFile : resolve(context.io.cwd, options.tokenFile)
  try {
    return { value: readFileSync(file, 'utf8').slice(0, tokenBytesMax).trim() }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EUNKNOWN'
    if (options.tokenFile === undefined && code === 'ENOENT') return { value: undefined }
    return {
      exit: reportUsage(context, `${file}: ключ доступа не прочитан (the token cannot be read): ${code}`),
    }
  }
}

/** Tells an answer that is no success, and chooses the exit code. */
function reportAnswer(context: CliContext, place: AdminPlace, answer: AdminAnswer): ExitCode {
  if (answer.kind === 'silence') {
    const text = `Хаб недоступен (the hub cannot be reached): ${place.address.origin}: ${answer.reason}`
    return reportFailure(context, { exit: exitCodes.unreachable, code: 'cli.unreachable', text })
  }
  const refusal = readRefusal(answer.text)
  if (refusal === undefined) {
    const text = `${place.address.origin}: непонятный ответ (the answer is not of a hub): ${answer.status}`
    return reportFailure(context, { exit: exitCodes.unreachable, code: 'cli.answer', text })
  }
  const lines = [refusal.text, ...(refusal.refusals ?? []).map(({ text }) => `  ${text}`)]
  const hint =
    answer.status === 401 && place.token === undefined ? ['Ключа нет: --token-file, HUB_ADMIN_TOKEN'] : []
  const exit = answer.status >= 500 ? exitCodes.internal : exitCodes.refused
  return reportFailure(context, { exit, code: refusal.code, text: [...lines, ...hint].join('\n') })
}

function readRefusal(text: string): AdminRefusal | undefined {
  const body = parseJson(text)
  if (typeof body !== 'object' || body === null) return undefined
  return 'code' in body && 'text' in body && typeof body.text === 'string'
    ? (body as AdminRefusal)
    : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // No JSON: the caller tells that the answer makes no sense.
    return undefined
  }
}
