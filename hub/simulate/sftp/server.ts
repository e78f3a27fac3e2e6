// A simulated SFTP server over a real folder: keys only, each account confined, faults on demand.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import ssh2, {
  type AuthContext,
  type Connection,
  type ParsedKey,
  type PublicKeyAuthContext,
  type Server,
} from 'ssh2'
import { generateSshKey, readSshKey, type SshKey } from '../../sftp/ssh-key.ts'
import { FaultDesk, type Faults } from './faults.ts'
import { realPath } from './place.ts'
import { serveSession } from './session.ts'

/** Who may come in with which public keys (lines as in authorized_keys); `home` is a folder of the root. */
export type SftpAccount = { keys: readonly string[]; home?: string }

/** How to start one. */
export type SftpServerOptions = {
  /** An existing folder on the disk. */
  root: string
  /** 127.0.0.1 and any free port unless given. */
  host?: string
  port?: number
  /** A new one unless given. */
  hostKey?: SshKey
  accounts: Readonly<Record<string, SftpAccount>>
  /** Names announced, of `posix-rename@openssh.com` and `fsync@openssh.com`; none unless given. */
  extensions?: readonly string[]
  faults?: Faults
  /** Faults of the partner whose server it is: asked for what `faults` and setFaults leave alone, never changed. */
  manners?: Faults
}

/** A listening server. */
export type SftpServer = {
  readonly host: string
  readonly port: number
  /** Of the host key new connections see, as `ssh-keygen -lf` prints it. */
  readonly fingerprint: string
  /** Connections accepted so far. */
  readonly connections: number
  /** SFTP sessions open now. */
  readonly sessions: number
  /** `sftp://account@host:port`. */
  address(account: string): string
  /** One more key lets this account in, from the next connection on. */
  authorise(account: string, publicKey: string): void
  /** Connections from now on see this host key. */
  setHostKey(hostKey: SshKey): void
  /** Faults from now on; undefined for none. */
  setFaults(faults: Faults | undefined): void
  /** Ends every connection at once. */
  dropAll(): void
  close(): Promise<void>
}

type Account = { keys: ParsedKey[]; home: string }
type Visitor = {
  socket: Socket
  desk: FaultDesk
  accounts: Map<string, Account>
  extensions: readonly string[]
}
type Tally = { connections: number; sessions: number }

/** Starts listening. Throws when the root or a home is missing, or the port is taken. */
export async function startSftpServer(options: SftpServerOptions): Promise<SftpServer> {
  const { root, host = '127.0.0.1', port = 0, extensions = [] } = options
  const accounts = new Map(
    Object.entries(options.accounts).map(([name, of]) => [name, openAccount(root, of)]),
  )
  const desk = new FaultDesk(options)
  const tally: Tally = { connections: 0, sessions: 0 }
  const sockets = new Set<Socket>()
  let hostKey = options.hostKey ?? generateSshKey('simulated host')
  const server = net.createServer({ noDelay: true }, (socket) => {
    tally.connections += 1
    sockets.add(socket)
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket))
    greet({ socket, desk, accounts, extensions }, { hostKey, tally })
  })
  server.listen(port, host)
  await once(server, 'listening')
  const listening = (server.address() as AddressInfo).port
  const dropAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    host,
    port: listening,
    get fingerprint() {
      return hostKey.fingerprint
    },
    get connections() {
      return tally.connections
    },
    get sessions() {
      return tally.sessions
    },
    address: (account) => `sftp://${account}@${host}:${listening}`,
    authorise(account, publicKey) {
      const known = accounts.get(account)
      assert(known !== undefined, `there is no account ${account}`)
      known.keys.push(readSshKey(publicKey))
    },
    setHostKey(key) {
      hostKey = key
    },
    setFaults: (faults) => desk.set(faults),
    dropAll,
    async close() {
      const closed = once(server, 'close')
      server.close()
      dropAll()
      await closed
    },
  }
}

function openAccount(root: string, { keys, home = '' }: SftpAccount): Account {
  const folder = Buffer.from(join(root, home)).toString('latin1')
  return { keys: keys.map(readSshKey), home: realPath(folder) }
}

/** Hands the connection to ssh2, each with a server of its own so that the host key may change in between. */
function greet(visitor: Visitor, { hostKey, tally }: { hostKey: SshKey; tally: Tally }): void {
  const { socket, desk } = visitor
  const fault = desk.ask({ op: 'connect' })
  if (fault === 'hang') return
  if (fault === 'lie') {
    socket.end('HTTP/1.0 400 Bad Request\r\n\r\n')
    return
  }
  if (fault === 'drop-before' || typeof fault === 'object') {
    socket.destroy()
    return
  }
  const server: Server = new ssh2.Server({ hostKeys: [hostKey.privateKey] }, (connection) => {
    if (fault === 'drop-after') connection.once('handshake', () => socket.destroy())
    serveConnection(connection, { visitor, tally })
  })
  server.injectSocket(socket)
}

function serveConnection(connection: Connection, of: { visitor: Visitor; tally: Tally }): void {
  const { visitor, tally } = of
  const { socket, desk, accounts, extensions } = visitor
  let account = ''
  // Clients that break off or speak wrongly end their own connection only.
  connection.on('error', () => socket.destroy())
  connection.on('authentication', (context) => {
    account = context.username
    letIn(context, visitor)
  })
  connection.on('session', (accept) => {
    accept().on('subsystem', (acceptChannel, reject, { name }) => {
      const home = accounts.get(account)?.home
      if (name !== 'sftp' || home === undefined) return reject()
      const channel = acceptChannel()
      tally.sessions += 1
      channel.once('close', () => {
        tally.sessions -= 1
      })
      serveSession(channel, { account, home, extensions, desk, drop: () => socket.destroy() })
    })
  })
}

function letIn(context: AuthContext, visitor: Visitor): void {
  const isKey = context.method === 'publickey'
  // The question whether a key would do comes before its signature; faults are about the attempt itself.
  const isAttempt = isKey && context.signature !== undefined
  const fault = isAttempt ? visitor.desk.ask({ op: 'auth', account: context.username }) : undefined
  if (fault === 'hang') return
  if (fault === 'drop-before') {
    visitor.socket.destroy()
    return
  }
  if (!isKey || typeof fault === 'object' || !isRight(context, visitor)) {
    context.reject(['publickey'])
    return
  }
  context.accept()
  if (fault === 'drop-after') visitor.socket.destroy()
}

/** True when the key is one of the account's and, if it signed already, the signature is its own. */
function isRight(context: PublicKeyAuthContext, { accounts }: Visitor): boolean {
  const { key, signature, blob, hashAlgo, username } = context
  const known = accounts.get(username)?.keys.find((one) => one.getPublicSSH().equals(key.data))
  if (known === undefined || signature === undefined) return known !== undefined
  return blob !== undefined && known.verify(blob, signature, hashAlgo)
}
