// A stub of the gateway of the directory of participants: a real HTTP server that answers as told, or misbehaves.

import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'

/** One participant as the gateway gives it. */
export type StubParticipant = { FnsParticipantId: string; Inn: string; Kpp?: string; FullName?: string }

/** How the stub behaves from now on. `known`: it answers from its list. */
export type StubManner =
  | { is: 'known' }
  | { is: 'answer'; status: number; body: string | object; headers?: Record<string, string> }
  | { is: 'silent' }
  | { is: 'cut' }
  | { is: 'huge'; bytes: number }

/** A running stub. */
export type ParticipantsStub = {
  address: string
  /** Paths with queries and the tokens that were shown, in the order of asking. */
  asked: { url: string; authorization: string | undefined }[]
  participants: StubParticipant[]
  /** ИНН of those who hid themselves. */
  hidden: Set<string>
  behave(manner: StubManner): void
  /** Resolves when one more question has come than by now. */
  nextAsked(): Promise<void>
  close(): void
}

/** Starts it on a free port of this machine; close it at the end. */
export async function startParticipantsStub(): Promise<ParticipantsStub> {
  let manner: StubManner = { is: 'known' }
  let waiting: (() => void)[] = []
  const stub: Pick<ParticipantsStub, 'asked' | 'participants' | 'hidden'> = {
    asked: [],
    participants: [],
    hidden: new Set(),
  }
  const server = http.createServer((request, response) => {
    stub.asked.push({ url: request.url ?? '', authorization: request.headers.authorization })
    for (const wake of waiting) wake()
    waiting = []
    answerAs(manner, stub, { url: request.url ?? '', response })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    ...stub,
    address: `http://127.0.0.1:${port}/gateway/`,
    behave: (wanted) => {
      manner = wanted
    },
    nextAsked: () => new Promise((resolve) => waiting.push(resolve)),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function answerAs(
  manner: StubManner,
  stub: Pick<ParticipantsStub, 'participants' | 'hidden'>,
  { url, response }: { url: string; response: http.ServerResponse },
): void {
  const json = { 'content-type': 'application/json; charset=utf-8' }
  switch (manner.is) {
    case 'silent':
      return
    case 'cut':
      response.writeHead(200, { ...json, 'content-length': 1000 })
      response.write('{"status":', () => response.destroy())
      return
    case 'huge':
      response.writeHead(200, json)
      response.end(`{"status":"NotFound","filler":"${'x'.repeat(manner.bytes)}"}`)
      return
    case 'answer': {
      const { status, body, headers } = manner
      response.writeHead(status, { ...json, ...headers })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
      return
    }
    case 'known':
      response.writeHead(200, json)
      response.end(JSON.stringify(knownAnswer(stub, new URL(url, 'http://stub').searchParams)))
  }
}

function knownAnswer(
  { participants, hidden }: Pick<ParticipantsStub, 'participants' | 'hidden'>,
  query: URLSearchParams,
): object {
  const [id, inn, kpp] = [query.get('id')?.toLowerCase(), query.get('inn'), query.get('kpp')]
  if (inn !== null && hidden.has(inn)) return { status: 'NotAllowed' }
  const found = participants.filter((one) =>
    id === undefined
      ? one.Inn === inn && (kpp === null || one.Kpp === kpp)
      : one.FnsParticipantId.toLowerCase() === id,
  )
  return found.length === 0 ? { status: 'NotFound' } : { status: 'Ok', participants: found }
}
