// Sets the stage of the demo: a hub on its embedded database, a PKI, two simulated operators with a subscriber each.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isRefusal, refusalText } from '../../schemas/refusals.ts'
import { type Hub, startHub } from '../build.ts'
import { configFaultText, loadConfig } from '../config.ts'
import { type SimulatedOperator, startSimulatedOperator } from '../simulate/operator.ts'
import { readParties, type SimulatedParty, type SimulatedSubscriber } from '../simulate/subscriber.ts'
import { readCertificates } from '../trust/certificate.ts'
import { makeDevelopmentPki } from '../trust/pki/development.ts'

/** One side of the exchange. */
export type Side = { operator: SimulatedOperator; party: SimulatedParty; subscriber: SimulatedSubscriber }

/** Everything the story is played with. */
export type Stage = {
  hub: Hub
  /** SHA-256 thumbprint of the certificate the hub signs with. */
  hubThumbprint: string
  dataFolder: string
  a: Side
  b: Side
  /** How long the hub and the partners took to be ready, ms. */
  readyMs: { hub: number; partners: number }
  stop(): Promise<void>
}

/** The demo cannot begin: the settings given for it are wrong, or its partners are refused. */
export class DemoNotStarted extends Error {}

const operators = [
  { code: '2ZA', inn: '7705717142', name: 'ООО "Оператор А"' },
  { code: '2ZB', inn: '7773333970', name: 'ООО "Оператор Б"' },
]
const subscribers = [
  { id: '2ZA-7741377501-770101460-91317438960123236246', inn: '7741377501', name: 'ООО "Ромашка"' },
  { id: '2ZB0ca2ebd03975c4b2040c865effdf6ee0', inn: '7729244833', name: 'ООО "Василёк"' },
]
/** Two curves, so that both lengths of keys are seen at work. */
const curves = ['TC26-256-B', 'TC26-512-A']

const demoSettings = [
  'partner.port=0',
  'admin.port=0',
  'internal.port=0',
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
  const given = new Map(
    [`data.folder=${dataFolder}`, ...demoSettings, ...overrides].map((text) => [text.split('=')[0], text]),
  )
  const loaded = loadConfig({ env: {}, cwd: process.cwd(), overrides: [...given.values()] })
  if (!loaded.ok) throw new DemoNotStarted(loaded.faults.map(configFaultText).join('\n'))
  const begunMs = performance.now()
  const hub = await startHub(loaded.settings, { onLost })
  const readyMs = performance.now()
  const started: SimulatedOperator[] = []
  const stop = async () => {
    await hub.stop()
    await Promise.all(started.map((operator) => operator.close()))
  }
  try {
    const sides = await startSides(dataFolder, started)
    const hubThumbprint = await thumbprintOf(dataFolder)
    for (const { operator } of sides) {
      operator.connect({ address: hub.partnerAddress, signers: [hubThumbprint] })
    }
    await register(hub, sides)
    const [a, b] = sides
    assert(a !== undefined && b !== undefined, 'there are two sides')
    const tookMs = {
      hub: Math.round(readyMs - begunMs),
      partners: Math.round(performance.now() - readyMs),
    }
    return { hub, hubThumbprint, dataFolder, a, b, readyMs: tookMs, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startSides(dataFolder: string, started: SimulatedOperator[]): Promise<Side[]> {
  const folder = join(dataFolder, 'demo-pki')
  const pki = await makeDevelopmentPki({ folder, operators, subscribers, curves, at: new Date() })
  if (isRefusal(pki)) throw new DemoNotStarted(refusalText(pki))
  const parties = await readParties(folder, pki)
  return Promise.all(
    parties.operators.map(async (party, index) => {
      const operator = await startSimulatedOperator({ party, receiptDelayMs: 20 })
      started.push(operator)
      const subscriber = parties.subscribers[index]
      assert(subscriber !== undefined, 'each operator of the demo has a subscriber')
      return { operator, party, subscriber }
    }),
  )
}

/** The hub of the demo makes its own key at the first start. */
async function thumbprintOf(dataFolder: string): Promise<string> {
  const read = readCertificates(await readFile(join(dataFolder, 'identity', 'hub.crt')))
  const thumbprint = isRefusal(read) ? undefined : read[0]?.thumbprint
  assert(thumbprint !== undefined, 'the hub has just made this certificate')
  return thumbprint
}

async function register(hub: Hub, sides: readonly Side[]): Promise<void> {
  const codes = sides.map(({ operator: { code, name } }) => ({
    code,
    name,
    id: `demo-${code.toLowerCase()}`,
  }))
  const file = {
    operators: codes.map(({ id, name, code }) => ({ id, name, active: true, codes: [{ code }] })),
    peers: sides.map(({ operator }) => ({
      id: `demo-${operator.code.toLowerCase()}`,
      name: operator.name,
      state: 'active',
      dialect: 'roseu',
      address: operator.address,
      receiptAddresses: [operator.address],
      certificates: [{ pem: operator.certificate }],
      policy: { gatherMs: 20 },
    })),
    grants: codes.map(({ id }) => ({ peer: id, operator: id, basis: 'показ (demo)', preference: 0 })),
  }
  const applied = await hub.registry.apply(file, { actor: 'demo', reason: 'operators of the demo' })
  if ('refusals' in applied) throw new DemoNotStarted(applied.refusals.map(refusalText).join('\n'))
}
