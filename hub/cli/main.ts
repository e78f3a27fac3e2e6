// The command line of the hub: the table of verbs, its global options, exit codes. A verb is loaded when it is used.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { type CliContext, type CliIo, type ExitCode, exitCodes } from './context.ts'
import { reportFailure, reportUsage } from './failures.ts'

/** What the file of a verb exports: its arguments, options, help and action, put on the command given. */
export type VerbModule = { define(command: Command, context: CliContext): void }

type VerbRow = {
  name: string
  about: string
  /** The exit code of a wrong command line, where it is not 2. */
  usageExit?: Exclude<ExitCode, 0>
  load: () => Promise<VerbModule>
}

/** All verbs in the order of the help. */
const verbs: readonly VerbRow[] = [
  {
    name: 'start',
    about: 'запустить хаб (run the hub)',
    load: () => import('./verbs/start.ts'),
  },
  {
    name: 'demo',
    about: 'показать хаб в работе на пробных операторах и службе (show the hub at work)',
    load: () => import('./verbs/demo.ts'),
  },
  {
    name: 'simulate',
    about: 'пробный партнёр по HTTP или SFTP, с поведением на выбор (partner, behaviours)',
    load: () => import('./verbs/simulate.ts'),
  },
  {
    name: 'pki',
    about: 'сертификаты и подписи для разработки и проб (dev, sign)',
    load: () => import('./verbs/pki.ts'),
  },
  {
    name: 'package',
    about: 'пакет: разобрать или собрать (inspect, make)',
    load: () => import('./verbs/package.ts'),
  },
  {
    name: 'messages',
    about: 'найти, показать, отпустить сообщение или отказать в нём (find, show, release, refuse)',
    load: () => import('./verbs/messages.ts'),
  },
  {
    name: 'verify',
    about: 'подпись документа: проверить без хаба (judge a signature offline)',
    usageExit: exitCodes.verifyUsage,
    load: () => import('./verbs/verify.ts'),
  },
  {
    name: 'verdict',
    about: 'чего стоят подписи сообщения (show, recheck)',
    load: () => import('./verbs/verdict.ts'),
  },
  {
    name: 'packages',
    about: 'исходящие пакеты: показать, отправить их содержимое снова (list, release)',
    load: () => import('./verbs/packages.ts'),
  },
  {
    name: 'overview',
    about: 'что в пути, что ждёт дежурного, кто отстаёт (the state of a running hub)',
    load: () => import('./verbs/overview.ts'),
  },
  {
    name: 'partners',
    about: 'операторы, узлы и права: показать, проверить путь, изменить (list, show, check, apply, state)',
    load: () => import('./verbs/partners.ts'),
  },
  {
    name: 'applications',
    about: 'заявки операторам без автороуминга (list, show, export, sent, confirm, refuse, convert)',
    load: () => import('./verbs/counterparties/applications.ts'),
  },
  {
    name: 'sftp',
    about: 'ключи SSH хаба, отпечатки серверов партнёров (key, fingerprint)',
    load: () => import('./verbs/sftp.ts'),
  },
  {
    name: 'keys',
    about: 'ключи внутреннего API: создать, показать, отозвать (create, list, revoke)',
    load: () => import('./verbs/keys.ts'),
  },
  {
    name: 'subscribers',
    about: 'справочник абонентов: найти, внести из файла (find, import)',
    load: () => import('./verbs/counterparties/subscribers.ts'),
  },
  {
    name: 'invitations',
    about: 'приглашения своих абонентов: список, одно (list, show)',
    load: () => import('./verbs/counterparties/invitations.ts'),
  },
  {
    name: 'sources',
    about: 'списки отзыва, OCSP и перечень УЦ: показать, обновить (list, refresh)',
    load: () => import('./verbs/sources.ts'),
  },
  {
    name: 'links',
    about: 'связи абонентов: список, одна, меры по дням, учёт прежних (list, show, measures, backfill)',
    load: () => import('./verbs/counterparties/links.ts'),
  },
  {
    name: 'mail',
    about: 'письма приглашений: показать очередь, прочитать письмо из папки (list, show)',
    load: () => import('./verbs/counterparties/mail.ts'),
  },
  {
    name: 'journal',
    about: 'журнал: выгрузить и проверить (export, verify)',
    load: () => import('./verbs/journal.ts'),
  },
  {
    name: 'verify-certificate',
    about: 'проверить сертификат: цепочка, сроки, имена, политики, отзыв (validate a certification path)',
    usageExit: exitCodes.verifyUsage,
    load: () => import('./verbs/verify-certificate.ts'),
  },
]

const titles: Readonly<Record<string, string>> = {
  'Usage:': 'Вызов (usage):',
  'Options:': 'Параметры (options):',
  'Global Options:': 'Общие параметры (global options):',
  'Commands:': 'Команды (commands):',
  'Arguments:': 'Аргументы (arguments):',
}

const exitHelp = `
Коды завершения (exit codes):
  0  выполнено (done)
  1  отказано или ответ «нет» (refused, or the answer is no)
  2  неверный вызов или настройки (wrong command line or configuration);
     у verify и verify-certificate: не определено (of these: indeterminate)
  3  хаб недоступен (the hub cannot be reached)
  4  внутренняя ошибка (internal fault)
 64  неверный вызов verify и verify-certificate (wrong command line of these)`

/** Runs one command line, `argv` without the program's name. Never rejects; resolves to the exit code. */
export async function runHub(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const chosen = verbs.find(({ name }) => name === firstWord(argv))
  const usageExit = chosen?.usageExit ?? exitCodes.usage
  const context: CliContext = { io, json: argv.includes('--json'), exitCode: exitCodes.ok, usageExit }
  try {
    const program = makeProgram(io)
    for (const verb of verbs) {
      const command = program.command(verb.name).description(verb.about).helpCommand(false)
      if (verb === chosen) (await verb.load()).define(command, context)
    }
    await program.parseAsync([...argv], { from: 'user' })
    return context.exitCode
  } catch (error) {
    if (error instanceof CommanderError) return endOfParsing(context, error)
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return reportFailure(context, { exit: exitCodes.internal, code: 'cli.failed', text })
  }
}

/** Help and version end the parsing too. The text of a wrong call is on stderr already. */
function endOfParsing(context: CliContext, error: CommanderError): ExitCode {
  if (error.exitCode === 0) return exitCodes.ok
  return context.json ? reportUsage(context, error.message) : context.usageExit
}

/** Runs the command line of this process; hub.js calls it. */
export async function runProcess(): Promise<void> {
  // A reader that has seen enough, like `head`, is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(exitCodes.ok)
  })
  process.exitCode = await runHub(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
  })
}

function makeProgram(io: CliIo): Command {
  const program = new Command('hub')
    .description('Роуминговый хаб операторов ЭДО (the roaming hub between EDO operators)')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => titles[title] ?? title })
    .showHelpAfterError('Подсказка: --help')
    .helpCommand(false)
    .helpOption('-h, --help', 'показать справку (show help)')
    .version(version(), '-V, --version', 'показать версию (show the version)')
    .option('--json', 'результат в JSON (result as JSON)')
    .addHelpText('after', exitHelp)
  return program
}

function firstWord(argv: readonly string[]): string | undefined {
  return argv.find((word) => !word.startsWith('-'))
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
  return String((manifest as { version?: unknown }).version)
}
