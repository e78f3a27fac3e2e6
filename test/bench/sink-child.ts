// A receiving operator of a bench: takes packages, answers receipts in groups, counts messages and receipts.

import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { packReceipts } from '../../hub/simulate/packages.ts'
import { readSigned } from '../../hub/trust/cms.ts'
import { openIdentity } from '../../hub/trust/identity.ts'
import { createSigner, type Signer } from '../../hub/trust/sign.ts'
import { inflateEntry } from '../../operators/containers/zip/inflate.ts'
import { readZip } from '../../operators/containers/zip/read.ts'
import { roseu } from '../../operators/dialects/roseu/index.ts'
import type { MessageId, OperatorCode } from '../../schemas/ids.ts'
import { isRefusal } from '../../schemas/refusals.ts'

type Setup = { pki: Record<string, { certificate: string; key: string }>; code: string; hub: string }

const receiptsEveryMs = 50
const arrivals: Record<string, number> = {}
const names = new Set<string>()
const owed: MessageId[] = []
const got = { twice: 0, packages: 0, success: 0, other: 0, lastAt: 0 }
let waiting: (() => void) | undefined

/** Counts what is inside; the sink trusts the hub's signature, for its own checks are not what is measured. */
function take(bytes: Buffer): void {
  const signed = readSigned(bytes)
  if (isRefusal(signed)) throw new Error(signed.code)
  const zip = readZip(signed.content)
  if (isRefusal(zip)) throw new Error(zip.code)
  got.packages += 1
  got.lastAt = Date.now()
  const receipts = zip.entries.find((entry) => entry.name === 'receipts.xml')
  if (receipts !== undefined) {
    const xml = inflateEntry(signed.content, receipts)
    const read = isRefusal(xml) ? xml : roseu.readReceipts(xml)
    if (isRefusal(read)) throw new Error(read.code)
    for (const item of read.items) got[item.outcome === 'success' ? 'success' : 'other'] += 1
    return
  }
  for (const entry of zip.entries) {
    const [id = '', file] = entry.name.split('/')
    if (file !== 'description.xml') continue
    if (id in arrivals) got.twice += 1
    else owed.push(id as MessageId)
    arrivals[id] = got.lastAt
  }
}

const server = http.createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const name = request.headers['content-disposition'] ?? ''
    if (!names.has(name)) {
      names.add(name)
      take(Buffer.concat(chunks))
    }
    response.end('accepted')
    waiting?.()
  })
})

function tellReceipts(setup: Setup, signer: Signer): void {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 2 })
  setInterval(() => {
    const items = owed.splice(0, 500).map((message) => ({ outcome: 'success' as const, message }))
    if (items.length === 0) return
    const prepared = packReceipts(signer, { items, operator: '2ZA' as OperatorCode, at: new Date() })
    const headers = {
      'content-disposition': `attachment; filename="${prepared.name}"`,
      'content-length': prepared.bytes.length,
    }
    const request = http.request(setup.hub, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      if (response.statusCode !== 200) throw new Error(`the hub refused receipts with ${response.statusCode}`)
    })
    request.end(prepared.bytes)
  }, receiptsEveryMs)
}

function waitFor(isDone: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    waiting = () => {
      if (isDone()) resolve()
    }
    waiting()
  })
}

process.on('message', async (question: Partial<Setup> & { waitMessages?: number; waitReceipts?: number }) => {
  const { waitMessages, waitReceipts } = question
  if (waitMessages !== undefined) {
    await waitFor(() => Object.keys(arrivals).length >= waitMessages)
    process.send?.({ ...got, arrivals })
    return
  }
  if (waitReceipts !== undefined) {
    await waitFor(() => got.success + got.other >= waitReceipts)
    process.send?.(got)
    return
  }
  const setup = question as Setup
  const keys = setup.pki[setup.code]
  const identity = keys && openIdentity({ name: setup.code, certificates: keys.certificate, key: keys.key })
  if (identity === undefined || isRefusal(identity)) throw new Error('no identity')
  tellReceipts(setup, createSigner(identity))
  server.listen(0, '127.0.0.1', () => {
    process.send?.({ address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` })
  })
})
