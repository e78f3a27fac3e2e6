// Streebog: the vectors of RFC 6986, and the kernel against the plain implementation.

import t, { type Test } from 'tap'
import { createDigest, digest } from '../../hub/trust/gost/kernel.ts'
import { streebogReference } from '../../hub/trust/gost/reference.ts'
import { seeded } from '../support/seeded.ts'

const random = seeded()
t.comment(`seed ${random.seed}`)

/** RFC 6986, section 10, as bytes in the order of transmission; the last two are well known. */
const vectors = [
  {
    name: 'M1',
    message: Buffer.from('012345678901234567890123456789012345678901234567890123456789012'),
    streebog256: '9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500',
    streebog512:
      '1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa' +
      '00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48',
  },
  {
    name: 'M2',
    message: Buffer.from(
      'd1e520e2e5f2f0e82c20d1f2f0e8e1eee6e820e2edf3f6e82c20e2e5fef2fa20f120eceef0ff20f1' +
        'f2f0e5ebe0ece820ede020f5f0e0e1f0fbff20efebfaeafb20c8e3eef0e5e2fb',
      'hex',
    ),
    streebog256: '9dd2fe4e90409e5da87f53976d7405b0c0cac628fc669a741d50063c557e8f50',
    streebog512:
      '1e88e62226bfca6f9994f1f2d51569e0daf8475a3b0fe61a5300eee46d961376' +
      '035fe83549ada2b8620fcd7c496ce5b33f0cb9dddc2b6460143b03dabac9fb28',
  },
  {
    name: 'the empty message',
    message: Buffer.alloc(0),
    streebog256: '3f539a213e97c802cc229d474c6aa32a825a360b2a933a949fd925208d9ce1bb',
    streebog512:
      '8e945da209aa869f0455928529bcae4679e9873ab707b55315f56ceb98bef0a7' +
      '362f715528356ee83cda5f2aac4c6ad2ba3a715c1bcd81cb8e9f90bf4c1c1a8a',
  },
]

for (const vector of vectors) {
  t.test(`the digests of ${vector.name} are those of the standard`, async (t) => {
    for (const name of ['streebog256', 'streebog512'] as const) {
      t.equal(hex(digest(name, vector.message)), vector[name], name)
      t.equal(hex(streebogReference(name === 'streebog256' ? 256 : 512, vector.message)), vector[name])
    }
  })
}

t.test('messages of random lengths give the digests of the plain implementation', async (t) => {
  for (let round = 0; round < 150; round += 1) {
    const message = random.bytes(random.number(round < 130 ? 300 : 5000))
    compare(t, message, `${message.length} bytes`)
  }
})

t.test('every length around the borders of blocks and of the kernel’s chunk is right', async (t) => {
  for (const length of [1, 62, 63, 64, 65, 127, 128, 129, 191, 192])
    compare(t, random.bytes(length), `${length}`)
  for (const length of [65_535, 65_536, 65_537, 65_600]) {
    const message = random.bytes(length)
    t.equal(hex(digest('streebog256', message)), hex(streebogReference(256, message)), `${length} bytes`)
  }
})

t.test('carries of the sum run through whole blocks of ones', async (t) => {
  for (const value of [0xff, 0x80, 0x00]) {
    for (const length of [64, 128, 256, 300])
      compare(t, Buffer.alloc(length, value), `${length} times ${value}`)
  }
  const block = Buffer.alloc(64)
  block[0] = 1
  compare(t, Buffer.concat([Buffer.alloc(64, 0xff), block]), 'the sum wraps to zero')
})

t.test('a stream cut anywhere gives the digest of the whole', async (t) => {
  for (let round = 0; round < 60; round += 1) {
    const message = random.bytes(random.number(700))
    const stream = createDigest('streebog256')
    for (let from = 0; from < message.length; ) {
      const to = from + random.number(150)
      stream.update(message.subarray(from, to))
      from = to
    }
    t.equal(hex(stream.digest()), hex(digest('streebog256', message)), `${message.length} bytes`)
  }
})

t.test('streams that are open at the same time do not disturb each other', async (t) => {
  const first = createDigest('streebog256')
  const second = createDigest('streebog512')
  const [left, right] = [random.bytes(1000), random.bytes(1000)]
  for (let from = 0; from < 1000; from += 90) {
    first.update(left.subarray(from, from + 90))
    second.update(right.subarray(from, from + 90))
    digest('streebog512', left)
  }
  t.equal(hex(first.digest()), hex(streebogReference(256, left)))
  t.equal(hex(second.digest()), hex(streebogReference(512, right)))
})

t.test('a digest does not change when the message’s bytes change afterwards', async (t) => {
  const message = random.bytes(100)
  const expected = hex(digest('streebog256', message))
  const stream = createDigest('streebog256')
  stream.update(message)
  message.fill(0)
  t.equal(hex(stream.digest()), expected)
})

function compare(t: Test, message: Uint8Array, name: string): void {
  t.equal(hex(digest('streebog256', message)), hex(streebogReference(256, message)), `256: ${name}`)
  t.equal(hex(digest('streebog512', message)), hex(streebogReference(512, message)), `512: ${name}`)
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
