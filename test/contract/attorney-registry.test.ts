// The registry of powers of attorney over HTTP, against a gateway that misbehaves; and what is gathered with one.

import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createHttpAttorneyRegistry } from '../../hub/adapters/attorney-registry.ts'
import { readSignedAttorney } from '../../hub/trust/attorney/file.ts'
import { type AttorneySources, gatherAttorney as gatherWith } from '../../hub/trust/attorney/gather.ts'
import { judgeAttorney } from '../../hub/trust/attorney/judge.ts'
import type { AttorneyRegistry, RegistryFile, RegistryStatus } from '../../hub/trust/attorney/registry.ts'
import { type AskOptions, askRegistry } from '../../hub/trust/attorney/registry-asked.ts'
import { limits } from '../../schemas/limits.ts'
import {
  cast,
  certificateOf,
  factsOf,
  headCertificate,
  numbers,
  originalXml,
  person,
  representative,
  retrustXml,
  secondRetrustXml,
} from '../support/attorneys.ts'

const key = { number: numbers.original, principalInn: cast.organisation.inn }
const never = new AbortController().signal
const right = {
  number: numbers.original.toUpperCase(),
  principal: key.principalInn,
  status: 'valid',
  file: Buffer.from('file').toString('base64'),
  signature: Buffer.from('signature').toString('base64'),
}

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void

