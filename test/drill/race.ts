// Kills a hub once at every named point of its pipeline, with traffic on its way; in the end all must be right.

import { type RacePoint, racePoints } from '../../hub/pipeline/run/race.ts'
import { seededRandom } from '../support/random.ts'
import { checkAftermath } from './aftermath.ts'
import { databaseServers } from './database-process.ts'
import { startHubProcess } from './hub-process.ts'
import { watchProgress } from './progress.ts'
import { setScene } from './scene.ts'
import { sendAll } from './senders.ts'
import { planRound, planTraffic } from './traffic.ts'

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

const endWithinMs = 60_000

/** Runs it and gives the faults. The traffic of one point may go on through the kills at the next ones. */
export async function runRace({ points, messagesPerPoint, seed, say }: RaceOptions): Promise<string[]> {
  const random = seededRandom(seed)
  const scene = await setScene()
  const faults: string[] = []
  try {
    const progress = watchProgress(scene.all.map(({ record }) => record))
    const isLetIn = scene.letIn()
    const rounds = points.map(() => [
      ...planRound(scene.cast, random),
      ...planTraffic(scene.cast, { messages: messagesPerPoint, random }),
    ])
    const packages = rounds.flat(2)
    const planned = packages.flatMap(({ messages }) => messages)
    const sent: Promise<void>[] = []
    for (const [index, point] of points.entries()) {
      const hub = startHubProcess(scene.place, { EDO_HUB_RACE_POINT: point })
      sent.push(sendAll(scene.cast.partners, rounds[index] ?? [], { isLetIn, faults }))
      const timer = setTimeout(() => void hub.kill(), endWithinMs)
      const ended = await hub.ended
      clearTimeout(timer)
      const tookMs = Math.round(performance.now() - hub.startedAt)
      say(`${point}: ${ended.signal ?? `exit ${ended.code}`} after ${tookMs} ms`)
      if (ended.signal !== 'SIGKILL' || tookMs >= endWithinMs) faults.push(`the hub did not come to ${point}`)
    }
    const hub = startHubProcess(scene.place)
    const deliveries = planned.filter(({ to }) => to !== undefined).length
    await Promise.all([
      ...sent,
      progress.until(
        ({ messages, receipts }) => messages >= deliveries && receipts >= planned.length,
        'all answers',
        endWithinMs,
      ),
    ]).catch((error: unknown) => faults.push(String(error)))
    faults.push(...(await checkAftermath({ ...scene, ...scene.place, packages })).faults)
    const ended = await hub.stop()
    if (ended.code !== 0) faults.push(`the hub did not stop in order: ${JSON.stringify(ended)}`)
    if (databaseServers(scene.place.dataFolder).length > 0) faults.push('the database was left behind')
  } finally {
    await scene.close()
  }
  return faults
}
