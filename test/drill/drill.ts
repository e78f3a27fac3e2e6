// The drill: partners send through a hub that is killed again and again; in the end all must be as if it never was.

import { setTimeout as pause } from 'node:timers/promises'
import type { BehaviourName } from '../../hub/simulate/behaviours.ts'
import { below, oneOf, type Random, seededRandom } from '../support/random.ts'
import type { Over } from '../support/relay-partners.ts'
import { checkAftermath } from './aftermath.ts'
import { databaseServers, killDatabase } from './database-process.ts'
import { type HubRun, startHubProcess } from './hub-process.ts'
import { type Progress, watchProgress } from './progress.ts'
import { type Scene, setScene } from './scene.ts'
import { sendAll } from './senders.ts'
import { planTraffic } from './traffic.ts'

/** How large, how often, and by which numbers. */
export type DrillOptions = {
  messages: number
  kills: number
  seed: number
  say(line: string): void
}

/** What came of it; the drill was passed when there are no faults. */
export type DrillReport = {
  faults: string[]
  messages: number
  packages: number
  kills: number
  /** Milliseconds from a start after a kill until the hub took packages, and until the first delivery. */
  listeningMs: number[]
  firstDeliveryMs: number[]
  /** Milliseconds from a kill of the database alone until a twentieth of the traffic more had gone through. */
  databaseMs: number[]
  trafficMs: number
  journal: { blocks: number; entries: number }
  /** Attempts whose outcome a kill made unknown, and packages that partners got more than once. */
  unknownAttempts: number
  repeatedArrivals: number
}

/** How long the whole traffic may take on a slow and busy machine. */
const withinMsOf = ({ messages, kills }: DrillOptions) => 60_000 + messages * 100 + kills * 10_000

type Drill = { options: DrillOptions; random: Random; scene: Scene; progress: Progress; faults: string[] }

/** Runs it. Rejects only when the drill itself breaks; what the hub did wrong stands in the report. */
export async function runDrill(options: DrillOptions): Promise<DrillReport> {
  const random = seededRandom(options.seed)
  const scene = await setScene()
  try {
    const progress = watchProgress(scene.all.map(({ record }) => record))
    return await play({ options, random, scene, progress, faults: [] })
  } finally {
    await scene.close()
  }
}

async function play(drill: Drill): Promise<DrillReport> {
  const { options, random, scene, progress, faults } = drill
  const { messages, say } = options
  const errands = planTraffic(scene.cast, { messages, random })
  const packages = errands.flat()
  const planned = packages.flatMap((one) => one.messages)
  const deliveries = planned.filter(({ to }) => to !== undefined).length
  say(`${planned.length} messages in ${packages.length} packages; log of the hub: ${scene.place.logFile}`)

  const startedAt = performance.now()
  const fire = startFire(drill, deliveries + planned.length)
  const sent = sendAll(scene.cast.partners, errands, { isLetIn: scene.letIn(), faults })
  const isDone = (counts: { messages: number; receipts: number }) =>
    counts.messages >= deliveries && counts.receipts >= planned.length
  const all = Promise.all([sent, fire.ended, progress.until(isDone, 'all answers', withinMsOf(options))])
  try {
    await Promise.race([all, fire.broken])
  } catch (error) {
    faults.push(String(error))
  }
  const trafficMs = Math.round(performance.now() - startedAt)
  const hub = fire.current()
  const aftermath = await checkAftermath({ dataFolder: scene.place.dataFolder, all: scene.all, packages })
  faults.push(...aftermath.faults)
  fire.cease()
  const ended = await hub.stop()
  if (ended.code !== 0) faults.push(`the hub did not stop in order: ${JSON.stringify(ended)}`)
  const left = databaseServers(scene.place.dataFolder)
  if (left.length > 0) faults.push(`processes of the database were left behind: ${left.join(' ')}`)
  const { journal, unknownAttempts } = aftermath
  const repeatedArrivals = scene.all.flatMap(({ record }) => record.arrivals).filter((one) => one.repeated)
  return {
    faults,
    messages: planned.length,
    packages: packages.length,
    kills: fire.kills.length,
    listeningMs: fire.kills.flatMap((kill) => kill.listeningMs ?? []),
    firstDeliveryMs: fire.kills.flatMap((kill) => kill.firstDeliveryMs ?? []),
    databaseMs: fire.databaseMs,
    trafficMs,
    journal,
    unknownAttempts,
    repeatedArrivals: repeatedArrivals.length,
  }
}

