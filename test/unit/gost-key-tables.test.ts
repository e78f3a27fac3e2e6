// Tables of keys that come back: who gets one, where it lies, and that the checks by it are as good as those without.

import t from 'tap'
import { type Curve, curves } from '../../hub/trust/gost/curves.ts'
import { toLittleEndian } from '../../hub/trust/gost/integers.ts'
import { publicKeyOf, signRandom, verify } from '../../hub/trust/gost/kernel.ts'
import { createKeyTables } from '../../hub/trust/gost/key-tables.ts'
import { publicKeyReference, verifyReference } from '../../hub/trust/gost/reference.ts'
import { NO, REDO, YES } from '../../hub/trust/gost/wasm/layout.ts'
import { limits } from '../../schemas/limits.ts'
import { directKernel } from '../support/gost-kernel.ts'
import {
  decodedPoint,
  encodedPoint,
  encodedSignature,
  inverse,
  keyFor,
  pointWithX,
} from '../support/gost-points.ts'
import { goodSignature, secretOf, withFlippedBit } from '../support/gost-samples.ts'
import { seeded } from '../support/seeded.ts'

const random = seeded()
t.comment(`seed ${random.seed}`)

t.test('a key gets a table when it comes back after a good signature, and keeps it', async (t) => {
  const built: number[] = []
  const build = (place: number) => built.push(place) > 0
  const tables = createKeyTables({ tablesMax: 2, namesMax: 10, allocate: counter(100) })
  t.equal(tables.find('a', build), undefined)
  t.equal(tables.find('a', build), undefined, 'met again, but never with a good signature')
  tables.remember('a')
  t.equal(tables.find('a', build), 100)
  t.equal(tables.find('a', build), 100)
  t.same(built, [100], 'built once')
})

t.test('the table not used for longest gives its place to the next', async (t) => {
  const tables = createKeyTables({ tablesMax: 2, namesMax: 10, allocate: counter(100) })
  const find = (name: string) => tables.find(name, () => true)
  for (const name of ['a', 'b', 'c']) tables.remember(name)
  t.same([find('a'), find('b'), find('a')], [100, 101, 100])
  t.equal(find('c'), 101, 'the place of b')
  t.equal(find('b'), undefined, 'b begins anew')
  tables.remember('b')
  t.equal(find('b'), 100, 'the place of a')
  t.equal(find('c'), 101, 'c has its own still')
})

t.test(
  'no more names are remembered than allowed, and a key that cannot have a table takes no place',
  async (t) => {
    const tables = createKeyTables({ tablesMax: 2, namesMax: 2, allocate: counter(100) })
    for (const name of ['a', 'b', 'c']) tables.remember(name)
    t.equal(
      tables.find('a', () => true),
      undefined,
      'forgotten',
    )
    t.equal(
      tables.find('b', () => false),
      undefined,
    )
    t.equal(
      tables.find('b', () => true),
      100,
    )
    t.equal(
      tables.find('c', () => true),
      101,
    )
  },
)

t.test('more good keys than are remembered do no harm', async (t) => {
  const tables = createKeyTables({ tablesMax: 1, namesMax: limits.goodKeysMax, allocate: counter(1) })
  for (let index = 0; index <= limits.goodKeysMax; index += 1) tables.remember(`${index}`)
  t.equal(
    tables.find('0', () => true),
    undefined,
    'the first is forgotten',
  )
  t.equal(
    tables.find('1', () => true),
    1,
  )
})

