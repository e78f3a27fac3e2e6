// An SFTP partner of a bench on its own disk: lays packages for the hub, takes what the hub put, tells receipts.

import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { packReceipts } from '../../hub/simulate/packages.ts'
import { makeSiteFolders, type SiteFolders } from '../../hub/simulate/sftp/site.ts'
import { openIdentity } from '../../hub/trust/identity.ts'
import { createSigner, type Signer } from '../../hub/trust/sign.ts'
import { siteOf } from '../../routing/book.ts'
import type { OperatorCode } from '../../schemas/ids.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { type Prepared, readPrepared } from './prepared-file.ts'
import { countReceived } from './received.ts'

type Setup = { root: string; certificate: string; key: string; receiptsFor: string }
type Question = Partial<Setup> & {
  /** The file of packages; `backlogMax` of them lie there at a time. */
  lay?: { file: string; backlogMax: number }
  wait?: { messages: number } | { receipts: number }
  left?: true
}

const lookEveryMs = 10
const receiptsEveryMs = 50
const receiptsPerPackageMax = 500
/** Whoever waits goes on when nothing comes any more, and the counts tell. */
const silenceMs = 60_000

const received = countReceived()
const { counts, owed, arrivals } = received
let folders: SiteFolders | undefined

function placed(): SiteFolders {
  if (folders === undefined) throw new Error('the partner has no folders yet')
  return folders
}

const isPackage = (name: string) => name.endsWith('.cms')
const packagesIn = (folder: string) => readdirSync(folder).filter(isPackage)

function lay({ name, bytes }: Pick<Prepared, 'name'> & { bytes: Uint8Array }): void {
  const path = join(placed().pickup, name)
  writeFileSync(`${path}.tmp`, bytes)
  renameSync(`${path}.tmp`, path)
}

async function layAll({ file, backlogMax }: { file: string; backlogMax: number }): Promise<object> {
  const packages = readPrepared(file)
  const times: Record<string, number> = {}
  const startedAt = Date.now()
  let next = 0
  while (next < packages.length) {
    const room = backlogMax - packagesIn(placed().pickup).length
    for (const one of packages.slice(next, next + Math.max(room, 0))) {
      lay(one)
      const at = Date.now()
      for (const id of one.ids) times[id] = at
      next += 1
    }
    await pause(lookEveryMs)
  }
  return { startedAt, times }
}

async function takeOn(): Promise<void> {
  for (;;) {
    for (const name of packagesIn(placed().put)) {
      const path = join(placed().put, name)
      const bytes = readFileSync(path)
      rmSync(path)
      received.take(bytes)
    }
    await pause(lookEveryMs)
  }
}

async function tellOn(signer: Signer, operator: OperatorCode): Promise<void> {
  for (;;) {
    const items = owed
      .splice(0, receiptsPerPackageMax)
      .map((message) => ({ outcome: 'success' as const, message }))
    if (items.length > 0) lay(packReceipts(signer, { items, operator, at: new Date() }))
    await pause(receiptsEveryMs)
  }
}

async function waitFor(isDone: () => boolean): Promise<void> {
  const begunAt = Date.now()
  while (!isDone()) {
    if (Date.now() - Math.max(begunAt, counts.lastAt) > silenceMs) return
    await pause(lookEveryMs)
  }
}

/** What lies where nothing should lie in the end. */
function left(): object {
  const { pickup, claimed, answersOut, put } = placed()
  return {
    inPickup: packagesIn(pickup).length,
    inClaimed: readdirSync(claimed).length,
    inPut: packagesIn(put).length,
    refusals: readdirSync(answersOut).length,
  }
}

async function setUp({ root, certificate, key, receiptsFor }: Setup): Promise<object> {
  folders = makeSiteFolders(root, siteOf({ address: 'sftp://hub@127.0.0.1', hostKeys: [] }))
  const identity = openIdentity({ name: 'bench', certificates: certificate, key })
  if (isRefusal(identity)) throw new Error(identity.code)
  const fail = (error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    process.exit(1)
  }
  takeOn().catch(fail)
  tellOn(createSigner(identity), receiptsFor as OperatorCode).catch(fail)
  return {}
}

async function answer(question: Question): Promise<object> {
  const { lay: work, wait } = question
  if (work !== undefined) return layAll(work)
  if (question.left) return left()
  if (wait === undefined) return setUp(question as Setup)
  await waitFor(() =>
    'messages' in wait ? counts.distinct >= wait.messages : counts.success + counts.other >= wait.receipts,
  )
  return { ...counts, arrivals }
}

process.on('message', async (question: Question) => {
  process.send?.(await answer(question))
})
