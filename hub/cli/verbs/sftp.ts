// hub sftp key, fingerprint: what the hub and a partner's SFTP server know each other by.

import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { type CliContext, type ExitCode, exitCodes, report } from '../context.ts'
import { guardFiles, reportFailure, reportUsage } from '../failures.ts'
import { type ConfigOptions, settingsOf, withConfig } from '../online.ts'

const answerWithinMs = 15_000

/** Adds the verbs. */
export function define(command: Command, context: CliContext): void {
  withConfig(
    command
      .command('key')
      .description('открытые ключи SSH хаба, чтобы партнёр впустил его (public keys, to be authorised)'),
  ).action(async (options: ConfigOptions) => {
    context.exitCode = await guardFiles(context, () => showKeys(context, options))
  })
  command
    .command('fingerprint <address>')
    .description('отпечаток ключа сервера sftp://узел[:порт], как его видно отсюда (host key fingerprint)')
    .addHelpText(
      'after',
      '\nСверьте с тем, что партнёр сообщил иначе (compare with what the partner told you by another way)',
    )
    .action(async (address: string) => {
      context.exitCode = await showFingerprint(context, address)
    })
}

async function showKeys(context: CliContext, options: ConfigOptions): Promise<ExitCode> {
  const loaded = settingsOf(context, options)
  if ('exit' in loaded) return loaded.exit
  const { sftp } = loaded.value.settings
  const files = [sftp.keyFile, ...(sftp.otherKeyFile === undefined ? [] : [sftp.otherKeyFile])]
  const keys = await Promise.all(files.map(readPublicKey))
  const unusable = files.find((_, index) => keys[index] === undefined)
  if (unusable !== undefined) {
    const text = `${unusable}: не закрытый ключ SSH без пароля (no private SSH key without a pass phrase)`
    return reportFailure(context, { exit: exitCodes.usage, code: 'cli.file', text })
  }
  const shown = files.map((file, index) => ({ file, key: keys[index] }))
  return report(context, { json: { keys: shown }, text: keys.map(String) })
}

async function readPublicKey(file: string): Promise<string | undefined> {
  const { default: ssh2 } = await import('ssh2')
  const parsed = ssh2.utils.parseKey(await readFile(file))
  const key = parsed instanceof Error ? undefined : [parsed].flat()[0]
  if (key === undefined || !key.isPrivateKey()) return undefined
  return `${key.type} ${key.getPublicSSH().toString('base64')} edo-roaming-hub`
}

async function showFingerprint(context: CliContext, address: string): Promise<ExitCode> {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url?.protocol !== 'sftp:' || url.hostname === '') {
    return reportUsage(context, `${address}: нужно sftp://узел[:порт] (sftp://host[:port] is expected)`)
  }
  const { readHostKey } = await import('../../sftp/host-key.ts')
  const found = await readHostKey({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? undefined : Number(url.port),
    withinMs: answerWithinMs,
  })
  if ('failed' in found) {
    return reportFailure(context, {
      exit: exitCodes.unreachable,
      code: 'cli.unreachable',
      text: `${address}: ${found.failed}`,
    })
  }
  return report(context, { json: found, text: `${found.fingerprint} (${found.type})` })
}