async function startGateway(t: Test, handler: Handler): Promise<string> {
  const server = http.createServer(handler)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/gateway/`
}

const answer =
  (body: unknown, status = 200, contentType = 'application/json'): Handler =>
  (_, response) => {
    response.writeHead(status, { 'content-type': contentType })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

async function registryOf(
  t: Test,
  handler: Handler,
  options: Partial<Parameters<typeof createHttpAttorneyRegistry>[0]> = {},
): Promise<AttorneyRegistry> {
  const address = await startGateway(t, handler)
  return createHttpAttorneyRegistry({ address, allowPrivateAddresses: true, timeoutMs: 5000, ...options })
}

t.test('it asks by number and principal below its address, and hands on what it is told', async (t) => {
  const asked: string[] = []
  const registry = await registryOf(t, (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    answer(right)(request, response)
  })
  t.strictSame(await registry.fetch(key, never), {
    outcome: 'found',
    bytes: Buffer.from('file'),
    signature: Buffer.from('signature'),
  })
  t.strictSame(await registry.status(key, never), { outcome: 'valid' })
  t.strictSame(asked, [
    `GET /gateway/attorneys/${key.number}?principal=9900000024`,
    `GET /gateway/attorneys/${key.number}/status?principal=9900000024`,
  ])
  await registry.status({ number: '../../x?y#z', principalInn: '1&2' }, never)
  t.equal(asked.at(-1), 'GET /gateway/attorneys/..%2F..%2Fx%3Fy%23z/status?principal=1%262')
})

const file = (outcome: RegistryFile['outcome']) => ({ outcome })
const revoked = { ...right, status: 'revoked' }
const answers: [
  name: string,
  handler: Handler,
  file: Partial<RegistryFile>,
  status: Partial<RegistryStatus>,
][] = [
  [
    'unknown with 404',
    answer({ ...right, status: 'unknown' }, 404),
    file('not-found'),
    { outcome: 'unknown' },
  ],
  ['unknown with 200', answer({ ...right, status: 'unknown' }), file('not-found'), { outcome: 'unknown' }],
  [
    'revoked, with an instant and no file',
    answer({ ...revoked, file: undefined, revokedAt: '2026-05-01T10:00:00+03:00' }),
    { outcome: 'revoked', at: '2026-05-01T10:00:00+03:00' },
    { outcome: 'revoked', at: '2026-05-01T10:00:00+03:00' },
  ],
  [
    'revoked on a day',
    answer({ ...revoked, revokedAt: '2026-05-01' }),
    file('found'),
    { outcome: 'revoked', at: '2026-05-01' },
  ],
  [
    'revoked at a time without a zone',
    answer({ ...revoked, revokedAt: '2026-05-01T10:00:00' }),
    file('found'),
    { outcome: 'revoked', at: undefined },
  ],
]

t.test('every answer of the form', async (t) => {
  for (const [name, handler, asFile, asStatus] of answers) {
    const registry = await registryOf(t, handler)
    t.match(await registry.fetch(key, never), asFile, name)
    t.match(await registry.status(key, never), asStatus, name)
  }
  const bare = await registryOf(t, answer({ ...right, signature: undefined }))
  t.match(await bare.fetch(key, never), { outcome: 'found', signature: undefined })
})

const silences: [name: string, handler: Handler, reason: string | RegExp][] = [
  ['404 of a proxy', answer('<html>', 404, 'text/html'), 'answer.content-type'],
  ['404 for what is valid', answer(right, 404), 'answer.garbage'],
  ['500', answer(right, 500), 'answer.500'],
  [
    'a redirect',
    (_, response) => response.writeHead(302, { location: 'http://127.0.0.1/' }).end(),
    'answer.302',
  ],
  ['a page', answer('<html>', 200, 'text/html'), 'answer.content-type'],
  ['no JSON', answer('{"number":'), 'answer.garbage'],
  ['JSON that is no object', answer('[1]'), /answer/],
  ['null', answer('null'), 'answer.garbage'],
  ['another number', answer({ ...right, number: numbers.retrust }), 'answer.other'],
  ['another principal', answer({ ...right, principal: cast.manager.inn }), 'answer.other'],
  ['a status nobody knows', answer({ ...right, status: 'fine' }), 'answer.garbage'],
  [
    'half an answer',
    (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"number"', () => response.destroy())
    },
    /answer.cut|ECONNRESET/,
  ],
  ['a connection that is closed', (request) => request.socket.destroy(), 'ECONNRESET'],
  [
    'an answer without end',
    (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = (): void => {
        if (!response.destroyed) response.write(' '.repeat(64 * 1024), () => setImmediate(more))
      }
      more()
    },
    'answer.too-large',
  ],
  [
    'huge headers',
    (_, response) => response.writeHead(200, { x: 'x'.repeat(limits.headerBytesMax + 1) }).end(),
    'HPE_HEADER_OVERFLOW',
  ],
]

t.test('whatever else comes is silence, never a pass and never a throw', async (t) => {
  for (const [name, handler, reason] of silences) {
    const registry = await registryOf(t, handler)
    t.match(await registry.fetch(key, never), { outcome: 'silent', reason }, name)
    t.match(await registry.status(key, never), { outcome: 'silent', reason }, name)
  }
  for (const broken of ['не base64!', '', 17]) {
    const registry = await registryOf(t, answer({ ...right, file: broken }))
    t.match(await registry.fetch(key, never), { outcome: 'silent', reason: 'answer.no-file' })
  }
})

t.test('an answer as large as is read, and a byte more', async (t) => {
  const text = JSON.stringify(right)
  const registry = await registryOf(t, answer(text), { answerBytesMax: text.length })
  t.match(await registry.fetch(key, never), { outcome: 'found' })
  const smaller = await registryOf(t, answer(text), { answerBytesMax: text.length - 1 })
  t.match(await smaller.fetch(key, never), { outcome: 'silent', reason: 'answer.too-large' })
  const padded = text.padEnd(limits.registryAnswerBytesMax)
  t.match(await (await registryOf(t, answer(padded))).fetch(key, never), { outcome: 'found' })
  t.match(await (await registryOf(t, answer(`${padded} `))).fetch(key, never), { outcome: 'silent' })
})

t.test('what is slow, aborted, forbidden or not there is silent', async (t) => {
  const slow = await registryOf(t, () => undefined, { timeoutMs: 50 })
  t.match(await slow.status(key, never), { outcome: 'silent', reason: 'timeout' })
  const dripping = await registryOf(
    t,
    (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const drip = setInterval(() => response.write(' '), 10)
      response.on('close', () => clearInterval(drip))
    },
    { timeoutMs: 100 },
  )
  t.match(await dripping.status(key, never), { outcome: 'silent', reason: 'timeout' })
  t.ok(limits.registryTimeoutMs < limits.registryDeadlineMs)
  const stop = new AbortController()
  const stopped = await registryOf(t, () => stop.abort())
  t.match(await stopped.status(key, stop.signal), { outcome: 'silent', reason: 'aborted' })
  t.match(await stopped.status(key, stop.signal), { outcome: 'silent', reason: 'aborted' }, 'aborted before')
  const forbidden = { address: 'http://127.0.0.1:1/', allowPrivateAddresses: false }
  t.match(await createHttpAttorneyRegistry(forbidden).fetch(key, never), { reason: 'address.network' })
  const named = { ...forbidden, address: 'http://registry.invalid/' }
  const resolve = ((_: string, __: object, done: (error: null, found: object[]) => void) =>
    done(null, [{ address: '127.0.0.1', family: 4 }])) as never
  t.match(await createHttpAttorneyRegistry({ ...named, resolve }).fetch(key, never), {
    reason: 'ERR_ADDRESS_FORBIDDEN',
  })
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const gone = createHttpAttorneyRegistry({
    address: `http://127.0.0.1:${port}`,
    allowPrivateAddresses: true,
  })
  t.match(await gone.status(key, never), { outcome: 'silent', reason: 'ECONNREFUSED' })
})

