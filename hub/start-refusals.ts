// What settings name outside the hub - files, folders, a database, addresses - and the refusal of a start without it.

import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { type RefusalCode, refusalText, refuse } from '../schemas/refusals.ts'
import type { SettingName, Settings } from '../schemas/settings.ts'
import { HubNotStarted } from './closings.ts'
import { isOutage } from './store/away.ts'
import { ServerTooOld } from './store/migrate.ts'

/** SQLSTATE insufficient_privilege: since PostgreSQL 15 a role may make nothing in the schema public by itself. */
const noPrivilege = '42501'

/** Does something with the file or folder a setting names. Its errors of the file system become start.file. */
export async function withNamed<Result>(
  setting: SettingName,
  path: string,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!isOfSystem(error)) throw error
    throw notStarted('start.file', reasonOf(error), `${setting}: ${path}`)
  }
}

/** The refusal of a file that can be read but not used. */
export function unusableFile(setting: string, reason: string): HubNotStarted {
  return notStarted('start.file', reason, setting)
}

/** A file of TLS as it was read, and the setting that names it. */
export type TlsFile = { setting: SettingName; pem: Buffer }

/** Reads a file of TLS once, at the start. */
export async function readTls(setting: SettingName, file: string): Promise<TlsFile> {
  return { setting, pem: await withNamed(setting, file, () => readFile(file)) }
}

/** Throws start.file for what TLS would only find at the first connection, or without saying which file it is. */
export function checkTls({ cert, key, ca }: { cert?: TlsFile; key?: TlsFile; ca?: TlsFile }): void {
  const check = (setting: string, use: () => unknown) => {
    try {
      use()
    } catch (error) {
      throw unusableFile(setting, reasonOf(error))
    }
  }
  // TLS passes over authorities it cannot read, and would then trust nobody.
  if (ca !== undefined) check(ca.setting, () => new X509Certificate(ca.pem))
  if (cert !== undefined) check(cert.setting, () => createSecureContext({ cert: cert.pem }))
  if (key !== undefined) check(key.setting, () => createSecureContext({ key: key.pem }))
  if (cert === undefined || key === undefined) return
  check(`${cert.setting}, ${key.setting}`, () => createSecureContext({ cert: cert.pem, key: key.pem }))
}

/** Listens at the address of a plane. A port that is taken and an address not of this machine become start.address. */
export async function listenAt<Result>(
  plane: 'partner' | 'admin' | 'internal' | 'portal',
  settings: Settings,
  listen: () => Promise<Result>,
): Promise<Result> {
  try {
    return await listen()
  } catch (error) {
    if (!isOfSystem(error)) throw error
    const { host, port } = settings[plane]
    throw notStarted('start.address', reasonOf(error), `${plane}.host, ${plane}.port: ${host} ${port}`)
  }
}

/** What an outside database that could not be opened is told by: start.database, or the error itself. */
export function refusedDatabase(url: string, error: unknown): unknown {
  const isExpected = error instanceof ServerTooOld || isOutage(error) || codeOf(error) === noPrivilege
  return isExpected
    ? notStarted('start.database', reasonOf(error), `database.url: ${withoutSecrets(url)}`)
    : error
}

/** Neither the password nor the parameters, one of which may be a password too. */
function withoutSecrets(url: string): string {
  const { protocol, username, host, pathname } = new URL(url)
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`
}

function notStarted(code: RefusalCode, seen: string, at: string): HubNotStarted {
  return new HubNotStarted(refusalText(refuse(code, seen, at)))
}

function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

/** An error of several addresses of one name has no words of its own, only those of its parts. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const parts: unknown[] = cause instanceof AggregateError ? cause.errors : [cause]
  const text = parts.map((part) => (part instanceof Error ? part.message : String(part))).join('; ')
  const code = codeOf(cause)
  return code === undefined || text.includes(code) ? text : `${code} ${text}`
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
