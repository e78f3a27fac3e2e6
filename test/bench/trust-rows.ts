// The rows of the trust bench: one kind of work each, as the hub does it and as OpenSSL's GOST engine does.

import type { Curve } from '../../hub/trust/gost/curves.ts'
import { curves } from '../../hub/trust/gost/curves.ts'
import { fromBigEndian } from '../../hub/trust/gost/integers.ts'
import { type DigestName, digest, publicKeyOf, signRandom, verify } from '../../hub/trust/gost/kernel.ts'
import { type EngineKey, engineSets, makeEngineKey } from '../support/gost-engine.ts'
import { secretOf } from '../support/gost-samples.ts'
import type { Seeded } from '../support/seeded.ts'
import { documentVerification } from './trust-documents.ts'
import type { EngineWork } from './trust-engine-child.ts'

/** One line of the table. */
export type TrustRow = {
  readonly name: string
  /** How often the work is done in one measurement. */
  readonly count: number
  /** What one turn takes in, when speed is told in bytes. */
  readonly bytes?: number
  /** Done before the time is taken, for keys and signatures that must be new each time. */
  readonly before?: () => void
  /** The work, count times, no answer of an earlier turn used again; throws when something is not as it should be. */
  readonly ours: (turn: number) => void
  /** The same work for the engine; undefined when the engine is not there or has nothing like it. */
  readonly engine?: EngineWork | undefined
}

type Signs = (work: EngineWork) => Promise<Uint8Array>
type Materials = { random: Seeded; hasEngine: boolean; engineSigns: Signs }

/** Message of the signature rows: as long as signed attributes are. */
const messageBytes = 200
/** Keys that come back, as many as a hub meets in turn. */
const returningKeys = 32

const aliases: Record<string, string> = {
  'TC26-256-B': 'TC26-256-B = CryptoPro-A, XchA',
  'TC26-256-C': 'TC26-256-C = CryptoPro-B',
  'TC26-256-D': 'TC26-256-D = CryptoPro-C, XchB',
}

/** All rows, in the order of the table. A row for more than the kernel's work is added here. */
export async function trustRows(materials: Materials): Promise<TrustRow[]> {
  const rows: TrustRow[] = []
  for (const curve of curves) rows.push(...(await curveRows(curve, materials)))
  return [...rows, ...digestRows(materials), ...(await documentRows(materials))]
}

async function curveRows(curve: Curve, { random, hasEngine, engineSigns }: Materials): Promise<TrustRow[]> {
  const name = aliases[curve.name] ?? curve.name
  const { bits } = curve
  const message = random.bytes(messageBytes)
  const shared = { bits, message: message.toString('base64') }
  const hash = () => digest(`streebog${bits}`, message)
  const engineKey = hasEngine ? keyFor(curve) : undefined
  const signature = engineKey && (await engineSigns({ ...shared, do: 'sign', pem: engineKey.pem }))
  const checking: EngineWork | undefined = engineKey && {
    ...shared,
    do: 'verify',
    spki: engineKey.spki.toString('base64'),
    signature: Buffer.from(signature ?? []).toString('base64'),
  }
  const signing: EngineWork | undefined = engineKey && { ...shared, do: 'sign', pem: engineKey.pem }
  const count = bits === 256 ? 120 : 40
  const freshSignatures = (wanted: number) => {
    return Array.from({ length: wanted }, () => {
      const privateKey = secretOf(curve, (fromBigEndian(random.bytes(bits / 8)) % (curve.q - 1n)) + 1n)
      return {
        curve,
        publicKey: publicKeyOf({ curve, privateKey }),
        signature: signRandom({ curve, privateKey, digest: hash() }),
      }
    })
  }
  const known = freshSignatures(returningKeys)
  // Twice each, so that every one has its table.
  for (const one of [...known, ...known, ...known]) check({ ...one, digest: hash() })
  let unknown: typeof known = []
  const secret = secretOf(curve, curve.q - 12345n)
  return [
    {
      name: `${name}: verify, unknown key`,
      count,
      before: () => {
        unknown = freshSignatures(count)
      },
      ours: (turn) => check({ ...(unknown[turn] ?? unreachable()), digest: hash() }),
      engine: checking,
    },
    {
      name: `${name}: verify, key seen before`,
      count: 2 * count,
      ours: (turn) => check({ ...(known[turn % returningKeys] ?? unreachable()), digest: hash() }),
      engine: checking,
    },
    {
      name: `${name}: sign`,
      count: 2 * count,
      ours: () => {
        signRandom({ curve, privateKey: secret, digest: hash() })
      },
      engine: signing,
    },
  ]
}

/** A whole verification beside what the engine needs for hash and verify alone. */
async function documentRows({ random, hasEngine, engineSigns }: Materials): Promise<TrustRow[]> {
  const rows: TrustRow[] = []
  for (const name of ['TC26-256-B', 'TC26-512-A']) {
    const curve = curves.find((one) => one.name === name) ?? unreachable()
    const message = random.bytes(20 * 1024)
    const shared = { bits: curve.bits, message: message.toString('base64') }
    const engineKey = hasEngine ? keyFor(curve) : undefined
    const signature = engineKey && (await engineSigns({ ...shared, do: 'sign', pem: engineKey.pem }))
    rows.push({
      name: `CAdES-BES of 20 KB whole, chain and revocation warm, key seen before, ${name}`,
      count: curve.bits === 256 ? 120 : 60,
      ours: documentVerification(name, random),
      engine: engineKey && {
        ...shared,
        do: 'verify',
        spki: engineKey.spki.toString('base64'),
        signature: Buffer.from(signature ?? []).toString('base64'),
      },
    })
  }
  return rows
}

function digestRows({ random, hasEngine }: Materials): TrustRow[] {
  const lengths = [
    { bytes: 1024 * 1024, text: '1 MB', count: 2 },
    { bytes: 20 * 1024, text: '20 KB', count: 60 },
    { bytes: 200, text: '200 bytes', count: 2000 },
  ]
  return ([256, 512] as const).flatMap((bits) =>
    lengths.map(({ bytes, text, count }): TrustRow => {
      const message = random.bytes(bytes)
      const work: EngineWork = { do: 'digest', bits, message: message.toString('base64') }
      const name: DigestName = `streebog${bits}`
      return {
        name: `Streebog-${bits}, ${text}`,
        count,
        bytes,
        ours: () => {
          digest(name, message)
        },
        engine: hasEngine ? work : undefined,
      }
    }),
  )
}

function check(input: Parameters<typeof verify>[0]): void {
  if (!verify(input)) throw new Error('the kernel refuses a good signature')
}

function keyFor(curve: Curve): EngineKey {
  const set = engineSets.find(({ oid }) => oid === curve.oids[0]) ?? unreachable()
  return makeEngineKey(set)
}

function unreachable(): never {
  throw new Error('the bench has fewer samples than turns')
}