/** A registry in memory: files by number, statuses by number; everything asked is counted. */
function memory(files: Record<string, string>, statuses: Record<string, RegistryStatus> = {}) {
  const asked: string[] = []
  const registry: AttorneyRegistry = {
    async fetch({ number, principalInn }) {
      asked.push(`${number.slice(-2)} ${principalInn}`)
      const xml = files[number]
      if (xml === undefined) return { outcome: 'not-found' }
      return { outcome: 'found', bytes: Buffer.from(xml), signature: Buffer.from('signature') }
    },
    async status({ number }) {
      return statuses[number] ?? { outcome: 'valid' }
    },
  }
  return { registry, asked }
}

const chain = {
  [numbers.original]: originalXml(),
  [numbers.retrust]: retrustXml(),
  [numbers.second]: secondRetrustXml(),
}
const fileOf = (xml: string, fileName = 'мчд.xml') => ({
  ...readSignedAttorney(Buffer.from(xml), Buffer.from('signature')),
  fileName,
})

type Sources = AttorneySources & AskOptions

async function gatherAttorney(sources: Sources) {
  const asked = askRegistry(sources)
  try {
    return await gatherWith(sources, asked)
  } finally {
    asked.close()
  }
}

function sourcesOf(changes: Partial<Sources> = {}): Sources {
  return {
    files: [],
    requisites: [],
    documentSigner: certificateOf(cast.employee),
    senderInn: cast.organisation.inn,
    registry: undefined,
    read: async (bytes, signature) => readSignedAttorney(bytes, signature),
    verify: async ({ signatures }) =>
      signatures.map(() => ({ indication: 'passed', signer: headCertificate() })),
    signal: never,
    ...changes,
  }
}

const named = (number: string) => [{ source: 'document' as const, number }]
const numbersOf = ({ chain: links }: { chain: readonly { attorney: { number: string } }[] }) =>
  links.map(({ attorney }) => attorney.number)

