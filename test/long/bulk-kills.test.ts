// One bulk job of 10 000 ИНН and 1 000 invitations, and a hub that is killed while it searches and while it invites.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { exitCodes } from '../../hub/cli/context.ts'
import type { Sql } from '../../hub/store/sql.ts'
import { cellFor } from '../../routing/link.ts'
import type { LinkCell } from '../../routing/machines/link.ts'
import { participantKey } from '../../schemas/ids.ts'
import { openLook, runningDatabaseUrl } from '../drill/database-process.ts'
import { freePort } from '../drill/free-port.ts'
import { type HubPlace, type HubRun, startHubProcess, warmUp } from '../drill/hub-process.ts'
import { runLine } from '../support/cli.ts'
import { innOf } from '../support/lists.ts'
import { below, type Random, seededRandom } from '../support/random.ts'
import { makeReapedFolder } from '../support/reaper.ts'
import { partnerRows, type RelayPartner, startPartner } from '../support/relay-partners.ts'

t.setTimeout(300_000)

const listed = 10_000
const known = 1_000
const home = '2ZH'
const sender = `${home}-7707083893-770701001`
const withinMs = 120_000
const lookMs = 20

/** A hub that may be killed, its partner, and who looks at what is left. */
type Scene = {
  folder: string
  place: HubPlace
  partner: RelayPartner
  /** Of the admin plane and the internal API, the same at each start. */
  ports: { admin: number; internal: number }
}

t.test(
  'searches 10 000 ИНН and sends 1 000 invitations once each, though the hub is killed twice',
  async (t) => {
    const random = seededRandom()
    t.comment(`seed ${random.seed}`)
    const scene = await setScene(t)
    const ids = new Map(chosen(random).map((n) => [n, `2ZB-${innOf(n)}-770701001`]))
    const { partner } = scene
    let hub = startHubProcess(scene.place)
    t.teardown(() => hub.kill())
    await hub.listening
    const api = await prepare(t, scene, [...ids])
    const look = await openLook(runningDatabaseUrl(scene.place.dataFolder))
    t.teardown(() => look.end())
    const count = (what: string) => countOf(look, what)
    const again = async () => {
      const startedAt = performance.now()
      hub = startHubProcess(scene.place)
      await hub.listening
      t.comment(`listening again after ${Math.round(performance.now() - startedAt)} ms`)
    }

    const job = await upload(t, api)
    const searchKill = 500 + below(random, listed - 4000)
    const searching = await killAt(hub, { reached: () => count(searchedRows), atLeast: searchKill })
    const searchedAtKill = await count(searchedRows)
    t.ok(searchedAtKill < listed, `killed while searching, at ${searchedAtKill} of ${listed}`)
    t.comment(`searches a second before the kill: ${searching.perSecond}`)
    await again()
    const searchedMs = await until(
      async () => (await count(searchedRows)) === listed,
      'all rows are searched',
    )
    t.comment(`searches a second after the kill: ${rate(listed - searchedAtKill, searchedMs)}`)
    t.match(await askApi(api, `/bulk/${job}`), {
      rows: listed,
      searched: listed,
      groups: { ready: known, notFound: listed - known, linked: 0, application: 0, tryLater: 0, faulty: 0 },
    })

    const order = JSON.stringify({ rows: 'all-ready', message: 'Предлагаем обмен' })
    t.match(await askApi(api, `/bulk/${job}/invite`, { body: order, type: 'application/json' }), {
      queued: known,
    })
    const inviteKill = 100 + below(random, known - 400)
    const inviting = await killAt(hub, {
      reached: async () => partner.record.messages.length,
      atLeast: inviteKill,
    })
    const [madeAtKill, toldAtKill] = [await count('invite'), await count(invitedRows)]
    t.ok(
      toldAtKill < known,
      `killed while inviting: ${madeAtKill} made, ${toldAtKill} of them told to the job`,
    )
    t.comment(`invitations a second before the kill: ${inviting.perSecond}`)
    await again()
    const invitedMs = await until(async () => (await count(invitedRows)) === known, 'all rows are invited')
    t.comment(`invitations a second after the kill: ${rate(known - madeAtKill, invitedMs)}`)
    const restMs = await until(async () => (await count('work')) === 0, 'nothing is left to do')
    t.comment(`the last are delivered ${Math.round(restMs)} ms later`)

    t.match(await askApi(api, `/bulk/${job}`), {
      phase: 'done',
      searched: listed,
      invitations: {
        queued: 0,
        invited: known,
        refused: 0,
        asked: known,
        linked: 0,
        unclaimed: 0,
        application: 0,
      },
    })
    checkPartner(t, partner, [...ids.values()])
    await checkRows(t, look)
    t.strictSame(await hub.stop(), { code: 0, signal: null })
  },
)

