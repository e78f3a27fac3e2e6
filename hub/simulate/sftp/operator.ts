// A simulated partner operator over SFTP: it owns a folder, the hub is the client of the server in front of it.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { siteOf } from '../../../routing/book.ts'
import type { SftpSiteRow } from '../../../schemas/sftp.ts'
import type { SshKey } from '../../sftp/ssh-key.ts'
import { type Behaviour, behaviours } from '../behaviours.ts'
import { assembleOperator, type SimulatedOperator, type SimulatedOperatorOptions } from '../operator.ts'
import { startFolderIntake } from './intake.ts'
import { makeManners, needOwnServer } from './manners.ts'
import { FolderOutbox } from './outbox.ts'
import { type SftpServer, startSftpServer } from './server.ts'
import { makeSiteFolders } from './site.ts'

/** How to start one. `host` and `port` are those of its own server. */
export type SftpOperatorOptions = SimulatedOperatorOptions & {
  /** What it owns on the disk, made when missing; a temporary one, removed in the end, unless given. */
  folder?: string
  /** The hub's account at the server; `hub` unless given. */
  account?: string
  /** Public keys that let the hub in, one line each; `authorise` adds more. */
  hubKeys?: readonly string[]
  /** Host key of its own server; a new one unless given. */
  hostKey?: SshKey
  /** Someone else's server in front of the folder, like OpenSSH; the partner starts none then. */
  server?: Pick<SftpSiteRow, 'address' | 'hostKeys'>
  /** What differs from the defaults of a site. */
  site?: Partial<SftpSiteRow>
  /** Packages that are taken get an answer file too. */
  tellsAccepted?: boolean
}

/** A partner over SFTP. */
export type SftpOperator = SimulatedOperator & {
  readonly sftp: {
    /** The `sftp` section of its peer at the hub. */
    row: SftpSiteRow
    /** What it owns on the disk. */
    folder: string
    /** Its own server; undefined when someone else's stands in front. */
    server: SftpServer | undefined
  }
  /** Lets the hub in by one more public key. Its own server only. */
  authorise(publicKeyOfTheHub: string): void
}

const defaults = { host: '127.0.0.1', port: 0, account: 'hub', sendTimeoutMs: 30_000 }
const hubPollMs = 100

/**
 * Starts one. Behaviours that lose an answer or cut a connection are faults of its own server; with someone else's they
 * cannot be had, and `behave` throws.
 */
export async function startSftpOperator(options: SftpOperatorOptions): Promise<SftpOperator> {
  const { account } = { ...defaults, ...options }
  const folder = options.folder ?? mkdtempSync(join(realpathSync(tmpdir()), 'hub-partner-'))
  mkdirSync(folder, { recursive: true })
  let started: { server: SftpServer | undefined; row: SftpSiteRow } | undefined
  const operator = await assembleOperator(options, async (needs) => {
    const transport = await openFolders(options, { folder, account, ...needs })
    started = transport
    return transport
  })
  assert(started !== undefined)
  const { server, row } = started
  return {
    ...operator,
    sftp: { row, folder, server },
    behave(name, how) {
      const { take } = behaviours[name]
      assert(server !== undefined || !needOwnServer.includes(take.how), `${name} needs a server of its own`)
      operator.behave(name, how)
    },
    authorise(publicKey) {
      assert(server !== undefined, "keys of someone else's server are set there")
      server.authorise(account, publicKey)
    },
    async close() {
      await operator.close()
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}

type Needs = Parameters<Parameters<typeof assembleOperator>[1]>[0]

async function openFolders(options: SftpOperatorOptions, needs: Needs & { folder: string; account: string }) {
  const { reception, signal, folder, account } = needs
  const { host, port, sendTimeoutMs } = { ...defaults, ...options }
  const { hubKeys = [], hostKey, tellsAccepted = false, server: foreign } = options
  // Address and host keys are known when the server listens; the folders must stand before.
  const unknown = { address: `sftp://${account}@${host}`, hostKeys: [] }
  const site = siteOf({ pollMs: hubPollMs, ...options.site, ...unknown })
  const folders = makeSiteFolders(folder, site)
  const planned = new Map<string, Behaviour>()
  const server =
    foreign === undefined
      ? await startSftpServer({
          root: folder,
          host,
          port,
          accounts: { [account]: { keys: hubKeys } },
          ...(hostKey === undefined ? {} : { hostKey }),
          manners: makeManners({ folders, site, reception, planned }),
        })
      : undefined
  const place =
    foreign ?? (server && { address: server.address(account), hostKeys: [server.fingerprint] }) ?? unknown
  const intake = startFolderIntake({ folders, site, reception, planned, tellsAccepted, signal })
  const outbox = new FolderOutbox({ folders, site, timeoutMs: sendTimeoutMs, signal })
  const { address, hostKeys } = place
  return {
    address,
    server,
    row: { pollMs: hubPollMs, ...options.site, address, hostKeys },
    send: (prepared: Parameters<SimulatedOperator['send']>[0]) => outbox.send(prepared),
    async close() {
      await server?.close()
      await intake.close()
      await outbox.close()
    },
  }
}
