// The scene of a drill: partners that listen, the file that registers them, and a place for a hub of its own.

import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { PeerPolicy } from '../../schemas/partner.ts'
import { makeReapedFolder } from '../support/reaper.ts'
import { partnerRows, type RelayPartner, startPartner } from '../support/relay-partners.ts'
import { type HubPlace, warmUp } from './hub-process.ts'
import type { Cast } from './traffic.ts'

/** Partners, and where the hub between them lives. */
export type Scene = {
  cast: Cast
  all: readonly RelayPartner[]
  place: HubPlace
  /** Ends the partners; the folder goes with this process. */
  close(): Promise<void>
}

const codes = ['2ZA', '2ZB', '2ZC'] as const
const refuserCode = '2ZE'
/** One partner of each kind of relay (RULES 3). */
const originalCode = '2ZC'

const policy: Partial<PeerPolicy> = { gatherMs: 10, retryMs: [100, 200, 400], deliverTimeoutMs: 5000 }
const settings = [
  'outbound.allowPrivateAddresses=true',
  'log.level=warn',
  'workers.threads=1',
  'process.pollMs=100',
  'process.parentRecheckMs=250',
  'deliver.breakerOpenMs=200',
  'journal.sealEveryMs=250',
  'stop.graceMs=5000',
]

/** Starts the partners and writes what the hub is to know of them. Nothing of the hub runs yet. */
export async function setScene(): Promise<Scene> {
  const folder = makeReapedFolder()
  const all: RelayPartner[] = []
  for (const code of [...codes, refuserCode]) {
    all.push(await startPartner({ code, subscribers: 2, checks: 'package', connectionsMax: 6 }))
  }
  const [refuser] = all.slice(-1)
  if (refuser === undefined) throw new Error('nobody is there')
  refuser.behave('receipt-error', { text: 'Получатель не найден (simulated)' })
  const seedFolder = join(folder, 'partners')
  mkdirSync(seedFolder)
  const optionsOf = ({ code }: RelayPartner) =>
    code === originalCode ? { code, policy: { relay: 'original' } as const } : { code }
  writeFileSync(join(seedFolder, 'drill.yaml'), JSON.stringify(partnerRows(all, optionsOf, policy)))
  const port = await freePort()
  const address = `http://127.0.0.1:${port}/SendTransportPackage`
  for (const partner of all) partner.connect({ address })
  const place: HubPlace = {
    dataFolder: join(folder, 'data'),
    settings: [
      ...settings,
      `partner.port=${port}`,
      'admin.port=0',
      'internal.port=0',
      `partners.seedFolder=${seedFolder}`,
    ],
    logFile: join(folder, 'hub.log'),
    compiledFolder: join(folder, 'compiled'),
  }
  await warmUp(place)
  return {
    cast: { partners: all.slice(0, -1), refuser },
    all,
    place,
    close: async () => {
      await Promise.all(all.map((partner) => partner.close()))
    },
  }
}

const portMin = 20_000
const portCount = 10_000

/** A port the hub can have again after each start: below those that systems give to outgoing connections. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = portMin + Math.floor(Math.random() * portCount)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)))
  })
}
