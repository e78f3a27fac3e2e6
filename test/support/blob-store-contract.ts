// What every blob store must do, as a suite to run against each adapter.
import { createHash, randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import type { BlobStore } from '../../hub/ports.ts'

/** Opens a store; each call opens what the stores before it have put. */
export type OpenStore = () => BlobStore

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** Runs the suite. `neverMade` is a reference of the adapter's own form to a blob that does not exist. */
export function testBlobStore(t: Test, options: { open: OpenStore; neverMade: string }): void {
  const { open, neverMade } = options

  t.test('gives back the very bytes of every size, now and after it was opened again', async (t) => {
    const store = open()
    const sizes = [0, 1, 39, 40, 41, 20_000, 1024 * 1024, 1024 * 1024 + 1, 9 * 1024 * 1024]
    const put = await Promise.all(
      sizes.map(async (size) => {
        const bytes = randomBytes(size)
        return { bytes, ...(await store.put(bytes)) }
      }),
    )
    for (const blob of put) {
      t.equal(blob.sha256, sha256(blob.bytes))
      t.ok(blob.bytes.equals(await store.get(blob.ref)), `${blob.bytes.length} bytes`)
    }
    await store.close()
    const again = open()
    for (const blob of put)
      t.ok(blob.bytes.equals(await again.get(blob.ref)), `${blob.bytes.length} bytes, again`)
    await again.close()
  })

  t.test('keeps a thousand concurrent blobs apart', async (t) => {
    const store = open()
    const blobs = Array.from({ length: 1000 }, (_, index) => Buffer.from(`blob ${index} `.repeat(index % 50)))
    const put = await Promise.all(blobs.map((bytes) => store.put(bytes)))
    t.equal(new Set(put.map(({ ref }) => ref)).size, blobs.length)
    await store.close()
    const again = open()
    const got = await Promise.all(put.map(({ ref }) => again.get(ref)))
    t.ok(got.every((bytes, index) => blobs[index]?.equals(bytes)))
    await again.close()
  })

  t.test('takes the same bytes twice', async (t) => {
    const store = open()
    const bytes = randomBytes(100)
    const [first, second] = await Promise.all([store.put(bytes), store.put(bytes)])
    t.equal(first.sha256, second.sha256)
    for (const { ref } of [first, second]) t.ok(bytes.equals(await store.get(ref)))
    await store.close()
  })

  t.test('is not changed by what a caller does to bytes it put or got', async (t) => {
    const store = open()
    const bytes = Buffer.from('as received')
    const { ref } = await store.put(bytes)
    bytes.fill(0)
    ;(await store.get(ref)).fill(0)
    t.equal(Buffer.from(await store.get(ref)).toString(), 'as received')
    await store.close()
  })

  t.test('names the reference of a blob that is not there', async (t) => {
    const store = open()
    await t.rejects(store.get(neverMade), { name: 'BlobError', code: 'missing', ref: neverMade })
    const escapes = [
      '',
      'x',
      '../../etc/passwd',
      `${neverMade}0\n`,
      `../${neverMade}`,
      neverMade.replace('+', '+999999999'),
    ]
    for (const ref of escapes) await t.rejects(store.get(ref), { code: 'invalid-ref' })
    await store.close()
  })

  t.test('finishes what was put before it was closed and refuses the rest', async (t) => {
    const store = open()
    const accepted = store.put(Buffer.from('in time'))
    await new Promise((resolve) => setImmediate(resolve))
    const closing = store.close()
    await t.rejects(store.put(Buffer.from('too late')), { code: 'closed' })
    const { ref } = await accepted
    await closing
    const again = open()
    t.equal(Buffer.from(await again.get(ref)).toString(), 'in time')
    await again.close()
  })
}
