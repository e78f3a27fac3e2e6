// The sender of a bench: posts prepared packages over keep-alive connections and notes when each message left.

import http from 'node:http'
import { type Prepared, readPrepared } from './prepared-file.ts'

function post(agent: http.Agent, address: URL, one: Prepared): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-disposition': `attachment; filename="${one.name}"`,
      'content-length': one.bytes.length,
    }
    const request = http.request(address, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    request.on('error', reject)
    request.setNoDelay(true)
    request.end(one.bytes)
  })
}

type Sending = { hub: string; connections: number; messages: number }

let packages: Prepared[] = []
let next = 0

process.on('message', async (question: { file: string } | Sending) => {
  if ('file' in question) {
    packages = readPrepared(question.file)
    process.send?.({})
    return
  }
  const agent = new http.Agent({ keepAlive: true, maxSockets: question.connections })
  const address = new URL(question.hub)
  const times: Record<string, number> = {}
  const door: number[] = []
  let sent = 0
  let refused = 0
  const { messages } = question
  let started = 0
  const startedAt = Date.now()
  const send = async () => {
    for (let one = packages[next]; one !== undefined && started < messages; one = packages[next]) {
      next += 1
      started += one.ids.length
      const at = Date.now()
      for (const id of one.ids) times[id] = at
      const status = await post(agent, address, one)
      door.push(Date.now() - at)
      if (status === 200) sent += one.ids.length
      else refused += one.ids.length
    }
  }
  await Promise.all(Array.from({ length: question.connections }, send))
  agent.destroy()
  door.sort((a, b) => a - b)
  const at = (share: number) => door[Math.min(door.length - 1, Math.floor(door.length * share))]
  process.send?.({ startedAt, sent, refused, times, door: { p50: at(0.5), p99: at(0.99) } })
})
