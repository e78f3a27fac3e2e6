// Reads the words of `hub simulate partner`: every option is used or refused.

import { resolve } from 'node:path'
import {
  type OperatorCode,
  type ParticipantId,
  parseOperatorCode,
  parseParticipantId,
} from '../../schemas/ids.ts'
import { readSshKey } from '../sftp/ssh-key.ts'
import type { AloneOptions } from '../simulate/alone/partner.ts'
import { type BehaviourName, type BehaviourOptions, behaviours } from '../simulate/behaviours.ts'
import { readNamed } from './failures.ts'

/** The options as commander gives them. */
export type SimulateOptions = {
  code: string
  transport: string
  host: string
  port: string
  folder?: string
  hub?: string
  hubKey?: string
  signer?: string[]
  receiptDelayMs?: string
  behaviour?: string
  forPackages?: string
  forMs?: string
  pauseMs?: string
  sendEveryMs?: string
  to?: string
  count?: string
}

/** What is to run. */
export type Simulation = {
  partner: Omit<AloneOptions, 'onTold'>
  sending: { to: ParticipantId; everyMs: number; count: number } | undefined
}

/** A wrong word; its text is for the caller. */
class WrongWord extends Error {}

/** Reads the words and the file of keys they name. Throws errors of the file system. */
export async function readSimulateOptions(
  given: SimulateOptions,
  cwd: string,
): Promise<Simulation | { fault: string }> {
  try {
    const code = readCode(given.code)
    const folder = resolve(cwd, given.folder ?? `data-partner-${code.toLowerCase()}`)
    const receiptDelayMs = numberOf(given.receiptDelayMs, '--receipt-delay-ms')
    const signers = given.signer?.map(readThumbprint)
    const behaviour = readBehaviour(given)
    return {
      partner: {
        code,
        folder,
        host: given.host,
        port: numberOf(given.port, '--port', 65_535) ?? 0,
        transport: await readTransport(given, cwd),
        ...(receiptDelayMs === undefined ? {} : { receiptDelayMs }),
        ...(signers === undefined ? {} : { signers }),
        ...(behaviour === undefined ? {} : { behaviour }),
      },
      sending: readSending(given),
    }
  } catch (error) {
    if (error instanceof WrongWord) return { fault: error.message }
    throw error
  }
}

function readCode(text: string): OperatorCode {
  const code = parseOperatorCode(text.toUpperCase())
  if (code === undefined) throw new WrongWord(`--code ${text}: нужны три знака A-Z, 0-9 (three characters)`)
  return code
}

async function readTransport(given: SimulateOptions, cwd: string): Promise<AloneOptions['transport']> {
  const { transport, hub, hubKey } = given
  if (transport === 'http') {
    if (hubKey !== undefined) throw new WrongWord('--hub-key: только для sftp (for sftp only)')
    if (hub === undefined) throw new WrongWord('--hub: для http нужен адрес хаба (is needed with http)')
    if (!URL.canParse(hub) || !/^https?:/.test(hub)) throw new WrongWord(`--hub ${hub}: нужен http(s)://…`)
    return { over: 'http', hub }
  }
  if (transport !== 'sftp') throw new WrongWord(`--transport ${transport}: http или sftp (http or sftp)`)
  if (hub !== undefined)
    throw new WrongWord('--hub: по sftp хаб приходит сам (the hub comes by itself over sftp)')
  return { over: 'sftp', hubKeys: hubKey === undefined ? [] : await readKeys(resolve(cwd, hubKey)) }
}

async function readKeys(path: string): Promise<string[]> {
  const lines = (await readNamed(path)).toString('utf8').split('\n')
  const keys = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
  for (const key of keys) {
    try {
      if (readSshKey(key).isPrivateKey()) throw new Error('a private key')
    } catch {
      throw new WrongWord(
        `--hub-key ${path}: нужны открытые ключи SSH, по одному в строке (public keys, one a line)`,
      )
    }
  }
  return keys
}

function readThumbprint(text: string): string {
  const plain = text.replaceAll(':', '').toLowerCase()
  if (!/^[0-9a-f]{64}$/.test(plain))
    throw new WrongWord(`--signer ${text}: нужен отпечаток SHA-256 (64 hex digits)`)
  return plain
}

function readBehaviour(
  given: SimulateOptions,
): { name: BehaviourName; options: BehaviourOptions } | undefined {
  const packages = numberOf(given.forPackages, '--for-packages')
  const forMs = numberOf(given.forMs, '--for-ms')
  const pauseMs = numberOf(given.pauseMs, '--pause-ms')
  const { behaviour: name } = given
  if (name === undefined) {
    const isAlone = packages !== undefined || forMs !== undefined || pauseMs !== undefined
    if (isAlone)
      throw new WrongWord('--for-packages, --for-ms, --pause-ms: только с --behaviour (only with it)')
    return undefined
  }
  if (!isBehaviour(name)) {
    throw new WrongWord(
      `--behaviour ${name}: есть только (there are only) ${Object.keys(behaviours).join(' ')}`,
    )
  }
  const options: BehaviourOptions = {
    ...(packages === undefined ? {} : { packages }),
    ...(forMs === undefined ? {} : { forMs }),
    ...(pauseMs === undefined ? {} : { pauseMs }),
  }
  return { name, options }
}

function isBehaviour(name: string): name is BehaviourName {
  return Object.hasOwn(behaviours, name)
}

function readSending(given: SimulateOptions): Simulation['sending'] {
  const everyMs = numberOf(given.sendEveryMs, '--send-every-ms')
  const count = numberOf(given.count, '--count') ?? Number.POSITIVE_INFINITY
  if (everyMs === undefined) {
    if (given.to === undefined && given.count === undefined) return undefined
    throw new WrongWord('--to, --count: только с --send-every-ms (only with it)')
  }
  const to = parseParticipantId(given.to ?? '')
  if (to === undefined) throw new WrongWord('--to: нужен участник (a participant is needed)')
  return { to, everyMs, count }
}

function numberOf(text: string | undefined, option: string, most = 1_000_000_000): number | undefined {
  if (text === undefined) return undefined
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (!(value <= most))
    throw new WrongWord(`${option} ${text}: нужно целое число до ${most} (a whole number)`)
  return value
}