const searchedRows = "bulk_row where state <> 'waiting'"
const invitedRows = "bulk_row where state = 'invited'"

/** Numbers of ИНН that are known, anywhere in the list. */
function chosen(random: Random): number[] {
  const numbers = new Set<number>()
  while (numbers.size < known) numbers.add(1 + below(random, listed))
  return [...numbers].sort((a, b) => a - b)
}

async function setScene(t: Test): Promise<Scene> {
  const folder = makeReapedFolder()
  const partner = await startPartner({ code: '2ZB', checks: 'package', connectionsMax: 6 })
  t.teardown(() => partner.close())
  const seedFolder = join(folder, 'partners')
  mkdirSync(seedFolder)
  const rows = partnerRows([partner], () => ({ code: '2ZB' }), { deliverTimeoutMs: 5000 })
  writeFileSync(join(seedFolder, 'bulk.yaml'), JSON.stringify(rows))
  const [port, admin, internal] = [await freePort(), await freePort(), await freePort()]
  const place: HubPlace = {
    dataFolder: join(folder, 'data'),
    settings: [
      'outbound.allowPrivateAddresses=true',
      'log.level=warn',
      'workers.threads=1',
      'process.pollMs=100',
      'stop.graceMs=5000',
      'bulk.invitesPerMinute=60000',
      `home.codes=${home}`,
      `partner.port=${port}`,
      `admin.port=${admin}`,
      `internal.port=${internal}`,
      'portal.port=0',
      `partners.seedFolder=${seedFolder}`,
    ],
    logFile: join(folder, 'hub.log'),
    compiledFolder: join(folder, 'compiled'),
  }
  partner.connect({ address: `http://127.0.0.1:${port}/SendTransportPackage` })
  await warmUp(place)
  return { folder, place, partner, ports: { admin, internal } }
}

type Api = { address: string; key: string }

/** The sender and who is to be found come by the verb of engineers, and so does the key of the service. */
async function prepare(t: Test, scene: Scene, ids: readonly [number, string][]): Promise<Api> {
  const { folder, place, ports } = scene
  const env = { HUB_DATA_FOLDER: place.dataFolder, HUB_ADMIN_PORT: String(ports.admin) }
  const file = join(folder, 'subscribers.csv')
  const lines = ids.map(([n, id]) => `${id};${innOf(n)};770701001;ООО Контрагент ${n}`)
  const head = 'id;inn;kpp;name'
  const own = `${sender};7707083893;770701001;ООО Отправитель`
  writeFileSync(file, [head, own, ...lines].join('\n'))
  const imported = await runLine(folder, ['subscribers', 'import', file, '--json'], env)
  t.equal(imported.exit, exitCodes.ok, imported.err)
  t.match(imported.json(), { taken: known + 1, refused: 0 })
  const made = await runLine(
    folder,
    ['keys', 'create', '--home', home, '--name', 'bulk', '--verbs', 'invite', '--json'],
    env,
  )
  t.equal(made.exit, exitCodes.ok, made.err)
  return { address: `http://127.0.0.1:${ports.internal}`, key: made.json().key }
}

