// Sets the stage of the demo: a hub on its embedded database, and the sides registered and connected.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isRefusal, refusalText } from '../../schemas/refusals.ts'
import { type Hub, startHub } from '../build.ts'
import { configFaultText, loadConfig } from '../config.ts'
import { readCertificates } from '../trust/certificate.ts'
import { connectToApi } from './home.ts'
import {
  DemoNotStarted,
  homeCode,
  makeDemoPki,
  type PartnerSide,
  type Side,
  type Sides,
  startSides,
} from './sides.ts'

/** Everything the story is played with. */
export type Stage = Sides & {
  hub: Hub
  /** SHA-256 thumbprint of the certificate the hub signs with. */
  hubThumbprint: string
  dataFolder: string
  /** What the hub took before belongs to an earlier demo on the same data. */
  begunAt: Date
  /** The key of the service at the internal API. */
  apiKey: string
  /** How long the hub and the partners took to be ready, ms. */
  readyMs: { hub: number; partners: number }
  stop(): Promise<void>
}

const demoSettings = [
  'partner.port=0',
  'admin.port=0',
  'internal.port=0',
  'portal.port=0',
  `home.codes=${homeCode}`,
  'home.operatorName=Оператор показа',
  'outbound.allowPrivateAddresses=true',
  'log.level=error',
  'journal.sealEveryMs=250',
]

/**
 * Starts everything. Neither HUB_ variables nor a settings file are read, so that a demo never touches the database
 * of a hub at work; `overrides` come over the settings of the demo. What was started is stopped when it fails.
 */
export async function setStage(options: {
  dataFolder: string
  overrides: readonly string[]
  onLost(): void
}): Promise<Stage> {
  const { dataFolder, overrides, onLost } = options
  const pki = await makeDemoPki(dataFolder)
  const given = new Map(
    [`data.folder=${dataFolder}`, ...demoSettings, ...pki.trust, ...overrides].map((text) => [
      text.split('=')[0],
      text,
    ]),
  )
  const loaded = loadConfig({ env: {}, cwd: process.cwd(), overrides: [...given.values()] })
  if (!loaded.ok) throw new DemoNotStarted(loaded.faults.map(configFaultText).join('\n'))
  const begunAt = new Date()
  const begunMs = performance.now()
  const hub = await startHub(loaded.settings, { onLost })
  const readyMs = performance.now()
  const started: Side[] = []
  let stopped: Promise<void> | undefined
  const stopAll = async () => {
    await hub.stop()
    await Promise.all(started.map(({ operator }) => operator.close()))
  }
  // A signal and the end of the story may both ask for it.
  const stop = () => {
    stopped ??= stopAll()
    return stopped
  }
  try {
    const sides = await startSides(loaded.settings, pki, started)
    const { a, b, c, home } = sides
    const hubThumbprint = await thumbprintOf(dataFolder)
    for (const { operator } of [a, b, c]) {
      operator.connect({ address: hub.partnerAddress, signers: [hubThumbprint] })
    }
    await register(hub, [a, b, c])
    const apiKey = await connectToApi(home, { hub, dataFolder })
    const tookMs = {
      hub: Math.round(readyMs - begunMs),
      partners: Math.round(performance.now() - readyMs),
    }
    return { ...sides, hub, hubThumbprint, dataFolder, begunAt, apiKey, readyMs: tookMs, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The hub of the demo makes its own key at the first start. */
async function thumbprintOf(dataFolder: string): Promise<string> {
  const read = readCertificates(await readFile(join(dataFolder, 'identity', 'hub.crt')))
  const thumbprint = isRefusal(read) ? undefined : read[0]?.thumbprint
  assert(thumbprint !== undefined, 'the hub has just made this certificate')
  return thumbprint
}

async function register(hub: Hub, sides: readonly PartnerSide[]): Promise<void> {
  const codes = sides.map(({ operator: { code, name } }) => ({
    code,
    name,
    id: `demo-${code.toLowerCase()}`,
  }))
  const file = {
    operators: codes.map(({ id, name, code }) => ({ id, name, active: true, codes: [{ code }] })),
    peers: sides.map(({ over, operator }) => ({
      id: `demo-${operator.code.toLowerCase()}`,
      name: operator.name,
      state: 'active',
      dialect: 'roseu',
      address: operator.address,
      // Answers over SFTP are files: only http and https are addresses for receipts.
      receiptAddresses: over === 'http' ? [operator.address] : [],
      certificates: [{ pem: operator.certificate }],
      ...(over === 'sftp' ? { sftp: operator.sftp.row } : {}),
      policy: { gatherMs: 20 },
    })),
    grants: codes.map(({ id }) => ({ peer: id, operator: id, basis: 'показ (demo)', preference: 0 })),
  }
  const applied = await hub.registry.apply(file, { actor: 'demo', reason: 'operators of the demo' })
  if ('refusals' in applied) throw new DemoNotStarted(applied.refusals.map(refusalText).join('\n'))
}