t.test('files of the message are enough when the chain is whole', async (t) => {
  const gathered = await gatherAttorney(sourcesOf({ files: [fileOf(originalXml())] }))
  t.strictSame(numbersOf(gathered), [numbers.original])
  t.match(gathered, { chain: [{ source: 'file', fileName: 'мчд.xml' }], registry: [{ status: 'not-asked' }] })
  t.notOk('gap' in gathered)
  t.match(
    judgeAttorney(factsOf({ ...gathered })),
    { status: 'HasWarnings' },
    'a registry nobody asked is a warning',
  )
  const bare = await gatherAttorney(sourcesOf({ files: [{ ...fileOf(originalXml()), signatures: [] }] }))
  t.strictSame(bare.chain[0]?.signatures, [])
  const all = sourcesOf({
    files: Object.values(chain).map((xml) => fileOf(xml)),
    documentSigner: certificateOf(cast.second),
  })
  t.strictSame(numbersOf(await gatherAttorney(all)), [numbers.second, numbers.retrust, numbers.original])
  const stranger = { ...all, documentSigner: {} }
  t.strictSame(numbersOf(await gatherAttorney(stranger))[0], numbers.second, 'the one no other derives from')
  const meant = { ...all, requisites: named(numbers.retrust.toUpperCase()) }
  t.strictSame(
    numbersOf(await gatherAttorney(meant)),
    [numbers.retrust, numbers.original],
    'the one that is named',
  )
  t.strictSame(await gatherAttorney(sourcesOf()), { chain: [], registry: [] })
})

t.test('what is not in the message comes from the registry, by number and principal', async (t) => {
  const { registry, asked } = memory(chain)
  const of = sourcesOf({
    registry,
    requisites: named(numbers.second),
    documentSigner: certificateOf(cast.second),
  })
  const gathered = await gatherAttorney(of)
  t.strictSame(numbersOf(gathered), [numbers.second, numbers.retrust, numbers.original])
  t.match(gathered, { chain: [{ source: 'registry' }, {}, {}], registry: [{ status: 'valid' }, {}, {}] })
  t.strictSame(asked, ['03 9900000024', '02 9900000024', '01 9900000024'])
  const inn = [
    {
      ...named(numbers.original)[0],
      source: 'description' as const,
      number: numbers.original,
      principalInn: '9900000017',
    },
  ]
  await gatherAttorney(sourcesOf({ registry, requisites: inn }))
  t.equal(asked.at(-1), '01 9900000017')
  const odd = await gatherAttorney(sourcesOf({ registry, requisites: named('17') }))
  t.strictSame(odd, { chain: [], registry: [] }, 'what is no number is not asked for')
  const nobody = await gatherAttorney(
    sourcesOf({ registry, requisites: named(numbers.original), senderInn: undefined }),
  )
  t.match(nobody, { chain: [], gap: { reason: 'not-asked' } })
  t.match(await gatherAttorney(sourcesOf({ requisites: named(numbers.original) })), {
    gap: { reason: 'not-asked' },
  })
})

t.test('why a chain ends is said', async (t) => {
  const leaf = { requisites: named(numbers.retrust), documentSigner: certificateOf(cast.deputy) }
  const gapWith = async (files: Record<string, string>, more: Partial<Sources> = {}) =>
    (await gatherAttorney(sourcesOf({ ...leaf, registry: memory(files).registry, ...more }))).gap
  t.match(await gapWith({}), { reason: 'not-found', number: numbers.retrust })
  t.match(await gapWith({ [numbers.retrust]: retrustXml() }), {
    reason: 'not-found',
    number: numbers.original,
  })
  t.match(await gapWith({ [numbers.retrust]: '<x/>' }), { reason: 'unreadable', seen: /attorney.invalid/ })
  t.match(await gapWith({ [numbers.retrust]: '<Доверенность/>' }), { reason: 'other-format' })
  t.match(await gapWith({ [numbers.retrust]: originalXml() }), {
    reason: 'silent',
    seen: 'it gave another number',
  })
  t.match(await gapWith({ [numbers.retrust]: retrustXml({ first: '' }) }), { reason: 'not-found' })
  const loop = retrustXml({ first: `НомДоверПерв="${numbers.retrust}"` })
  t.match(await gapWith({ [numbers.retrust]: loop }), { reason: 'loop', number: numbers.retrust })
  t.match((await gatherAttorney(sourcesOf({ files: [fileOf('<x/>')] }))).gap, { reason: 'unreadable' })
  const both = sourcesOf({ files: [fileOf('<x/>'), fileOf(originalXml())] })
  t.strictSame(numbersOf(await gatherAttorney(both)), [numbers.original], 'one that can be read is better')
  const at = '2026-05-01T00:00:00Z'
  const gone: AttorneyRegistry = {
    fetch: async () => ({ outcome: 'revoked', at }),
    status: async () => ({ outcome: 'revoked', at }),
  }
  const gathered = await gatherAttorney(sourcesOf({ ...leaf, registry: gone }))
  t.match(gathered, { gap: { reason: 'revoked' }, registry: [{ status: 'revoked', at }] })
  t.match(judgeAttorney(factsOf({ ...gathered })), { status: 'IsNotValid' })
})

