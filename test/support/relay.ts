// A real hub with simulated partners around it, for flow tests: started, watched and stopped with the test.
//
//   const relay = await startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB' }] })
//   const [a, b] = relay.partners                       // or relay.partner('2ZA'); each is a SimulatedOperator
//   const sent = await relay.send(a, b)                 // one message, signed, delivered: { message, prepared, outcome }
//   const got = await b.record.waitForContent(sent.message.contentSha256)
//   await a.record.waitForReceipt(sent.message.id)      // B's processing receipt came back to A
//   b.behave('answer-500', { forMs: 500 })              // hub/simulate/behaviours.ts has the names
//   await relay.waitForState(sent.message.id, 'delivered')
//   const entry = await relay.waitForEntry('attempt.ended', ({ facts }) => facts.outcome === 'transient')
//   await relay.idle()                                  // nothing is under way any more
//   await relay.restart()                               // the hub again, on the same database and folder
//
// More messages in a package, prepared ahead: a.pack([a.message(b), a.message(b)]), then a.deliver(prepared) (repeats
// until it is answered) or a.send(prepared) (once). Documents, invitations and signatures alone are composed by
// hub/simulate/{documents,messages}.ts. Retries are fast (fastPolicy); give `policy` or `settings` for others.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newApiKey } from '../../hub/api/key-text.ts'
import { type Hub, startHub } from '../../hub/build.ts'
import { configFaultText, loadConfig } from '../../hub/config.ts'
import type { SimulatedMessage } from '../../hub/simulate/messages.ts'
import type { PreparedPackage } from '../../hub/simulate/packages.ts'
import { insertApiKey } from '../../hub/store/home/keys.ts'
import type { MessageRow } from '../../hub/store/hot/rows.ts'
import { apiVerbs } from '../../schemas/home.ts'
import type { JournalKind } from '../../schemas/journal.ts'
import type { PeerPolicy } from '../../schemas/partner.ts'
import type { Settings } from '../../schemas/settings.ts'
import type { Outcome } from '../../schemas/transport.ts'
import { watchCommits } from './commits.ts'
import { freshDatabase } from './database.ts'
import { migrated } from './fresh-store.ts'
import { makeReapedFolder } from './reaper.ts'
import { type PartnerOptions, partnerRows, type RelayPartner, startPartner } from './relay-partners.ts'

/** What a relay is started with. */
export type RelayOptions = {
  partners: readonly PartnerOptions[]
  /** For all peers, over fastPolicy. */
  policy?: Partial<PeerPolicy>
  /** `name=value` of schemas/settings.ts, over those of tests. */
  settings?: readonly string[]
}

/** An entry of the journal, parsed. */
export type ReadEntry = {
  id: string
  at: string
  kind: JournalKind
  subject?: string
  facts: Record<string, unknown>
}

/** A hub with its partners. */
export type Relay = {
  /** The running hub; another object after `restart`. */
  readonly hub: Hub
  readonly settings: Settings
  readonly partners: readonly [RelayPartner, RelayPartner, ...RelayPartner[]]
  partner(code: string): RelayPartner
  /** Sends one message of a free-form document from the first subscriber of one to that of another. */
  send(from: RelayPartner, to: RelayPartner, options?: { size?: number }): Promise<SentMessage>
  /** The newest row under an ИдЛС; throws when there is none. */
  message(wireId: string): Promise<MessageRow>
  /** Rows of messages under an ИдЛС, oldest first. */
  messages(wireId: string): Promise<MessageRow[]>
  /** Entries of the journal in the order they were made. */
  entries(kind?: JournalKind): Promise<ReadEntry[]>
  /** Resolves with the newest message of an ИдЛС once it is in a state. */
  waitForState(wireId: string, state: MessageRow['state'], withinMs?: number): Promise<MessageRow>
  /** Resolves with the first entry of a kind that matches, once it is written. */
  waitForEntry(
    kind: JournalKind,
    matches?: (entry: ReadEntry) => boolean,
    withinMs?: number,
  ): Promise<ReadEntry>
  /** Resolves with what `ask` gives once it gives something; asked again after every commit. */
  until<Found>(ask: () => Promise<Found | undefined>, what: string, withinMs?: number): Promise<Found>
  /** Reads the database of the hub. */
  rows<Row>(text: string, values?: unknown[]): Promise<Row[]>
  /** Resolves once no work is left at any hop. Messages that wait for a receipt or a person are work too. */
  idle(withinMs?: number): Promise<void>
  /** Stops the hub and starts another on the same database and folder; partners are told the new address. */
  restart(): Promise<void>
  /** Ends the hub alone. The test ends everything by itself. */
  stop(): Promise<void>
}

/** A message with its package and what the hub answered. */
export type SentMessage = { message: SimulatedMessage; prepared: PreparedPackage; outcome: Outcome }

type Test = { teardown(run: () => Promise<void>): void }

const testSettings = [
  'partner.port=0',
  'admin.port=0',
  'internal.port=0',
  'portal.port=0',
  'outbound.allowPrivateAddresses=true',
  'log.level=silent',
  'workers.threads=1',
  'process.pollMs=50',
  'process.parentRecheckMs=50',
  'deliver.breakerOpenMs=200',
  'journal.sealEveryMs=100',
  'stop.graceMs=2000',
]

