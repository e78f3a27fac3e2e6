// Kills a hub once at every named point of its pipeline, with traffic on its way; in the end all must be right.

import { type RacePoint, racePoints } from '../../hub/pipeline/run/race.ts'
import { seededRandom } from '../support/random.ts'
import { checkAftermath } from './aftermath.ts'
import { databaseServers } from './database-process.ts'
import { type HubPlace, type HubRun, startHubProcess } from './hub-process.ts'
import { watchProgress } from './progress.ts'
import { setScene } from './scene.ts'
import { sendAll } from './senders.ts'
import { type PlannedPackage, planRound, planTraffic } from './traffic.ts'

/**
 * Points, how much traffic each meets besides a message from each partner to the next one, and by which numbers.
 */
export type RaceOptions = {
  points: readonly RacePoint[]
  messagesPerPoint: number
  seed: number
  say(line: string): void
}

/** All points in their order. */
export const allRacePoints = Object.keys(racePoints) as RacePoint[]

const pointWithinMs = 60_000
const settleWithinMs = 120_000
/**
 * After so many kills a hub lives until all is answered: work that was claimed by a dozen hubs that died is held for a
 * person (limits.faultsMax), for it may be what killed them.
 */
const killsOnEndMax = 8

/** Runs it and gives the faults. The traffic of one point may go on through the kills at the next ones. */
export async function runRace({ points, messagesPerPoint, seed, say }: RaceOptions): Promise<string[]> {
  const random = seededRandom(seed)
  const scene = await setScene()
  const faults: string[] = []
  try {
    const progress = watchProgress(scene.all.map(({ record }) => record))
    const isLetIn = scene.letIn()
    const packages: PlannedPackage[] = []
    const sent: Promise<void>[] = []
    /** A hub that is not to die, once everything sent so far is answered. */
    const settle = async (): Promise<HubRun> => {
      const hub = startHubProcess(scene.place)
      const planned = packages.flatMap(({ messages }) => messages)
      const deliveries = planned.filter(({ to }) => to !== undefined).length
      const isDone = ({ messages, receipts }: { messages: number; receipts: number }) =>
        messages >= deliveries && receipts >= planned.length
      await Promise.all([...sent, progress.until(isDone, 'all answers', settleWithinMs)]).catch(
        (error: unknown) => faults.push(String(error)),
      )
      return hub
    }
    for (const [index, point] of points.entries()) {
      if (index > 0 && index % killsOnEndMax === 0) await (await settle()).kill()
      const round = [
        ...planRound(scene.cast, random),
        ...planTraffic(scene.cast, { messages: messagesPerPoint, random }),
      ]
      packages.push(...round.flat())
      sent.push(sendAll(scene.cast.partners, round, { isLetIn, faults }))
      faults.push(...(await dieAt(point, scene.place, say)))
    }
    const hub = await settle()
    faults.push(...(await checkAftermath({ ...scene, ...scene.place, packages })).faults)
    const ended = await hub.stop()
    if (ended.code !== 0) faults.push(`the hub did not stop in order: ${JSON.stringify(ended)}`)
    if (databaseServers(scene.place.dataFolder).length > 0) faults.push('the database was left behind')
  } finally {
    await scene.close()
  }
  return faults
}

/** Runs a hub that ends itself at a point; a fault when it does not come there. */
async function dieAt(point: RacePoint, place: HubPlace, say: RaceOptions['say']): Promise<string[]> {
  const hub = startHubProcess(place, { EDO_HUB_RACE_POINT: point })
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    void hub.kill()
  }, pointWithinMs)
  const ended = await hub.ended
  clearTimeout(timer)
  const tookMs = Math.round(performance.now() - hub.startedAt)
  say(`${point}: ${ended.signal ?? `exit ${ended.code}`} after ${tookMs} ms`)
  return ended.signal !== 'SIGKILL' || isLate ? [`the hub did not come to ${point}`] : []
}
