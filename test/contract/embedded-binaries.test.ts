// The tree of PostgreSQL programs: made beside a package that nobody may change, whole or made again.
import { execFile } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { findBinaries, prepareRuntime } from '../../hub/adapters/embedded-postgres/binaries.ts'

t.test('finds the package of this machine', async (t) => {
  const { native, major } = findBinaries()
  t.equal(major, '18')
  t.ok(existsSync(join(native, 'bin', 'initdb')))
})

t.test('says how to go on when there is no package, or no glibc', async (t) => {
  const wanted = { refusal: { code: 'start.database-platform' }, message: /URL of a PostgreSQL/ }
  t.throws(() => findBinaries('sunos-sparc'), wanted)
  // The other architecture's loader is missing here just as glibc's is on Alpine.
  const foreign = process.arch === 'x64' ? 'linux-arm64' : 'linux-x64'
  if (process.platform === 'linux') t.throws(() => findBinaries(foreign), { ...wanted, message: /musl/ })
})

t.test('makes links, sets modes and leaves the package as it was', async (t) => {
  const { binaries, folder } = makePackage(t)
  const bin = prepareRuntime(binaries, folder)
  t.equal(statSync(join(bin, 'postgres')).mode & 0o777, 0o755, 'executable though npm lost the bit')
  const lib = join(bin, '..', 'lib')
  t.equal(readlinkSync(join(lib, 'libpq.so.5')), 'libpq.so.5.18')
  t.equal(readFileSync(join(lib, 'libpq.so.5'), 'utf8'), 'library')
  t.equal(statSync(join(lib, 'libpq.so.5.18')).ino, statSync(join(binaries.native, 'lib/libpq.so.5.18')).ino)
  t.equal(statSync(join(binaries.native, 'bin', 'postgres')).mode & 0o777, 0o600)
  t.throws(() => lstatSync(join(binaries.native, 'lib', 'libpq.so.5')), { code: 'ENOENT' })
})

t.test('keeps a whole tree, makes a broken one again and removes the one of another version', async (t) => {
  const { binaries, folder } = makePackage(t)
  const bin = prepareRuntime(binaries, folder)
  const made = statSync(join(bin, 'postgres')).ino
  t.equal(prepareRuntime(binaries, folder), bin)
  t.equal(statSync(join(bin, 'postgres')).ino, made, 'kept')
  truncateSync(join(bin, 'postgres'), 1)
  const another = prepareRuntime(binaries, folder)
  t.equal(readFileSync(join(another, 'postgres'), 'utf8'), 'server', 'made again')
  t.equal(prepareRuntime(binaries, folder), another, 'and kept')
  t.equal(statSync(join(bin, 'postgres')).size, 1, 'the broken one is left alone: somebody may be running it')
  mkdirSync(join(folder, `runtime.new-18.4.0.${process.ppid}`))
  mkdirSync(join(folder, 'runtime.new-18.4.0.99999999'))
  prepareRuntime({ ...binaries, version: '18.5.0-beta.1' }, folder)
  t.same(readdirSync(folder).sort(), ['runtime-18.5.0-beta.1', `runtime.new-18.4.0.${process.ppid}`])
})

t.test('gives hubs that start on a folder at once the same tree, and none takes it away', async (t) => {
  const { binaries, folder } = makePackage(t)
  const rounds = 20
  for (let round = 0; round < rounds; round++) mkdirSync(join(folder, String(round)))
  const script = join(import.meta.dirname, '../support/runtime-maker-child.ts')
  const startAt = Date.now() + 2000
  const makers = [1, 2].map(() =>
    promisify(execFile)(process.execPath, [
      script,
      JSON.stringify(binaries),
      folder,
      String(rounds),
      String(startAt),
      '25',
    ]),
  )
  const standing = (round: number) => statSync(join(folder, String(round), 'runtime-18.4.0-beta.17/bin')).ino
  const told = await Promise.all(makers)
  for (const { stdout } of told)
    t.same(
      JSON.parse(stdout),
      Array.from({ length: rounds }, (_, n) => standing(n)),
    )
})

function makePackage(t: Test) {
  const root = t.testdir({
    native: {
      bin: { postgres: 'server' },
      lib: { 'libpq.so.5.18': 'library' },
      share: { postgresql: { 'postgres.bki': 'bootstrap' } },
    },
  })
  const native = join(root, 'native')
  const aliases = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]
  writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(aliases))
  chmodSync(join(native, 'bin', 'postgres'), 0o600)
  chmodSync(join(native, 'lib', 'libpq.so.5.18'), 0o644)
  const folder = join(root, 'place')
  mkdirSync(folder)
  return { binaries: { native, version: '18.4.0-beta.17', major: '18' }, folder }
}
