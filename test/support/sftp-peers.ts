// Peers' SFTP servers for tests: the simulated one over a temporary folder, and what the hub needs to speak to it.

import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { Value } from 'typebox/value'
import { generateSshKey, type SshKey } from '../../hub/sftp/ssh-key.ts'
import { type SftpServer, type SftpServerOptions, startSftpServer } from '../../hub/simulate/sftp/server.ts'
import {
  createSftpPickup,
  type SftpPickup,
  type SftpPickupOptions,
} from '../../operators/transports/sftp/pickup.ts'
import { createSftpCourier } from '../../operators/transports/sftp/put.ts'
import {
  createSftpSessions,
  type SftpSessionEvent,
  type SftpSessions,
  type SftpSessionsOptions,
} from '../../operators/transports/sftp/sessions.ts'
import { type PackageName, parsePackageName, parseRowId, type RowId } from '../../schemas/ids.ts'
import { SftpSite } from '../../schemas/sftp.ts'
import type { Courier, Departure } from '../../schemas/transport.ts'
import { rememberingDoor } from './http-peers.ts'

export const hubKey: SshKey = generateSshKey('hub')
export const posixRename = 'posix-rename@openssh.com'

/** The folders of a site with its defaults, as names below the account's folder. */
export const folders = ['from-hub', 'to-hub', 'from-hub-answers', 'to-hub-answers']

/** A site completed from its defaults. */
export function siteOf(row: Pick<SftpSite, 'address' | 'hostKeys'> & Partial<SftpSite>): SftpSite {
  const { archiveFolder: _, ...site } = Value.Parse(SftpSite, Value.Default(SftpSite, { ...row }))
  // Without it packages are deleted; only what a row says is archived.
  return row.archiveFolder === undefined ? site : { ...site, archiveFolder: row.archiveFolder }
}

/** A folder that goes with the test. */
export function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'hub-sftp-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export type SftpPeer = { server: SftpServer; root: string; site: SftpSite; file(path: string): FileAt }
/** A file of the server's disk. */
export type FileAt = { write(content: string | Uint8Array): void; read(): string; path: string }

/** Starts a peer with its folders; `changes` of the site. */
export async function startSftpPeer(
  t: Test,
  changes: Partial<SftpSite> = {},
  options: Partial<SftpServerOptions> = {},
): Promise<SftpPeer> {
  const root = temporaryFolder(t)
  for (const folder of folders) mkdirSync(join(root, folder))
  const server = await startSftpServer({
    root,
    accounts: { hub: { keys: [hubKey.publicKey] } },
    extensions: [posixRename],
    ...options,
  })
  t.teardown(() => server.close())
  const site = siteOf({ address: server.address('hub'), hostKeys: [server.fingerprint], ...changes })
  return { server, root, site, file: (path) => fileAt(join(root, path)) }
}

function fileAt(path: string): FileAt {
  return {
    path,
    write: (content) => writeFileSync(path, content),
    read: () => readFileSync(path, 'utf8'),
  }
}

/** Names in a folder of the peer, of those that are no folders; empty when there is none. */
export function namesIn({ root }: Pick<SftpPeer, 'root'>, folder: string): string[] {
  try {
    const entries = readdirSync(join(root, folder), { withFileTypes: true })
    return entries
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => name)
      .sort()
  } catch {
    return []
  }
}

/** Sessions that end with the test and remember what they told. */
export function startSessions(
  t: Test,
  options: Partial<SftpSessionsOptions> = {},
): { sessions: SftpSessions; events: SftpSessionEvent[]; kinds: () => string[] } {
  const events: SftpSessionEvent[] = []
  const sessions = createSftpSessions({
    keys: () => [Buffer.from(hubKey.privateKey)],
    allowPrivateAddresses: true,
    onEvent: (event) => events.push(event),
    operationTimeoutMs: 5000,
    ...options,
  })
  t.teardown(() => sessions.close())
  return { sessions, events, kinds: () => events.map(({ kind }) => kind) }
}

/** A courier with sessions of its own. */
export function startSftpCourier(t: Test, options: Partial<SftpSessionsOptions> = {}): Courier {
  const courier = createSftpCourier({ sessions: startSessions(t, options).sessions })
  t.teardown(() => courier.close())
  return courier
}

/** A package name, which the test knows to be one. */
export function packageName(text: string): PackageName {
  const name = parsePackageName(text)
  if (name === undefined) throw new Error(`${text} is no name of a package`)
  return name
}

/** A row id made of a number. */
export function rowId(number: number): RowId {
  const id = parseRowId(`01890a5d-ac96-774b-bcce-${number.toString(16).padStart(12, '0')}`)
  if (id === undefined) throw new Error('no row id')
  return id
}

/** A departure to a peer's site. */
export function departureTo(site: SftpSite, changes: Partial<Departure> = {}): Departure {
  return {
    peer: '2zb',
    address: site.address,
    site,
    name: packageName('a1b2.cms'),
    bytes: Buffer.from('signed package'),
    receiptAddress: undefined,
    timeoutMs: 10_000,
    signal: new AbortController().signal,
    ...changes,
  }
}

/** A clock that stands still until it is moved. */
export function standingClock(): { clock: () => Date; pass(ms: number): void } {
  let now = Date.now()
  return {
    clock: () => new Date(now),
    pass(ms) {
      now += ms
    },
  }
}

/** A pickup of a peer with a door that remembers; `poll` takes placed packages. */
export function startPickup(
  t: Test,
  { site }: Pick<SftpPeer, 'site'>,
  options: Partial<SftpPickupOptions> = {},
) {
  const door = rememberingDoor()
  const events: string[] = []
  const pickup: SftpPickup = createSftpPickup({
    peer: '2zb',
    site,
    sessions: options.sessions ?? startSessions(t).sessions,
    door,
    onEvent: (event) => events.push(event.kind),
    goneGraceMs: 0,
    ...options,
  })
  const { signal } = new AbortController()
  return {
    pickup,
    door,
    events,
    poll: (placed: Parameters<SftpPickup['poll']>[0]['placed'] = []) => pickup.poll({ placed, signal }),
  }
}