type Kill = { listeningMs?: number; firstDeliveryMs?: number }

type Fire = {
  kills: Kill[]
  databaseMs: number[]
  current(): HubRun
  /** Resolves after the last kill and the start that follows it. */
  ended: Promise<void>
  /** Rejects when a hub ends that nobody killed. */
  broken: Promise<never>
  /** From now on a hub may end. */
  cease(): void
}

/** Share of the traffic after which nobody is killed any more, so that every kill meets some. */
const lastKillAt = 0.92
const workingPauseMs = 150
const startingPauseMs = 1500
/** Before each kill a partner behaves so for a few packages: what is unknown then meets what a kill makes unknown. */
const misbehaviours: Readonly<Record<Over, readonly BehaviourName[]>> = {
  http: ['ok', 'answer-500', 'answer-lost', 'drop-mid-body'],
  sftp: ['ok', 'answer-500', 'answer-lost', 'drop-mid-body', 'proxy-502'],
  // A service takes by reading: only what it says of a message can go wrong without a fault of its own.
  home: ['ok', 'duplicate-receipts'],
}
const misbehavedMax = 5

/** Starts the hub, and kills and starts it again by chance, spread over the whole traffic. */
function startFire(drill: Drill, eventsMax: number): Fire {
  const { options, random, scene, progress } = drill
  const kills: Kill[] = []
  const databaseMs: number[] = []
  const broken = Promise.withResolvers<never>()
  const wanted = new Set<HubRun>()
  const start = (): HubRun => {
    const run = startHubProcess(scene.place)
    void run.ended.then((how) => {
      if (!wanted.has(run)) broken.reject(new Error(`the hub ended by itself: ${JSON.stringify(how)}`))
    })
    return run
  }
  let hub = start()
  const events = () => progress.counts().messages + progress.counts().receipts

  /** The database alone: the hub lives on and brings it up again. */
  const fellDatabase = async (index: number) => {
    await hub.listening
    const servers = killDatabase(scene.place.dataFolder, oneOf(random, ['postmaster', 'all'] as const))
    const fallenAt = performance.now()
    // The next events may be of what was on the network already.
    const reach = events() + Math.ceil(eventsMax / 20)
    await progress.until(() => events() >= reach, 'work after a fall of the database', withinMsOf(options))
    const ms = Math.round(performance.now() - fallenAt)
    databaseMs.push(ms)
    options.say(
      `before kill ${index + 1}: ${servers} processes of the database alone, at work after ${ms} ms`,
    )
  }

  const round = async (index: number) => {
    const packages = 1 + below(random, misbehavedMax)
    const partner = oneOf(random, scene.cast.partners)
    partner.behave(oneOf(random, misbehaviours[partner.over]), { packages })
    const reach = Math.floor(((index + random.next()) / options.kills) * lastKillAt * eventsMax)
    const isStarting = random.next() < 0.25
    if (isStarting) await pause(below(random, startingPauseMs))
    else {
      await progress.until(() => events() >= reach, `${reach} events`, withinMsOf(options))
      if (random.next() < 0.3) await fellDatabase(index)
      await pause(below(random, workingPauseMs))
    }
    const database = oneOf(random, ['none', 'none', 'none', 'postmaster', 'all'] as const)
    wanted.add(hub)
    await hub.kill()
    const servers = database === 'none' ? 0 : killDatabase(scene.place.dataFolder, database)
    const { messages, receipts } = progress.counts()
    options.say(
      `kill ${index + 1}: ${isStarting ? 'starting' : 'working'}, ${servers} processes of the database, ` +
        `${messages} messages and ${receipts} receipts so far`,
    )
    hub = start()
    kills.push(measure(hub, progress))
  }
  const ended = (async () => {
    for (let index = 0; index < options.kills; index++) await round(index)
  })()
  const cease = () => void wanted.add(hub)
  return { kills, databaseMs, current: () => hub, ended, broken: broken.promise, cease }
}

function measure(hub: HubRun, progress: Progress): Kill {
  const kill: Kill = {}
  void hub.listening.then((ms) => {
    if (ms !== undefined) kill.listeningMs = Math.round(ms)
  })
  progress.onNextMessage(() => {
    kill.firstDeliveryMs = Math.round(performance.now() - hub.startedAt)
  })
  return kill
}
