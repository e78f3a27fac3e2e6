// The parameter sets of GOST R 34.10-2012: their values are curves, and their names are the RFCs'.

import t from 'tap'
import { type Curve, curveByOid, curves } from '../../hub/trust/gost/curves.ts'
import { isInSubgroup, isOnCurve } from '../../hub/trust/gost/reference.ts'

for (const curve of curves) {
  t.test(`${curve.name} is a curve with a generator of prime order`, async (t) => {
    const { p, a, b, q } = curve
    t.ok(isProbablyPrime(p), 'p is prime')
    t.ok(isProbablyPrime(q), 'q is prime')
    t.notSame((4n * a ** 3n + 27n * b ** 2n) % p, 0n, 'the curve is not singular')
    t.ok(isOnCurve(curve, curve), 'G is on the curve')
    t.ok(isInSubgroup(curve, curve), 'q * G is the point at infinity')
    t.equal(p.toString(2).length, curve.bits, 'p has the length of the set')
    t.ok(withinHasse(curve), 'cofactor * q is an order that the theorem of Hasse allows')
    t.equal(curve.digestOid, curve.bits === 256 ? '1.2.643.7.1.1.2.2' : '1.2.643.7.1.1.2.3')
  })
}

t.test('changing any value of a set takes the generator off the curve or out of the subgroup', async (t) => {
  for (const curve of curves) {
    t.notOk(isOnCurve({ ...curve, b: curve.b + 1n }, curve))
    t.notOk(isOnCurve({ ...curve, a: curve.a + 1n }, curve) && curve.x !== 0n)
    t.notOk(isOnCurve(curve, { x: curve.x, y: curve.y ^ 1n }))
    t.notOk(isInSubgroup({ ...curve, q: curve.q + 2n }, curve))
  }
})

t.test('every identifier of RFC 7836, RFC 4357 and RFC 9215 is known under its set', async (t) => {
  const names: Record<string, string> = {
    '1.2.643.7.1.2.1.1.1': 'TC26-256-A',
    '1.2.643.7.1.2.1.1.2': 'TC26-256-B',
    '1.2.643.7.1.2.1.1.3': 'TC26-256-C',
    '1.2.643.7.1.2.1.1.4': 'TC26-256-D',
    '1.2.643.7.1.2.1.2.1': 'TC26-512-A',
    '1.2.643.7.1.2.1.2.2': 'TC26-512-B',
    '1.2.643.7.1.2.1.2.3': 'TC26-512-C',
    '1.2.643.2.2.35.1': 'TC26-256-B',
    '1.2.643.2.2.35.2': 'TC26-256-C',
    '1.2.643.2.2.35.3': 'TC26-256-D',
    '1.2.643.2.2.36.0': 'TC26-256-B',
    '1.2.643.2.2.36.1': 'TC26-256-D',
  }
  for (const [oid, name] of Object.entries(names)) t.equal(curveByOid(oid)?.name, name, oid)
  t.equal(curves.flatMap((curve) => curve.oids).length, Object.keys(names).length, 'and no other')
})

t.test('the test sets of RFC 4357 and RFC 7836 are not accepted', async (t) => {
  for (const oid of ['1.2.643.2.2.35.0', '1.2.643.7.1.2.1.2.0', '1.2.643.7.1.2.1.1.5', '']) {
    t.equal(curveByOid(oid), undefined, oid)
  }
})

t.test('only the sets in twisted Edwards form have the cofactor 4', async (t) => {
  const names = curves.filter((curve) => curve.cofactor === 4).map((curve) => curve.name)
  t.same(names, ['TC26-256-A', 'TC26-512-C'])
  for (const curve of curves) {
    t.equal(curve.a === curve.p - 3n, curve.cofactor === 1, `${curve.name}: a = -3 unless the cofactor is 4`)
  }
})

t.test(
  'the birationally equivalent Edwards curves of RFC 7836 give the same a, b and generator',
  async (t) => {
    // e, d and the generator (u, v) of the twisted Edwards form, RFC 7836, appendix A.
    const forms: [string, bigint, bigint][] = [
      ['TC26-256-A', 0x0605f6b7c183fa81578bc39cfad518132b9df62897009af7e522c32d6dc7bffbn, 0x0dn],
      [
        'TC26-512-C',
        BigInt(
          '0x9e4f5d8c017d8d9f13a5cf3cdf5bfe4dab402d54198e31ebde28a0621050439c' +
            'a6b39e0a515c06b304e2ce43e79e369e91a0cfc2bc2a22b4ca302dbb33ee7550',
        ),
        0x12n,
      ],
    ]
    for (const [name, d, u] of forms) {
      const curve = curves.find((candidate) => candidate.name === name)
      if (curve === undefined) return t.fail(name)
      const { p } = curve
      // e = 1; s = (e - d) / 4, t = (e + d) / 6; a = s^2 - 3 t^2, b = 2 t^3 - t s^2.
      const s = mod((1n - d) * power(4n, p - 2n, p), p)
      const half = mod((1n + d) * power(6n, p - 2n, p), p)
      t.equal(mod(s * s - 3n * half * half, p), curve.a, `${name}: a`)
      t.equal(mod(2n * half ** 3n - half * s * s, p), curve.b, `${name}: b`)
      // v from u by e u^2 + v^2 = 1 + d u^2 v^2; then x = s (1 + v) / (1 - v) + t and y = (x - t) / u.
      const v = mod((curve.x - half - s) * power(curve.x - half + s, p - 2n, p), p)
      t.equal(
        mod(u * u + v * v - 1n - d * u * u * v * v, p),
        0n,
        `${name}: the generator is on the Edwards form`,
      )
      t.equal(mod(u * curve.y, p), mod(curve.x - half, p), `${name}: y`)
    }
  },
)

function withinHasse({ p, q, cofactor }: Curve): boolean {
  const trace = p + 1n - q * BigInt(cofactor)
  return trace * trace <= 4n * p
}

/** Miller-Rabin with the first twelve primes as bases. */
function isProbablyPrime(value: bigint): boolean {
  let odd = value - 1n
  let twos = 0
  for (; odd % 2n === 0n; odd /= 2n) twos += 1
  return [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n].every((base) => {
    let x = power(base, odd, value)
    if (x === 1n) return true
    for (let round = 0; round < twos; round += 1, x = (x * x) % value) if (x === value - 1n) return true
    return false
  })
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus
    if (bit === '1') result = mod(result * base, modulus)
  }
  return result
}

function mod(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus
  return rest < 0n ? rest + modulus : rest
}
