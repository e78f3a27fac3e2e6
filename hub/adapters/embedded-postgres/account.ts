// The account that runs the database server, and what it may enter.
import { readFileSync, statSync } from 'node:fs'
import { dirname, parse } from 'node:path'

/** `switches` is true when the hub is root and must start the server as somebody else. */
export type Account = { uid: number; gid: number; switches: boolean }

const nobodyWhenUnlisted = { uid: 65534, gid: 65534 }

/**
 * PostgreSQL refuses to run as root, so root runs it as the owner of the cluster, and a new cluster belongs
 * to `nobody`. Everybody else runs it as themselves.
 */
export function chooseAccount(clusterOwner?: { uid: number; gid: number }): Account {
  const uid = process.geteuid?.() ?? 0
  if (uid !== 0) return { uid, gid: process.getegid?.() ?? 0, switches: false }
  if (clusterOwner !== undefined && clusterOwner.uid !== 0) {
    return { uid: clusterOwner.uid, gid: clusterOwner.gid, switches: true }
  }
  return { ...findNobody(), switches: true }
}

/** The user and group a child process must be given; nothing when the hub is not root. */
export function spawnAs(account: Account): { uid?: number; gid?: number } {
  return account.switches ? { uid: account.uid, gid: account.gid } : {}
}

/** The first folder on the way to `folder`, itself included, that the account cannot enter. */
export function findClosedFolder(folder: string, account: Account): string | undefined {
  const root = parse(folder).root
  const way: string[] = []
  for (let step = folder; step !== root; step = dirname(step)) way.unshift(step)
  return way.find((step) => !mayEnter(step, account))
}

function mayEnter(folder: string, account: Account): boolean {
  const { mode, uid, gid } = statSync(folder)
  if (uid === account.uid) return (mode & 0o100) !== 0
  if (gid === account.gid) return (mode & 0o010) !== 0
  return (mode & 0o001) !== 0
}

function findNobody(): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('nobody:'))
  const [, , uid, gid] = line?.split(':') ?? []
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : nobodyWhenUnlisted
}
