// A receiving operator of a bench: takes packages, answers receipts in groups, counts messages and receipts.

import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { packReceipts } from '../../hub/simulate/packages.ts'
import { openIdentity } from '../../hub/trust/identity.ts'
import { createSigner, type Signer } from '../../hub/trust/sign.ts'
import type { OperatorCode } from '../../schemas/ids.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { countReceived } from './received.ts'

type Setup = { pki: Record<string, { certificate: string; key: string }>; code: string; hub: string }

const receiptsEveryMs = 50
const names = new Set<string>()
const received = countReceived()
const { arrivals, owed, counts: got } = received
let waiting: (() => void) | undefined

const server = http.createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const name = request.headers['content-disposition'] ?? ''
    if (!names.has(name)) {
      names.add(name)
      received.take(Buffer.concat(chunks))
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
    await waitFor(() => got.distinct >= waitMessages)
    process.send?.({ ...got, arrivals })
    return
  }
  if (waitReceipts !== undefined) {
    await waitFor(() => got.success + got.other >= waitReceipts)
    process.send?.({ ...got })
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