async function upload(t: Test, api: Api): Promise<string> {
  const lines = Array.from({ length: listed }, (_, n) => `${innOf(n + 1)};${n % 2 === 0 ? '770701001' : ''}`)
  const startedAt = performance.now()
  const body = ['ИНН;КПП', ...lines].join('\n')
  const job = await askApi(api, `/bulk?sender=${sender}`, { body, type: 'text/csv' })
  t.comment(`the list was taken in ${Math.round(performance.now() - startedAt)} ms`)
  t.match(job, { state: 'running', rows: listed, groups: { faulty: 0 } })
  return String(job['id'])
}

async function askApi(
  { address, key }: Api,
  path: string,
  sent?: { body: string; type: string },
): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${key}` }
  const init =
    sent === undefined
      ? { headers }
      : {
          method: 'POST',
          headers: { ...headers, 'content-type': sent.type, 'idempotency-key': `bulk-kills-${path.length}` },
          body: sent.body,
        }
  const answer = await fetch(`${address}/api/v1${path}`, { ...init, signal: AbortSignal.timeout(withinMs) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

/** Kills a hub once so much is reached; how much a second it did from the first on. */
async function killAt(
  hub: HubRun,
  { reached, atLeast }: { reached(): Promise<number>; atLeast: number },
): Promise<{ perSecond: number }> {
  await until(async () => (await reached()) > 0, 'the first')
  const [first, startedAt] = [await reached(), performance.now()]
  await until(async () => (await reached()) >= atLeast, `${atLeast}`)
  await hub.kill()
  return { perSecond: rate((await reached()) - first, performance.now() - startedAt) }
}

function rate(count: number, ms: number): number {
  return Math.round((count * 1000) / ms)
}

/** Looks until it holds; how long that took, ms. */
async function until(holds: () => Promise<boolean>, what: string): Promise<number> {
  const startedAt = performance.now()
  while (!(await holds())) {
    if (performance.now() - startedAt > withinMs)
      throw new Error(`waited ${withinMs} ms in vain for: ${what}`)
    await pause(lookMs)
  }
  return performance.now() - startedAt
}

async function countOf(look: Sql, what: string): Promise<number> {
  const { rows } = await look.query(`select count(*)::int as count from ${what}`)
  return Number(rows[0]?.['count'])
}

/** Each counterparty was asked by one Запрос, and nobody else was. */
function checkPartner(t: Test, { record }: RelayPartner, ids: readonly string[]): void {
  const { messages } = record
  t.equal(messages.length, known)
  t.ok(messages.every(({ kind, invitation }) => kind === 'invitation' && invitation === 'ask'))
  t.equal(new Set(messages.map(({ id }) => id)).size, known, 'each has an id of its own')
  const recipients = messages.map(({ recipient }) => recipient)
  t.strictSame([...recipients].sort(), [...ids].sort(), 'each counterparty once')
}

/** An invitation, a message and a link for each, and nothing half done. */
async function checkRows(t: Test, look: Sql): Promise<void> {
  const { rows: invites } = await look.query(
    'select state, mail, said_message, link, counterparty from invite',
  )
  t.equal(invites.length, known)
  t.ok(invites.every(({ state, mail }) => state === 'asked' && mail === 'none'))
  for (const what of ['counterparty', 'said_message', 'link']) {
    const values = invites.map((row) => row[what])
    t.ok(values.every((value) => typeof value === 'string'))
    t.equal(new Set(values).size, known, `each has a ${what} of its own`)
  }
  const { rows: links } = await look.query(
    'select first_key, cell, jsonb_array_length(sayings) as said from link',
  )
  const side = (first: unknown) => (first === participantKey(sender as never) ? 'first' : 'second')
  t.equal(links.length, known)
  t.ok(links.every((row) => cellFor(side(row['first_key']), row['cell'] as LinkCell) === 'asked-by-us'))
  t.ok(links.every(({ said }) => said === 1))
  const nothing = ["message where state <> 'delivered'", "bulk_row where state = 'queued'", 'link_news']
  for (const what of nothing) t.equal(await countOf(look, what), 0, what)
  t.equal(await countOf(look, "journal where kind = 'invite.moved'"), known)
}
