// OpenSSL with the GOST engine as an independent maker and checker of signatures; for tests only.
//
// Keys come from the openssl program. Signatures are made and checked by a child Node with the same engine
// loaded, because a program start for each of a thousand signatures would take minutes on a busy machine.

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The engine's names of all parameter sets with their identifiers. */
export const engineSets = [
  { name: 'A', bits: 256, oid: '1.2.643.2.2.35.1' },
  { name: 'B', bits: 256, oid: '1.2.643.2.2.35.2' },
  { name: 'C', bits: 256, oid: '1.2.643.2.2.35.3' },
  { name: 'XA', bits: 256, oid: '1.2.643.2.2.36.0' },
  { name: 'XB', bits: 256, oid: '1.2.643.2.2.36.1' },
  { name: 'TCA', bits: 256, oid: '1.2.643.7.1.2.1.1.1' },
  { name: 'TCB', bits: 256, oid: '1.2.643.7.1.2.1.1.2' },
  { name: 'TCC', bits: 256, oid: '1.2.643.7.1.2.1.1.3' },
  { name: 'TCD', bits: 256, oid: '1.2.643.7.1.2.1.1.4' },
  { name: 'A', bits: 512, oid: '1.2.643.7.1.2.1.2.1' },
  { name: 'B', bits: 512, oid: '1.2.643.7.1.2.1.2.2' },
  { name: 'C', bits: 512, oid: '1.2.643.7.1.2.1.2.3' },
] as const

export type EngineSet = (typeof engineSets)[number]

/** A key pair of the engine; spki is DER and ends in the public key x || y. */
export type EngineKey = { readonly set: EngineSet; readonly pem: string; readonly spki: Buffer }

export type EngineRequest =
  | { do: 'digest'; bits: 256 | 512; messages: string[] }
  | { do: 'sign'; bits: 256 | 512; pem: string; messages: string[] }
  | { do: 'verify'; bits: 256 | 512; spki: string; messages: string[]; signatures: string[] }

/** The path of the engine, or why there is none. */
export function findEngine(): { path: string } | { reason: string } {
  const asked = spawnSync('openssl', ['version', '-e'], { encoding: 'utf8' })
  const folder = /ENGINESDIR: "(.*)"/.exec(asked.stdout ?? '')?.[1]
  if (folder === undefined) return { reason: 'no openssl program with engines' }
  const path = join(folder, 'gost.so')
  return existsSync(path) ? { path } : { reason: `no GOST engine at ${path} (libengine-gost-openssl)` }
}

/** Runs openssl with the engine loaded; input goes to its standard input. */
export function openssl(arguments_: string[], input?: string | Buffer): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'gost-engine-'))
  const config = join(folder, 'openssl.cnf')
  const section = ['engine_id = gost', 'default_algorithms = ALL']
  const lines = [
    'openssl_conf = init',
    '[init]',
    'engines = all',
    '[all]',
    'gost = gost',
    '[gost]',
    ...section,
  ]
  writeFileSync(config, `${lines.join('\n')}\n`)
  try {
    return execFileSync('openssl', arguments_, {
      env: { ...process.env, OPENSSL_CONF: config },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(input === undefined ? {} : { input }),
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Makes a key pair with the openssl program. */
export function makeEngineKey(set: EngineSet): EngineKey {
  const algorithm = `gost2012_${set.bits}`
  const pem = openssl(['genpkey', '-algorithm', algorithm, '-pkeyopt', `paramset:${set.name}`]).toString()
  return { set, pem, spki: openssl(['pkey', '-pubout', '-outform', 'DER'], pem) }
}

/** Digests or signatures in base64, or 'true' and 'false' for checks, in the order of the requests. */
export function askEngine(path: string, requests: EngineRequest[]): string[][] {
  const child = fileURLToPath(new URL('./gost-engine-child.ts', import.meta.url))
  const { NODE_OPTIONS: _, ...env } = process.env
  const output = execFileSync(process.execPath, ['--no-warnings', child], {
    env,
    input: JSON.stringify({ path, requests }),
    maxBuffer: 64 * 1024 * 1024,
  })
  return JSON.parse(output.toString())
}