/** Starts a hub on a fresh database with the partners registered and connected. */
export async function startRelay(t: Test, options: RelayOptions): Promise<Relay> {
  const settings = await makeSettings(t, options)
  const partners: RelayPartner[] = []
  t.teardown(async () => {
    await Promise.all(partners.map((partner) => partner.close()))
  })
  for (const partner of options.partners) partners.push(await startPartner(partner))

  let running: { hub: Hub; watch: ReturnType<typeof watchCommits> } | undefined
  const stop = async () => {
    const { hub } = running ?? {}
    running = undefined
    await hub?.stop()
  }
  const start = async () => {
    const hub = await startHub(settings, {
      onLost: () => {
        throw new Error('the hub of a test was taken for dead')
      },
    })
    running = { hub, watch: watchCommits(hub) }
    await connectAll(hub, settings, partners)
    return hub
  }
  const now = () => {
    if (running === undefined) throw new Error('the hub is stopped')
    return running
  }
  t.teardown(stop)
  const hub = await start()
  const optionsOf = ({ code }: RelayPartner) =>
    options.partners.find((one) => one.code.toUpperCase() === code) ?? { code }
  const applied = await hub.registry.apply(partnerRows(partners, optionsOf, options.policy ?? {}), {
    actor: 'test',
    reason: 'partners of a test',
  })
  if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))

  const messages = (wireId: string) =>
    read<MessageRow>(now().hub, 'select * from message where wire_id = $1 order by id', [wireId])
  const entries = (kind?: JournalKind) => readEntries(now().hub, kind)
  return {
    get hub() {
      return now().hub
    },
    settings,
    partners: partners as [RelayPartner, RelayPartner, ...RelayPartner[]],
    partner(code) {
      const found = partners.find((partner) => partner.code === code.toUpperCase())
      if (found === undefined) throw new Error(`no partner ${code}`)
      return found
    },
    async send(from, to, how) {
      const message = from.message(to, how)
      const prepared = from.pack([message])
      return { message, prepared, outcome: await from.deliver(prepared) }
    },
    async message(wireId) {
      const row = (await messages(wireId)).at(-1)
      if (row === undefined) throw new Error(`no message ${wireId}`)
      return row
    },
    messages,
    entries,
    waitForState(wireId, state, withinMs) {
      const seen = async () => (await messages(wireId)).map((row) => row.state).join(', ')
      const ask = async () => (await messages(wireId)).filter((row) => row.state === state).at(-1)
      const what = async () => `message ${wireId} in ${state}, it is: ${await seen()}`
      return now().watch.until(ask, what, withinMs)
    },
    waitForEntry(kind, matches = () => true, withinMs) {
      return now().watch.until(async () => (await entries(kind)).find(matches), `an entry ${kind}`, withinMs)
    },
    until: (ask, what, withinMs) => now().watch.until(ask, what, withinMs),
    rows: (text, values) => read(now().hub, text, values),
    async idle(withinMs) {
      const left = () => read(now().hub, 'select hop, lane, count(*)::int from work group by hop, lane')
      const ask = async () => ((await left()).length === 0 ? true : undefined)
      await now().watch.until(ask, async () => `idle, left: ${JSON.stringify(await left())}`, withinMs)
    },
    async restart() {
      await stop()
      await start()
    },
    stop,
  }
}

const homeCodesOf = ({ partners }: RelayOptions) =>
  partners.filter(({ over }) => over === 'home').map(({ code }) => code)

/** Partners learn where the hub is; SFTP partners let its key in. */
async function connectAll(hub: Hub, settings: Settings, partners: readonly RelayPartner[]): Promise<void> {
  for (const partner of partners) {
    if (partner.over === 'home') {
      const key = await makeApiKey(hub, partner.code)
      partner.connect({ address: hub.internalAddress, key })
      continue
    }
    partner.connect({ address: hub.partnerAddress })
    if (partner.sftp?.server !== undefined) {
      partner.authorise?.(await readFile(`${settings.sftp.keyFile}.pub`, 'utf8'))
    }
  }
}

/** A key with every verb. */
async function makeApiKey(hub: Hub, home: string): Promise<string> {
  const { id, text, digest } = newApiKey()
  await insertApiKey(hub.store, {
    id,
    home,
    name: 'test',
    digest,
    verbs: Object.keys(apiVerbs),
    created_at: new Date(),
    created_by: 'test',
    expires_at: null,
  })
  return text
}

async function makeSettings(t: Test, options: RelayOptions): Promise<Settings> {
  const given = [
    `data.folder=${join(makeReapedFolder(), 'data')}`,
    `database.url=${await freshDatabase(t, migrated)}`,
    ...testSettings,
    `home.codes=${homeCodesOf(options).join(',')}`,
  ]
  const wanted = new Map(given.concat(options.settings ?? []).map((text) => [text.split('=')[0], text]))
  const loaded = loadConfig({ env: {}, cwd: '/', overrides: [...wanted.values()] })
  if (!loaded.ok) throw new Error(loaded.faults.map(configFaultText).join('\n'))
  return loaded.settings
}

async function readEntries(hub: Hub, kind: JournalKind | undefined): Promise<ReadEntry[]> {
  const statement = 'select entry from journal where $1::text is null or kind = $1 order by xid, id'
  const rows = await read<{ entry: string }>(hub, statement, [kind ?? null])
  return rows.map(({ entry }) => JSON.parse(entry) as ReadEntry)
}

async function read<Row>(hub: Hub, text: string, values: unknown[] = []): Promise<Row[]> {
  const { rows } = await hub.store.query({ text, values })
  return rows as Row[]
}
