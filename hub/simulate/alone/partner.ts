// A simulated partner that runs by itself: its keys live in a folder, it writes how to register it, it may send.

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { OperatorCode, ParticipantId } from '../../../schemas/ids.ts'
import { isRefusal, type Refusal } from '../../../schemas/refusals.ts'
import type { Outcome } from '../../../schemas/transport.ts'
import { makeFolder } from '../../make-folder.ts'
import { generateSshKey, type SshKey, sshKeyOf } from '../../sftp/ssh-key.ts'
import { makeDevelopmentPki } from '../../trust/pki/development.ts'
import type { BehaviourName, BehaviourOptions } from '../behaviours.ts'
import { freeDocument } from '../documents.ts'
import { composeMessage, type SimulatedMessage } from '../messages.ts'
import { type SimulatedOperator, type SimulatedOperatorOptions, startSimulatedOperator } from '../operator.ts'
import { type SftpOperator, startSftpOperator } from '../sftp/operator.ts'
import { readParties, type SimulatedParty, type SimulatedSubscriber } from '../subscriber.ts'
import { partnerFileOf, partnerYaml } from './partner-file.ts'

/** Over what, and what only that needs. */
type AloneTransport =
  | { over: 'http'; hub: string }
  /** Public keys of the hub, one line each. */
  | { over: 'sftp'; hubKeys: readonly string[] }

/** What to run. */
export type AloneOptions = Pick<SimulatedOperatorOptions, 'host' | 'port' | 'receiptDelayMs' | 'onTold'> & {
  code: OperatorCode
  /** Keys, certificates, files of SFTP, the partner file; made when missing, kept. */
  folder: string
  transport: AloneTransport
  /** Thumbprints of who may sign packages to it; anybody if absent. */
  signers?: readonly string[]
  behaviour?: { name: BehaviourName; options: BehaviourOptions }
}

/** A partner at work. */
export type AlonePartner = {
  operator: SimulatedOperator | SftpOperator
  /** A participant it serves, who sends its messages. */
  subscriber: SimulatedSubscriber
  /** Path of the partner file. */
  partnerFile: string
  stop(): Promise<void>
}

/** Starts it. Refused when a file of its keys holds none; throws errors of the file system and of listening. */
export async function startAlone(options: AloneOptions): Promise<AlonePartner | Refusal> {
  const { folder, signers, behaviour, transport } = options
  const parties = await openParties(options)
  if (isRefusal(parties)) return parties
  const { party, subscriber } = parties
  const operator = await startOver(options, party)
  const address = transport.over === 'http' ? transport.hub : operator.address
  operator.connect({ address, ...(signers === undefined ? {} : { signers }) })
  if (behaviour !== undefined) operator.behave(behaviour.name, behaviour.options)
  const partnerFile = join(folder, 'partner.yaml')
  await writeFile(partnerFile, partnerYaml(partnerFileOf(operator)))
  return { operator, subscriber, partnerFile, stop: () => operator.close() }
}

async function openParties(
  options: AloneOptions,
): Promise<{ party: SimulatedParty; subscriber: SimulatedSubscriber } | Refusal> {
  const { folder, code } = options
  makeFolder(folder, 0o700)
  const place = join(folder, 'pki')
  const pki = await makeDevelopmentPki({
    folder: place,
    operators: [{ code, inn: '7773333970', name: `Пробный оператор ${code}` }],
    subscribers: [{ id: `${code}-simulated`, inn: '7729244833', name: `Участник оператора ${code}` }],
    at: new Date(),
  })
  if (isRefusal(pki)) return pki
  const { operators, subscribers } = await readParties(place, pki)
  const [party] = operators
  const [subscriber] = subscribers
  assert(party !== undefined && subscriber !== undefined, 'one of each was asked for')
  return { party, subscriber }
}

async function startOver(
  options: AloneOptions,
  party: SimulatedParty,
): Promise<SimulatedOperator | SftpOperator> {
  const { host, port, receiptDelayMs, onTold, transport, folder } = options
  const common = {
    party,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(receiptDelayMs === undefined ? {} : { receiptDelayMs }),
    ...(onTold === undefined ? {} : { onTold }),
  }
  if (transport.over === 'http') return startSimulatedOperator(common)
  const hostKey = await keptHostKey(join(folder, 'ssh_host_key'))
  const { hubKeys } = transport
  return startSftpOperator({ ...common, hostKey, hubKeys, folder: join(folder, 'sftp') })
}

/** The host key stays the same from run to run: hubs know the server by it. */
async function keptHostKey(path: string): Promise<SshKey> {
  const key = generateSshKey('simulated partner')
  try {
    await writeFile(path, key.privateKey, { mode: 0o600, flag: 'wx' })
    return key
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return sshKeyOf(await readFile(path, 'utf8'))
  }
}

/**
 * Sends a signed message of a free-form document every `everyMs`, `count` times (for ever unless given), until the
 * signal ends it. A send that takes longer puts off the next one.
 */
export async function sendRegularly(
  { operator, subscriber }: AlonePartner,
  of: {
    to: ParticipantId
    everyMs: number
    count: number
    onSent(message: SimulatedMessage, outcome: Outcome): void
    signal: AbortSignal
  },
): Promise<void> {
  const { to, everyMs, count, onSent, signal } = of
  for (let sent = 0; sent < count; sent++) {
    if (sent > 0) await pause(everyMs, undefined, { signal })
    const at = new Date()
    const documents = [freeDocument({ at, size: 20_000 })]
    const message = composeMessage({ from: subscriber, to: { id: to }, at, documents })
    const outcome = await operator.send(operator.pack([message]))
    if (signal.aborted) return
    onSent(message, outcome)
  }
}