for (const curve of curves) {
  t.test(`${curve.name}: every answer by a table is computed anew`, async (t) => {
    const { input, privateKey } = goodSignature(curve, random)
    const other = { ...input, digest: random.bytes(curve.bits / 8) }
    for (let round = 0; round < 4; round += 1) {
      t.ok(verify(input))
      t.notOk(verify(other), 'another digest')
      t.notOk(verify({ ...input, signature: withFlippedBit(input.signature, random) }))
      t.notOk(verify({ ...input, publicKey: withFlippedBit(input.publicKey, random) }), 'another key')
      const signature = signRandom({ curve, privateKey: secretOf(curve, privateKey), digest: other.digest })
      t.ok(verify({ ...other, signature }))
    }
  })

  t.test(`${curve.name}: keys that are small multiples of the generator`, async (t) => {
    const factors = [1n, 2n, 3n, 15n, 16n, 17n, 32n, 127n, 128n, 129n, 256n]
    for (const factor of [...factors, ...factors.map((one) => curve.q - one), (curve.q - 1n) / 2n]) {
      const privateKey = secretOf(curve, factor)
      const publicKey = publicKeyOf({ curve, privateKey })
      for (let round = 0; round < 3; round += 1) {
        const digest = random.bytes(curve.bits / 8)
        const signature = signRandom({ curve, privateKey, digest })
        t.ok(verify({ curve, publicKey, digest, signature }), `${factor}`)
        t.notOk(verify({ curve, publicKey, digest, signature: withFlippedBit(signature, random) }))
      }
    }
  })

  t.test(
    `${curve.name}: sums the fast formulas cannot do are handed on, with and without a table`,
    async (t) => {
      const direct = directKernel(curve)
      const publicKey = publicKeyOf({ curve, privateKey: secretOf(curve, 1n) })
      const warm = signRandom({
        curve,
        privateKey: secretOf(curve, 1n),
        digest: random.bytes(curve.bits / 8).fill(1),
      })
      t.equal(warm.length, curve.bits / 4)
      for (const factor of [1n, 3n, 5n, 32n, 2n ** 40n]) {
        for (const [left, right] of [
          [factor, factor],
          [factor, curve.q - factor],
        ] as const) {
          const input = meeting(curve, { left, right, publicKey })
          const cold = direct.verify(input)
          const hot = direct.verifyWithTable(input)
          t.ok([REDO, YES].includes(cold) || left !== right, `${cold}`)
          t.equal(hot, REDO, `${left} G + ${right} G with a table`)
          const expected = verifyReference(input)
          t.equal(expected, left === right)
          for (let round = 0; round < 3; round += 1) t.equal(verify(input), expected)
        }
      }
      t.equal(direct.verify(meeting(curve, { left: 1n, right: 1n, publicKey })), REDO)
    },
  )

  t.test(`${curve.name}: r, s and the digest at the ends of their ranges`, async (t) => {
    const { q } = curve
    const size = curve.bits / 8
    // The order of two sets is above p, where no x is.
    const highest = q > curve.p ? curve.p - 1n : q - 1n
    for (const [r, step] of [
      [1n, 1n],
      [highest, -1n],
    ] as const) {
      const found = nextPoint(curve, r, step)
      for (const s of [1n, 2n, q - 1n]) {
        for (const e of [1n, 2n, q - 1n]) {
          const key = keyFor(curve, { s, e, point: found })
          if (key === undefined) continue
          const publicKey = encodedPoint(curve, key)
          const signature = encodedSignature(curve, { s, r: found.x % q })
          const digests = [toLittleEndian(e, size)]
          if (e + q < 2n ** BigInt(curve.bits)) digests.push(toLittleEndian(e + q, size))
          if (e === 1n) digests.push(new Uint8Array(size), toLittleEndian(q, size))
          for (const digest of digests) {
            for (let round = 0; round < 3; round += 1) t.ok(verify({ curve, publicKey, digest, signature }))
          }
          t.notOk(
            verify({ curve, publicKey, digest: toLittleEndian(e + 1n, size), signature }) && e + 1n !== q,
          )
        }
      }
    }
    // Zero and q itself, by the table of a key that has one.
    const { input, s, r } = goodSignature(curve, random)
    t.ok(verify(input) && verify(input))
    for (const [badS, badR] of [
      [0n, r],
      [s, 0n],
      [q, r],
      [s, q],
      [q - s, r],
      [s, q - r],
    ] as const) {
      t.notOk(verify({ ...input, signature: encodedSignature(curve, { s: badS, r: badR }) }))
    }
  })

  t.test(`${curve.name}: the kernel builds no table for what is no point`, async (t) => {
    const direct = directKernel(curve)
    const { input } = goodSignature(curve, random)
    const { x, y } = decodedPoint(curve, input.publicKey)
    t.equal(direct.build(input.publicKey), YES)
    for (const bad of [
      { x: 0n, y: 0n },
      { x, y: y ^ 1n },
      { x: x ^ 1n, y },
      { x: curve.p, y },
      { x: 2n ** BigInt(curve.bits) - 1n, y },
    ]) {
      t.equal(direct.build(encodedPoint(curve, bad)), NO)
    }
  })
}

/** A digest and signature that make the check add left G and right G, with a key that is G; r fits when they differ not. */
function meeting(
  curve: Curve,
  { left, right, publicKey }: { left: bigint; right: bigint; publicKey: Uint8Array },
) {
  const { q } = curve
  const total = (left + right) % q
  const point = publicKeyReference({ curve, privateKey: total === 0n ? 5n : total })
  const r = decodedPoint(curve, point).x % q
  // -r/e = right and s/e = left.
  const e = ((q - r) * inverse(right, q)) % q
  const signature = encodedSignature(curve, { s: (left * e) % q, r })
  return { curve, publicKey, digest: toLittleEndian(e, curve.bits / 8), signature }
}

/** The first point of the prime subgroup whose x, up or down from here, is below q. */
function nextPoint(curve: Curve, from: bigint, step: bigint) {
  for (let x = from; ; x += step) {
    const point = pointWithX(curve, x)
    if (point !== undefined) return point
  }
}

function counter(from: number): () => number {
  let next = from
  return () => next++
}
