// A partner's SFTP server in a process of its own: the simulated one, or OpenSSH's where it is asked for.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { generateSshKey } from '../../hub/sftp/ssh-key.ts'
import { startSftpServer } from '../../hub/simulate/sftp/server.ts'

type Question = { root: string; hubKey: string; sshd?: string }
type Place = { address: string; hostKeys: string[] }

process.on('message', async (question: Question) => {
  const { sshd } = question
  process.send?.(sshd === undefined ? await simulated(question) : await openssh({ ...question, sshd }))
})

async function simulated({ root, hubKey }: Question): Promise<Place> {
  const server = await startSftpServer({
    root,
    accounts: { hub: { keys: [hubKey] } },
    extensions: ['posix-rename@openssh.com'],
  })
  return { address: server.address('hub'), hostKeys: [server.fingerprint] }
}

/** One sshd per connection, as inetd runs it; nothing of the system's own is touched. */
async function openssh({ root, hubKey, sshd }: Required<Question>): Promise<Place> {
  const own = `${root}.sshd`
  mkdirSync(own)
  // The folder of privilege separation, which the system's start script makes otherwise.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true })
  const hostKey = generateSshKey('openssh')
  const config = writeConfig(own, { hostKey: hostKey.privateKey, hubKey })
  const children = new Set<ChildProcess>()
  const server = net.createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
    const child = spawn(sshd, ['-i', '-e', '-f', config], { stdio: [socket, socket, 'ignore'] })
    children.add(child)
    child.once('exit', () => {
      children.delete(child)
      socket.destroy()
    })
    socket.on('error', () => socket.destroy())
  })
  process.once('SIGTERM', () => {
    for (const child of children) child.kill()
    process.exit(0)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    address: `sftp://${userInfo().username}@127.0.0.1:${port}${root}`,
    hostKeys: [hostKey.fingerprint],
  }
}

function writeConfig(folder: string, keys: { hostKey: string; hubKey: string }): string {
  const place = (name: string, content: string): string => {
    const path = join(folder, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  const lines = [
    `HostKey ${place('host_key', `${keys.hostKey.trimEnd()}\n`)}`,
    `AuthorizedKeysFile ${place('authorized_keys', `${keys.hubKey.trimEnd()}\n`)}`,
    'UsePAM no',
    'PubkeyAuthentication yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    // The folders of a bench lie below one that everybody may write to.
    'StrictModes no',
    'PidFile none',
    'Subsystem sftp internal-sftp',
    'ForceCommand internal-sftp',
  ]
  return place('sshd_config', `${lines.join('\n')}\n`)
}
