// The blob stores: the contract of the port, and what segments keep through crashes, damage and full disks.
import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { type FileHandle, open as openFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { openSegmentBlobs } from '../../hub/adapters/blobs-segments.ts'
import { isOfSurroundings } from '../../hub/pipeline/run/faults.ts'
import { limits } from '../../schemas/limits.ts'
import { testBlobStore } from '../support/blob-store-contract.ts'
import { makeReapedFolder } from '../support/reaper.ts'

const root = makeReapedFolder()
const writerScript = join(import.meta.dirname, '../support/blob-writer.ts')
const day = '2026-11-22'
const dayFolder = join('packages', '0', day)
const headerBytes = 40

let folders = 0
const makeFolder = () => join(root, `store ${++folders}`)
const open = (folder: string, options: Partial<Parameters<typeof openSegmentBlobs>[0]> = {}) =>
  openSegmentBlobs({
    folder,
    retentionClass: 'packages',
    now: () => new Date(`${day}T12:00:00Z`),
    ...options,
  })

t.test('segments fulfil the contract', async (t) => {
  const folder = makeFolder()
  testBlobStore(t, { open: () => open(folder), neverMade: `packages/0/${day}/999999@0+1` })
})

t.test('names class, key epoch, day, segment, offset and length', async (t) => {
  const folder = makeFolder()
  const store = open(folder, { retentionClass: 'receipts', keyEpoch: '2026a' })
  const first = await store.put(Buffer.from('12345'))
  const second = await store.put(Buffer.from('1'))
  t.equal(first.ref, `receipts/2026a/${day}/000001@0+5`)
  t.equal(second.ref, `receipts/2026a/${day}/000001@45+1`)
  await store.close()
  const other = open(folder)
  t.equal(Buffer.from(await other.get(first.ref)).toString(), '12345', 'another class reads it too')
  await other.close()
  t.throws(() => open(folder, { retentionClass: '../x' }), TypeError)
})

t.test('begins a segment when one is full, when the day turns and when another process writes', async (t) => {
  const folder = makeFolder()
  let time = `${day}T23:59:59Z`
  const store = open(folder, { segmentBytesMax: 100, now: () => new Date(time) })
  const put = async (size: number) => (await store.put(Buffer.alloc(size))).ref
  t.equal(await put(20), `packages/0/${day}/000001@0+20`)
  const other = open(folder)
  t.equal((await other.put(Buffer.alloc(1))).ref, `packages/0/${day}/000002@0+1`)
  t.equal(await put(1), `packages/0/${day}/000003@0+1`, 'as 20 + 40 + 40 + 1 is one more than 100')
  t.equal(await put(1000), `packages/0/${day}/000004@0+1000`, 'a blob may be larger than a segment')
  time = '2026-11-23T00:00:00Z'
  t.equal(await put(1), 'packages/0/2026-11-23/000001@0+1')
  await Promise.all([store.close(), other.close()])
})

t.test('tells every damaged part of a record, and that its segment is gone', async (t) => {
  const folder = makeFolder()
  const store = open(folder)
  await store.put(Buffer.from('before'))
  const { ref } = await store.put(Buffer.from('evidence'))
  await store.close()
  const file = join(folder, dayFolder, '000001.seg')
  const whole = readFileSync(file)
  const begin = headerBytes + 'before'.length
  for (const [part, at] of Object.entries({ magic: 0, length: 7, digest: 8, bytes: 40, 'last byte': 47 })) {
    const damaged = Buffer.from(whole)
    damaged[begin + at] = (damaged[begin + at] ?? 0) ^ 1
    writeFileSync(file, damaged)
    const again = open(folder)
    await t.rejects(
      again.get(ref),
      { code: 'damaged', ref, message: new RegExp(ref.replace('+', '\\+')) },
      part,
    )
    await again.close()
  }
  writeFileSync(file, whole)
  const again = open(folder)
  const elsewhere = `packages/0/${day}/000001@${begin}+7`
  await t.rejects(again.get(elsewhere), { code: 'damaged', ref: elsewhere }, 'a wrong length')
  t.equal(Buffer.from(await again.get(ref)).toString(), 'evidence')
  await again.close()
  rmSync(join(folder, dayFolder), { recursive: true })
  const last = open(folder)
  await t.rejects(last.get(ref), { code: 'missing', ref })
  await last.close()
})

t.test('goes on after a torn tail of every kind and leaves it as it is', async (t) => {
  const original = makeFolder()
  const first = open(original)
  const kept = await first.put(Buffer.from('promised'))
  const torn = await first.put(Buffer.from('torn'))
  await first.close()
  const tornAt = headerBytes + 'promised'.length
  const cut = (length: number) => (file: string) => truncateSync(file, length)
  const tails: Record<string, (file: string) => void> = {
    'nothing of the record': cut(tornAt),
    'one byte': cut(tornAt + 1),
    'half a header': cut(tornAt + 20),
    'a header only': cut(tornAt + headerBytes),
    'half the bytes': cut(tornAt + headerBytes + 2),
    'zeros where the record was': (file) => {
      truncateSync(file, tornAt)
      truncateSync(file, tornAt + 4096)
    },
    'zeros where the bytes were': (file) => {
      truncateSync(file, tornAt + headerBytes)
      truncateSync(file, tornAt + 4096)
    },
    'other bytes': (file) => {
      truncateSync(file, tornAt)
      appendFileSync(file, randomBytes(4096))
    },
  }
  for (const [kind, tear] of Object.entries(tails)) {
    const folder = makeFolder()
    cpSync(original, folder, { recursive: true })
    const file = join(folder, dayFolder, '000001.seg')
    tear(file)
    const bytes = readFileSync(file)
    const store = open(folder)
    t.equal(Buffer.from(await store.get(kept.ref)).toString(), 'promised', kind)
    await t.rejects(store.get(torn.ref), { code: 'damaged', ref: torn.ref }, kind)
    t.equal((await store.put(Buffer.from('new'))).ref, `packages/0/${day}/000002@0+3`)
    await store.close()
    t.ok(readFileSync(file).equals(bytes), 'the segment of the crashed process is untouched')
  }
})

t.test('keeps every promised blob of a writer that is killed under load', async (t) => {
  const folder = makeFolder()
  const promised: string[] = []
  for (const killAfter of [1, 50, 700]) {
    const child = spawn(process.execPath, [writerScript, folder, '32'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.teardown(() => child.kill('SIGKILL'))
    let lines = 0
    for await (const line of createInterface({ input: child.stdout })) {
      promised.push(line)
      if (++lines === killAfter) child.kill('SIGKILL')
    }
  }
  t.ok(promised.length >= 751)
  t.comment(`${promised.length} blobs were promised`)
  await checkPromised(t, folder, promised)
})

t.test('refuses what cannot be written, and takes blobs again as soon as it can', async (t) => {
  const folder = makeFolder()
  mkdirSync(folder)
  // No file may grow beyond 512 KiB: the write fails half done, and the next segment has room again. Node
  // ignores the signal of that limit; what the test runner would load into the child does not.
  const script = 'unset NODE_OPTIONS; ulimit -f 1024; exec "$@"'
  const limited = ['-c', script, 'sh', process.execPath, writerScript, folder, '8', '200']
  const { stdout, status, stderr } = spawnSync('/bin/sh', limited, { encoding: 'utf8', timeout: 60_000 })
  t.equal(status, 0, stderr)
  const lines = stdout.trim().split('\n')
  const promised = lines.filter((line) => line !== 'write-failed')
  t.ok(promised.length > 100 && promised.length < 200, `${promised.length} of 200`)
  t.equal(lines.length, 200)
  await checkPromised(t, folder, promised)
  const [today = ''] = readdirSync(join(folder, 'packages', '0'))
  const ends = new Map<string, number>()
  for (const line of promised) {
    const [, segment = '', offset, length] = /\/(\d+)@(\d+)\+(\d+) /.exec(line) ?? []
    ends.set(segment, Math.max(ends.get(segment) ?? 0, Number(offset) + headerBytes + Number(length)))
  }
  t.ok(ends.size > 3, 'several segments were begun')
  for (const file of readdirSync(join(folder, 'packages', '0', today))) {
    const { size } = statSync(join(folder, 'packages', '0', today, file))
    t.equal(size, ends.get(file.slice(0, 6)), `${file} holds no torn tail`)
  }
})

t.test('survives a full disk', async (t) => {
  const mountPoint = makeFolder()
  mkdirSync(mountPoint)
  const inOwnMounts = (command: string, ...values: string[]) =>
    spawnSync('unshare', ['-m', '/bin/sh', '-c', command, 'sh', mountPoint, ...values], { encoding: 'utf8' })
  const mount = 'mount -t tmpfs -o size=1m none "$1"'
  if (inOwnMounts(mount).status !== 0) return t.comment('not possible here: no file system can be mounted')
  const script = `${mount} && f="$1" && shift && "$@" && cp -r "$f/packages" "$f.kept"`
  const { stdout, status, stderr } = inOwnMounts(
    script,
    process.execPath,
    writerScript,
    mountPoint,
    '4',
    '100',
  )
  t.equal(status, 0, stderr)
  const lines = stdout.trim().split('\n')
  t.ok(lines.includes('write-failed'))
  const copied = makeFolder()
  cpSync(`${mountPoint}.kept`, join(copied, 'packages'), { recursive: true })
  await checkPromised(
    t,
    copied,
    lines.filter((line) => line !== 'write-failed'),
  )
})

t.test('refuses more than may wait, and takes blobs again later', async (t) => {
  const store = open(makeFolder(), { queueBytesMax: 300 })
  await t.rejects(store.put(new Uint8Array(limits.blobBytesMax + 1)), { code: 'too-large' })
  const blob = Buffer.alloc(100)
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => store.put(blob)))
  t.same(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected'],
  )
  t.match(outcomes[3], { reason: { code: 'busy' } })
  await store.put(Buffer.from('small'))
  await store.close()
})

t.test('holds few files open, however many segments are read at once', async (t) => {
  const folder = makeFolder()
  const store = open(folder, { segmentBytesMax: 1 })
  const put: { ref: string; sha256: string }[] = []
  for (let index = 0; index < 30; index += 1) put.push(await store.put(Buffer.from(`in segment ${index}`)))
  await store.close()
  const again = open(folder, { handlesMax: 3 })
  for (let round = 0; round < 3; round += 1) {
    const got = await Promise.all(put.map(({ ref }) => again.get(ref)))
    t.ok(got.every((bytes, index) => Buffer.from(bytes).toString() === `in segment ${index}`))
  }
  for (const { ref } of put) await again.get(ref)
  if (process.platform === 'linux') t.ok(countOpen(folder) <= 4, `${countOpen(folder)} are open`)
  await again.close()
  if (process.platform === 'linux') t.equal(countOpen(folder), 0)
})

t.test('a read that fails for what the place lacks is told apart from a damaged record', async (t) => {
  const folder = makeFolder()
  const writer = open(folder)
  const { ref } = await writer.put(Buffer.from('evidence'))
  await writer.close()
  const handles = await handlePrototype()
  const { read } = handles
  t.teardown(() => Object.assign(handles, { read }))
  const failures = { EMFILE: true, ESTALE: true, EIO: false }
  for (const [code, isOfThePlace] of Object.entries(failures)) {
    const store = open(folder)
    handles.read = () => Promise.reject(Object.assign(new Error(`${code}: read`), { code }))
    const error = await store.get(ref).catch((reason: unknown) => reason)
    t.match(error, { code: 'read-failed', cause: { code } })
    t.equal(isOfSurroundings(error), isOfThePlace, code)
    handles.read = read
    t.equal(Buffer.from(await store.get(ref)).toString(), 'evidence')
    await store.close()
  }
})

t.test('RULES 10: a blob is promised only after the system says that its bytes are on disk', async (t) => {
  const store = open(makeFolder())
  const handles = await handlePrototype()
  const { datasync } = handles
  t.teardown(() => Object.assign(handles, { datasync }))
  const reached = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  handles.datasync = async function (this: FileHandle) {
    reached.resolve()
    await opened.promise
    await datasync.call(this)
  }
  let isPromised = false
  const put = store.put(Buffer.from('evidence')).then((promised) => {
    isPromised = true
    return promised
  })
  await reached.promise
  for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate)
  t.notOk(isPromised, 'written, and not yet synchronised')
  opened.resolve()
  const { ref } = await put

  handles.datasync = () =>
    Promise.reject(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }))
  const refused = await Promise.allSettled([1, 2, 3].map((one) => store.put(Buffer.from(`${one}`))))
  for (const end of refused) t.match(end, { status: 'rejected', reason: { code: 'write-failed' } })
  handles.datasync = datasync
  const later = await store.put(Buffer.from('later'))
  t.not(later.ref.split('@')[0], ref.split('@')[0], 'what a failed sync left behind is never appended to')
  t.equal(Buffer.from(await store.get(ref)).toString(), 'evidence')
  await store.close()
})

/** What every open file inherits its calls from, so that a test can stand between the adapter and the system. */
async function handlePrototype(): Promise<FileHandle> {
  const own = await openFile(import.meta.filename)
  await own.close()
  return Object.getPrototypeOf(own) as FileHandle
}

async function checkPromised(t: Test, folder: string, promised: string[]): Promise<void> {
  const store = open(folder)
  const lost: string[] = []
  for (const line of promised) {
    const [ref = '', sha256] = line.split(' ')
    const bytes = await store.get(ref).catch(() => undefined)
    if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== sha256) lost.push(line)
  }
  t.same(lost, [], 'no promised blob is lost')
  await store.close()
}

function countOpen(folder: string): number {
  const mine = spawnSync('/bin/sh', ['-c', `ls -l /proc/${process.pid}/fd`], { encoding: 'utf8' }).stdout
  return mine.split('\n').filter((line) => line.includes(folder)).length
}
