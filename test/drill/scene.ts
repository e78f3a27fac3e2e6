// The scene of a drill: partners of every transport, the file that registers them, and a place for a hub of its own.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateSshKey } from '../../hub/sftp/ssh-key.ts'
import type { PeerPolicy } from '../../schemas/partner.ts'
import { makeReapedFolder } from '../support/reaper.ts'
import {
  type PartnerOptions,
  partnerRows,
  type RelayPartner,
  startPartner,
} from '../support/relay-partners.ts'
import { freePort } from './free-port.ts'
import { letHomeIn } from './home-code.ts'
import { type HubPlace, warmUp } from './hub-process.ts'
import type { Cast } from './traffic.ts'

/** Partners, and where the hub between them lives. */
export type Scene = {
  cast: Cast
  all: readonly RelayPartner[]
  place: HubPlace
  /** Gives the home service its key and connects it, once the hub has a database: call it when the hub is started. */
  letIn(): Promise<void>
  /** Ends the partners; the folder goes with this process. */
  close(): Promise<void>
}

const homeCode = '2ZH'
const refuserCode = '2ZE'
/** In an order in which every transport gives to another one. Only the hub dies: servers of partners live on. */
const cast: readonly PartnerOptions[] = [
  { code: '2ZA' },
  { code: '2ZS', over: 'sftp' },
  { code: homeCode, over: 'home' },
  // Every step of a pickup is there: an answer to each package, and a move where the other one deletes.
  {
    code: '2ZT',
    over: 'sftp',
    site: { answers: 'all', archiveFolder: 'archive', pickupWhole: 'marker', putWhole: 'marker' },
  },
  // One partner of each kind of relay (RULES 3).
  { code: '2ZC', policy: { relay: 'original' } },
]

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
  const own = { subscribers: 2, checks: 'package', connectionsMax: 6 } as const
  const partners: RelayPartner[] = []
  for (const options of cast) partners.push(await startPartner({ ...options, ...own }))
  const refuser = await startPartner({ code: refuserCode, ...own })
  const all = [...partners, refuser]
  refuser.behave('receipt-error', { text: 'Получатель не найден (simulated)' })
  const seedFolder = join(folder, 'partners')
  mkdirSync(seedFolder)
  const optionsOf = ({ code }: RelayPartner) => cast.find((one) => one.code === code) ?? { code }
  writeFileSync(join(seedFolder, 'drill.yaml'), JSON.stringify(partnerRows(all, optionsOf, policy)))
  const port = await freePort()
  const internalPort = await freePort()
  const address = `http://127.0.0.1:${port}/SendTransportPackage`
  const key = generateSshKey('hub of a drill')
  const keyFile = join(folder, 'sftp.key')
  writeFileSync(keyFile, key.privateKey, { mode: 0o600 })
  for (const partner of all) {
    if (partner.over !== 'home') partner.connect({ address })
    partner.authorise?.(key.publicKey)
  }
  const place: HubPlace = {
    dataFolder: join(folder, 'data'),
    settings: [
      ...settings,
      `partner.port=${port}`,
      'admin.port=0',
      `internal.port=${internalPort}`,
      'portal.port=0',
      `home.codes=${homeCode}`,
      `home.answeringCodes=${homeCode}`,
      `sftp.keyFile=${keyFile}`,
      `partners.seedFolder=${seedFolder}`,
    ],
    logFile: join(folder, 'hub.log'),
    compiledFolder: join(folder, 'compiled'),
  }
  await warmUp(place)
  const closing = new AbortController()
  const { dataFolder } = place
  const internal = { dataFolder, address: `http://127.0.0.1:${internalPort}`, signal: closing.signal }
  return {
    cast: { partners, refuser },
    all,
    place,
    letIn: async () => {
      for (const partner of partners) if (partner.over === 'home') await letHomeIn(partner, internal)
    },
    close: async () => {
      closing.abort()
      await Promise.all(all.map((partner) => partner.close()))
    },
  }
}
