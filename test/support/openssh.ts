// A private OpenSSH server for a test: one sshd per connection, as inetd runs it, so that no port has to be guessed.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { generateSshKey } from '../../hub/sftp/ssh-key.ts'
import type { SftpSite } from '../../schemas/sftp.ts'
import { hubKey, siteOf, temporaryFolder } from './sftp-peers.ts'

const sshdPlaces = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/sbin/sshd']

/** The sshd of this machine, if there is one. */
export const sshd = sshdPlaces.find((place) => existsSync(place))

/** Why tests against OpenSSH are left out; false when they are not. */
export const withoutOpenssh: string | false =
  sshd === undefined && 'there is no sshd on this machine (apt-get install openssh-server)'

/** A server over a folder. */
export type OpensshServer = {
  readonly fingerprint: string
  /** The account is that of the process, the base folder the one that is served. */
  readonly address: string
  /** Connections accepted so far. */
  readonly connections: number
  /** What the servers logged. */
  log(): string
}

/** Serves a folder to the key of the hub, until the test ends. The system's own sshd is not touched. */
export async function startOpenssh(t: Test, served: string): Promise<OpensshServer> {
  const own = temporaryFolder(t)
  const hostKey = generateSshKey('openssh')
  const config = writeConfig(own, hostKey.privateKey)
  // The folder of privilege separation, which the system's start script makes otherwise.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true })
  const children = new Set<ChildProcess>()
  let connections = 0
  const server = net.createServer({ pauseOnConnect: true }, (socket) => {
    connections += 1
    const log = openSync(join(own, 'log'), 'a')
    const child = spawn(sshd ?? '', ['-i', '-e', '-f', config], { stdio: [socket, socket, log] })
    closeSync(log)
    children.add(child)
    child.once('exit', () => {
      children.delete(child)
      socket.destroy()
    })
    socket.on('error', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(async () => {
    server.close()
    await Promise.all(
      [...children].map(async (child) => {
        const gone = once(child, 'exit')
        child.kill()
        await gone
      }),
    )
  })
  const { port } = server.address() as AddressInfo
  return {
    fingerprint: hostKey.fingerprint,
    address: `sftp://${userInfo().username}@127.0.0.1:${port}${served}`,
    get connections() {
      return connections
    },
    log: () => readFileSync(join(own, 'log'), 'utf8'),
  }
}

/** A site of the server. */
export function opensshSite(server: OpensshServer, changes: Partial<SftpSite> = {}): SftpSite {
  return siteOf({ address: server.address, hostKeys: [server.fingerprint], ...changes })
}

function writeConfig(folder: string, hostKey: string): string {
  const place = (name: string, content: string): string => {
    const path = join(folder, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  const lines = [
    `HostKey ${place('host_key', `${hostKey.trimEnd()}\n`)}`,
    `AuthorizedKeysFile ${place('authorized_keys', `${hubKey.publicKey}\n`)}`,
    'UsePAM no',
    'PubkeyAuthentication yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    // The folders of tests lie below one that everybody may write to.
    'StrictModes no',
    'PidFile none',
    'AllowTcpForwarding no',
    'X11Forwarding no',
    'Subsystem sftp internal-sftp',
    'ForceCommand internal-sftp',
  ]
  return place('sshd_config', `${lines.join('\n')}\n`)
}
