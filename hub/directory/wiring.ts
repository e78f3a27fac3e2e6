// Starts the directory of subscribers: what it reads, how it learns, and the directory of participants it may ask.

import type { Metrics } from '../../monitoring/metrics.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, refusalText } from '../../schemas/refusals.ts'
import type { Settings } from '../../schemas/settings.ts'
import { createHttpParticipantsDirectory } from '../adapters/participants-directory.ts'
import { guardParticipants } from '../adapters/participants-directory-guard.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { checkTls, readTls, unusableFile } from '../start-refusals.ts'
import { forgetLookUps } from '../store/directory/look-ups.ts'
import { runWithLease } from '../store/lease-loop.ts'
import { type HeldDirectory, makeDirectory } from './directory.ts'
import { learnOnce } from './learn.ts'
import { type LookUpParts, makeLookUp } from './look-up.ts'
import type { ParticipantsDirectory } from './participants.ts'

/** What the directory needs of the hub. */
export type DirectoryWiring = {
  settings: Settings
  context: PipelineContext
  metrics: Pick<Metrics, 'inc'>
  onFault(place: string, error: unknown): void
}

/** Starts it. Throws HubNotStarted for files of no use. `stop` ends the learning. */
export async function startDirectory(
  wiring: DirectoryWiring,
): Promise<{ directory: HeldDirectory; stop(): Promise<void> }> {
  const { settings, context, onFault } = wiring
  const directory = assembleDirectory({
    context,
    settings: settings.directory,
    participants: await openParticipants(wiring),
  })
  const learning = runWithLease({
    store: context.store,
    name: 'directory-learning',
    owner: context.node,
    everyMs: settings.directory.learnEveryMs,
    onError: onFault,
    run: async (lease) => {
      const learned = await learnOnce(context, lease)
      if (isRefusal(learned)) onFault('directory.learn', new Error(refusalText(learned)))
      else if (!learned.isCaughtUp) learning.wake()
      await forgetLookUps(context.store, new Date(context.clock.now().getTime() - keptForMs(settings)))
    },
  })
  return { directory, stop: () => learning.stop() }
}

/** The directory over its parts; nothing is started. */
export function assembleDirectory({
  context,
  settings,
  participants,
}: {
  context: LookUpParts['context']
  settings: Settings['directory']
  participants: ParticipantsDirectory | undefined
}): HeldDirectory {
  const directory: HeldDirectory = makeDirectory({
    context,
    cachedForMs: settings.cachedForMs,
    activeForMs: settings.activeForMs,
    lookUp: makeLookUp({
      context,
      participants,
      ages: {
        ok: settings.foundForMs,
        'not-found': settings.notFoundForMs,
        'not-allowed': settings.notAllowedForMs,
      },
      timeoutMs: settings.participantsTimeoutMs,
      onFound: (keys) => {
        for (const key of keys) directory.forget(key)
      },
    }),
  })
  return directory
}

/** After this nobody is told the answer any more. */
function keptForMs({ directory }: Settings): number {
  return Math.max(directory.foundForMs, directory.notFoundForMs, directory.notAllowedForMs)
}

async function openParticipants({
  settings: { directory },
  metrics,
}: Pick<DirectoryWiring, 'settings' | 'metrics'>): Promise<ParticipantsDirectory | undefined> {
  const { participantsUrl, participantsCaFile, participantsTokenFile } = directory
  if (participantsUrl === undefined) return undefined
  const ca =
    participantsCaFile === undefined
      ? undefined
      : await readTls('directory.participantsCaFile', participantsCaFile)
  if (ca !== undefined) checkTls({ ca })
  // The address is our own administrator's, and a gateway stands in the private network of an installation.
  const asked = createHttpParticipantsDirectory({
    address: participantsUrl,
    allowPrivateAddresses: true,
    token: await readToken(participantsTokenFile),
    timeoutMs: directory.participantsTimeoutMs,
    ...(ca === undefined ? {} : { ca: ca.pem }),
  })
  return guardParticipants(asked, {
    breakerFailures: directory.breakerFailures,
    breakerOpenMs: directory.breakerOpenMs,
    onAnswer: (answer) => metrics.inc('hub_participant_answers_total', answer),
  })
}

/** A token is what can stand in a header: visible ASCII. */
async function readToken(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  const { pem } = await readTls('directory.participantsTokenFile', file)
  const token = pem
    .subarray(0, limits.tokenBytesMax + 1)
    .toString('latin1')
    .trim()
  if (pem.length > limits.tokenBytesMax || !/^[\x21-\x7e]+$/.test(token)) {
    throw unusableFile('directory.participantsTokenFile', 'не ключ доступа (not a token)')
  }
  return token
}