t.test('a chain is followed as far as the limit, and no further', async (t) => {
  const numberOf = (index: number) => numbers.original.replace(/\d\d$/, String(10 + index))
  const longChain = (length: number) => {
    const files: Record<string, string> = { [numberOf(0)]: originalXml({ number: numberOf(0) }) }
    for (let index = 1; index < length; index += 1) {
      const first = `НомДоверПерв="${numberOf(0)}" НомДоверN="${numberOf(index - 1)}"`
      files[numberOf(index)] = retrustXml({ number: numberOf(index), parentIsRetrust: index > 1, first })
    }
    return { requisites: named(numberOf(length - 1)), registry: memory(files).registry }
  }
  const whole = await gatherAttorney(sourcesOf(longChain(limits.attorneyChainMax)))
  t.equal(whole.chain.length, limits.attorneyChainMax)
  t.notOk('gap' in whole)
  const cut = await gatherAttorney(sourcesOf(longChain(limits.attorneyChainMax + 1)))
  t.equal(cut.chain.length, limits.attorneyChainMax)
  t.match(cut.gap, { reason: 'too-long', number: numberOf(0) })
})

t.test('files beyond the limit are not looked at', async (t) => {
  const other = (index: number) =>
    fileOf(
      originalXml({
        number: numbers.original.replace(/\d\d$/, String(20 + index)),
        representatives: representative(3, person('СведФизЛ', cast.deputy)),
      }),
    )
  const others = (count: number) => Array.from({ length: count }, (_, index) => other(index))
  const last = await gatherAttorney(
    sourcesOf({ files: [...others(limits.attorneyFilesMax - 1), fileOf(originalXml())] }),
  )
  t.strictSame(numbersOf(last), [numbers.original])
  const beyond = await gatherAttorney(
    sourcesOf({ files: [...others(limits.attorneyFilesMax), fileOf(originalXml())] }),
  )
  t.not(numbersOf(beyond)[0], numbers.original)
})

t.test(
  'a registry that is silent, rejects or never answers ends by the deadline with a warning',
  async (t) => {
    const hanging = () => new Promise<never>(() => undefined)
    const failing = async () => Promise.reject(new TypeError('broken'))
    for (const [ask, seen] of [
      [hanging, 'deadline'],
      [failing, 'TypeError'],
    ] as const) {
      const registry: AttorneyRegistry = { fetch: ask, status: ask }
      const attached = await gatherAttorney(
        sourcesOf({ registry, files: [fileOf(originalXml())], deadlineMs: 20 }),
      )
      t.match(attached, { chain: [{}], registry: [{ status: 'silent', seen }] })
      t.match(judgeAttorney(factsOf({ ...attached })), { status: 'HasWarnings', summary: 'warning' })
      const requested = await gatherAttorney(
        sourcesOf({ registry, requisites: named(numbers.original), deadlineMs: 20 }),
      )
      t.match(requested, { chain: [], gap: { reason: 'silent', seen } })
      t.match(judgeAttorney(factsOf({ ...requested })), { status: 'CanNotBeValidated', summary: 'warning' })
    }
    const stop = new AbortController()
    const waiting = gatherAttorney(
      sourcesOf({
        registry: { fetch: hanging, status: hanging },
        files: [fileOf(originalXml())],
        signal: stop.signal,
      }),
    )
    stop.abort()
    t.match(await waiting, { registry: [{ status: 'silent' }] })
  },
)
