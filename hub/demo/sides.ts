// The sides of the demo: two operators over HTTP, one over SFTP, a service of our own operator, a subscriber of each.

import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isRefusal, refusalText } from '../../schemas/refusals.ts'
import type { Settings } from '../../schemas/settings.ts'
import { type SimulatedHome, startSimulatedHome } from '../simulate/home.ts'
import { type SimulatedOperator, startSimulatedOperator } from '../simulate/operator.ts'
import { type SftpOperator, startSftpOperator } from '../simulate/sftp/operator.ts'
import { readParties, type SimulatedParty, type SimulatedSubscriber } from '../simulate/subscriber.ts'
import { makeDevelopmentPki } from '../trust/pki/development.ts'

/** The demo cannot begin: the settings given for it are wrong, or its partners are refused. */
export class DemoNotStarted extends Error {}

type Who = { party: SimulatedParty; subscriber: SimulatedSubscriber }

/** One side of the exchange; `over` is how it exchanges with the hub. */
export type Side =
  | (Who & { over: 'http'; operator: SimulatedOperator })
  | (Who & { over: 'sftp'; operator: SftpOperator })
  | (Who & { over: 'api'; operator: SimulatedHome })
/** A side that is a partner. */
export type PartnerSide = Exclude<Side, { over: 'api' }>

/** All of them. */
export type Sides = {
  a: Extract<Side, { over: 'http' }>
  b: Extract<Side, { over: 'http' }>
  c: Extract<Side, { over: 'sftp' }>
  home: Extract<Side, { over: 'api' }>
}

/** The code of our own operator in the demo. */
export const homeCode = '2AB'

const operators = [
  { code: '2ZA', inn: '7705717142', name: 'ООО "Оператор А"' },
  { code: '2ZB', inn: '7773333970', name: 'ООО "Оператор Б"' },
  { code: '2ZC', inn: '7704218694', name: 'ООО "Оператор В"' },
  { code: homeCode, inn: '7702070139', name: 'Служба нашего оператора' },
]
const subscribers = [
  { id: '2ZA-7741377501-770101460-91317438960123236246', inn: '7741377501', name: 'ООО "Ромашка"' },
  { id: '2ZB0ca2ebd03975c4b2040c865effdf6ee0', inn: '7729244833', name: 'ООО "Василёк"' },
  { id: '2ZC-7707083893-770701001-0001', inn: '7707083893', name: 'ООО "Лютик"' },
  { id: `${homeCode}-7706107510-770601001-0001`, inn: '7706107510', name: 'ООО "Незабудка"' },
]
/** Two curves, so that both lengths of keys are seen at work. */
const curves = ['TC26-256-B', 'TC26-512-A']
const receiptDelayMs = 20

/** Everybody's keys and certificates, and the settings by which a hub trusts their authority. */
export type DemoPki = Awaited<ReturnType<typeof readParties>> & { trust: readonly string[] }

/** Makes what is missing in the data folder, before the hub is started: it reads what it trusts at its start. */
export async function makeDemoPki(dataFolder: string): Promise<DemoPki> {
  const folder = join(dataFolder, 'demo-pki')
  const pki = await makeDevelopmentPki({ folder, operators, subscribers, curves, at: new Date() })
  if (isRefusal(pki)) throw new DemoNotStarted(refusalText(pki))
  const trust = [
    `trust.anchorsFolder=${join(folder, pki.root.certificate)}`,
    `trust.intermediatesFolder=${join(folder, pki.intermediate.certificate)}`,
    `trust.listsFolder=${join(folder, pki.crls)}`,
  ]
  return { ...(await readParties(folder, pki)), trust }
}

/** Starts all of them; what was started stands in `started`, also when this rejects. */
export async function startSides(settings: Settings, parties: DemoPki, started: Side[]): Promise<Sides> {
  const whoIs = (code: string): Who => {
    const index = parties.operators.findIndex((party) => party.code === code)
    const [party, subscriber] = [parties.operators[index], parties.subscribers[index]]
    assert(party !== undefined && subscriber !== undefined, `${code} has a party and a subscriber`)
    return { party, subscriber }
  }
  const keep = <Kind extends Side>(side: Kind): Kind => {
    started.push(side)
    return side
  }
  const overHttp = async (who: Who): Promise<Sides['a']> =>
    keep({ ...who, over: 'http', operator: await startSimulatedOperator({ ...who, receiptDelayMs }) })
  const a = await overHttp(whoIs('2ZA'))
  const b = await overHttp(whoIs('2ZB'))
  const c: Sides['c'] = keep(await startBox(settings, whoIs('2ZC')))
  const who = whoIs(homeCode)
  const home: Sides['home'] = keep({
    ...who,
    over: 'api',
    operator: startSimulatedHome({ ...who, receiptDelayMs }),
  })
  return { a, b, c, home }
}

/** What an earlier demo left in the box was part of another story. */
async function startBox({ data, sftp }: Settings, who: Who): Promise<Sides['c']> {
  const folder = join(data.folder, 'demo-sftp')
  rmSync(folder, { recursive: true, force: true })
  const hubKeys = [await readFile(`${sftp.keyFile}.pub`, 'utf8')]
  return {
    ...who,
    over: 'sftp',
    operator: await startSftpOperator({ ...who, folder, hubKeys, receiptDelayMs }),
  }
}
