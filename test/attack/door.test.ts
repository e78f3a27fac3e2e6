// Everything a sender may do wrong, over HTTP against a real hub: the code, the record, and nothing stored.

import t, { type Test } from 'tap'
import { makeDoor } from '../../hub/pipeline/1-accept.ts'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { composeMessage } from '../../hub/simulate/messages.ts'
import { tamper } from '../../hub/simulate/packages.ts'
import { SimulatedAuthority } from '../../hub/simulate/subscriber.ts'
import { oids } from '../../hub/trust/der/oids.ts'
import { octetString } from '../../hub/trust/der/write.ts'
import { createSigner } from '../../hub/trust/sign.ts'
import { writeZip } from '../../operators/containers/zip/write.ts'
import type { DoorLimits } from '../../operators/transports/door-limits.ts'
import { createPartnerServer } from '../../operators/transports/http-server.ts'
import { type PeerId, parsePackageName } from '../../schemas/ids.ts'
import type { JournalEntry } from '../../schemas/journal.ts'
import { limits } from '../../schemas/limits.ts'
import { type RefusalCode, refusalRow, refusals, refuse } from '../../schemas/refusals.ts'
import { blobBytes, countStored, type DoorReply, freshName, postPackage } from '../support/door-client.ts'
import { editDescription } from '../support/edited-message.ts'
import { algorithmOf, attributeOf, type Forgery, forge } from '../support/forged-cms.ts'
import { hostilePackages } from '../support/hostile-packages.ts'
import { hostileZip } from '../support/hostile-zip.ts'
import { openSender, packageHead, packageRequest } from '../support/http-peers.ts'
import { startRelay } from '../support/relay.ts'

const relay = await startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB' }] })
const [a, b] = relay.partners
const signer = createSigner(a.party.identity)
const authority = new SimulatedAuthority()
const stranger = authority.operator({ code: '2ZA', name: 'Чужой', inn: '7700000001' })
const post = (bytes: Uint8Array, name = freshName(), headers = {}) =>
  postPackage(relay.hub.partnerAddress, { name, bytes, headers })
const portOf = (address: string) => Number(new URL(address).port)
const goodZip = () => writeZip(a.message(b).parts)

/** What a refusal may leave behind: one entry (none of our own overload), the stored answer where RULES 11 has it. */
type Trace = { code: RefusalCode; entries?: number; isStored: boolean }

/** Runs `act` and checks what it left: entries with the code, perhaps a stored answer, nothing else. */
async function leaves<Result>(t: Test, trace: Trace, act: () => Promise<Result>): Promise<Result> {
  const [before, bytesBefore] = [await countStored(relay), await blobBytes(relay)]
  const result = await act()
  reached.add(trace.code)
  const entries = trace.entries ?? 1
  const isMade = async () =>
    (await countStored(relay)).refused >= before.refused + entries ? true : undefined
  await relay.until(isMade, `an entry with ${trace.code}`)
  const after = await countStored(relay)
  const expected = {
    ...before,
    refused: before.refused + entries,
    answers: before.answers + (trace.isStored ? 1 : 0),
  }
  t.same(after, expected, `${trace.code}: exactly one entry, and no row but a stored answer when it is due`)
  t.equal(await blobBytes(relay), bytesBefore, `${trace.code}: no bytes kept`)
  const last = entries === 0 ? [] : (await relay.entries('package.refused')).slice(-entries)
  t.ok(
    last.every(({ facts }) => facts['code'] === trace.code),
    `${trace.code}: the entry says why`,
  )
  return result
}

const reached = new Set<RefusalCode>()

function isRefused(t: Test, reply: DoorReply, code: RefusalCode): void {
  const { status, text } = reply
  reached.add(code)
  t.same({ status, code: reply.code }, { status: refusalRow(code).status, code })
  t.ok(text.startsWith(`${code}: `) && text.length > code.length + 20, `${code} is explained`)
}

/** Refused, recorded, and the same again for the same bytes under the same name. */
async function isRefusedTwice(
  t: Test,
  bytes: Uint8Array,
  code: RefusalCode,
  isStored: boolean,
): Promise<void> {
  const name = freshName()
  const first = await leaves(t, { code, isStored }, () => post(bytes, name))
  isRefused(t, first, code)
  const before = await countStored(relay)
  t.same(await post(bytes, name), first, `${code}: the same answer again`)
  const after = await countStored(relay)
  const grown = isStored ? { repeated: before.repeated + 1 } : { refused: before.refused + 1 }
  t.same(
    after,
    { ...before, ...grown },
    `${code}: the repetition is recorded as ${isStored ? 'such' : 'a refusal'}`,
  )
}

t.test(
  'RULES 9: refuses what is not the CMS of a known peer, and stores nothing for whoever did not sign',
  async (t) => {
    const identity = a.party.identity
    const content = goodZip()
    const forged = (forgery: Forgery = {}) => forge(identity, { content, ...forgery })
    const honest = forged()
    const cut = honest.subarray(0, honest.length - 20)
    const cases: [RefusalCode, string, Uint8Array][] = [
      ['cms.not-cms', 'text', Buffer.from('это не CMS')],
      ['cms.not-cms', 'the bare ZIP', content],
      ['cms.not-cms', 'one byte', Buffer.from([0x30])],
      ['cms.broken', 'a CMS cut short', cut],
      ['cms.broken', 'bytes behind the CMS', Buffer.concat([honest, Buffer.from('x')])],
      ['cms.broken', 'a length that lies', Buffer.concat([honest.subarray(0, 40), honest.subarray(41)])],
      ['cms.not-signed', 'no signer', forged({ signers: 0 })],
      ['cms.signers-many', 'two signers', forged({ signers: 2 })],
      ['cms.detached', 'no content', forged({ encapsulated: [] })],
      [
        'cms.certificate-missing',
        'a stranger without a certificate',
        forge(stranger.identity, { content, certificates: [] }),
      ],
      ['cms.algorithm', 'a digest of another kind', forged({ digestAlgorithm: algorithmOf(oids.sha256) })],
      ['cms.attributes', 'no content-type', forged({ attributes: ({ messageDigest }) => [messageDigest] })],
      [
        'cms.digest',
        'the digest of something else',
        forged({
          attributes: ({ contentType }) => [
            contentType,
            attributeOf(oids.messageDigest, octetString(Buffer.alloc(32))),
          ],
        }),
      ],
      ['cms.digest', 'a bit of the content turned over', tamper(a.pack([a.message(b)])).bytes],
      ['cms.signature', 'a signature of something else', forged({ signed: 'nothing' })],
      [
        'cms.too-complex',
        'many certificates',
        forged({ certificates: Array.from({ length: 40 }, () => identity.certificate.der) }),
      ],
    ]
    for (const [code, what, bytes] of cases) {
      await t.test(what, async (t) => isRefusedTwice(t, bytes, code, false))
    }
  },
)

t.test('RULES 9: names no peer by a certificate that anybody can show', async (t) => {
  const { thumbprint } = a.party.identity.certificate
  const forged = () => forge(a.party.identity, { content: goodZip(), signed: 'nothing' })
  const { watcher } = relay.hub.context
  const { arrived } = watcher
  const labels: (string | undefined)[] = []
  watcher.arrived = (told) => {
    if (told.code !== 'accepted') labels.push(told.peer)
    arrived(told)
  }
  t.teardown(() => {
    watcher.arrived = arrived
  })
  const factsAfter = async (code: RefusalCode, bytes: Uint8Array, name: string) => {
    const reply = await leaves(t, { code, isStored: false }, () => post(bytes, name))
    isRefused(t, reply, code)
    return { reply, facts: (await relay.entries('package.refused')).at(-1)?.facts ?? {} }
  }
  const known = a.pack([a.message(b)])
  t.match(await post(known.bytes, known.name), { status: 200 })
  await relay.idle()
  for (const name of [freshName(), known.name]) {
    const { reply, facts } = await factsAfter('cms.signature', forged(), name)
    t.match(facts, { claimed: thumbprint, name })
    t.notOk('peer' in facts, 'the entry names no peer')
    t.notMatch(reply.text, known.sha256.slice(0, 16), 'a stranger learns nothing of what is stored')
  }
  const other = a.pack([a.message(b)])
  const { facts } = await factsAfter('door.name-reused', other.bytes, known.name)
  t.match(facts, { peer: '2za' }, 'who signed is named')
  t.notOk('claimed' in facts)
  t.strictSame(labels, [undefined, undefined, '2za'], 'nor does a metric')
  const stray = createSigner(
    new SimulatedAuthority().operator({ code: '2ZQ', name: 'Никто', inn: '7700000009' }).identity,
  )
  const unknown = await factsAfter('peer.unknown', stray.sign(goodZip(), new Date()), freshName())
  t.match(unknown.facts, { claimed: /^[0-9a-f]{64}$/ })
})

t.test('journals forged packages within the rate of strangers', async (t) => {
  let now = new Date()
  const entries: JournalEntry[] = []
  const { context } = relay.hub
  const door = makeDoor({
    ...context,
    clock: { ...context.clock, now: () => now },
    store: { ...context.store, query: async () => ({ rows: [], rowCount: 0 }) },
    workers: { ...context.workers, inspect: async () => refuse('cms.signature', 'a forgery') },
    committer: {
      ...context.committer,
      async submit({ journal = [] }) {
        entries.push(...journal)
        return true
      },
    },
  })
  const { bytes } = a.pack([a.message(b, { size: 100 })])
  const knock = (count: number) =>
    Promise.all(
      Array.from({ length: count }, () => {
        const name = parsePackageName(freshName())
        if (name === undefined) throw new Error('a name')
        return door.accept({
          transport: 'http',
          name,
          bytes,
          receiptAddress: undefined,
          remote: 'x',
          at: now,
        })
      }),
    )
  await knock(limits.strangerRefusalsBurstMax + 7)
  t.equal(entries.length, limits.strangerRefusalsBurstMax)
  now = new Date(now.getTime() + 1000)
  await knock(1)
  t.match(entries.at(-1)?.facts, { code: 'cms.signature', suppressedBefore: 7 })
})

t.test('RULES 9: refuses every hostile container of a registered peer, once and for all', async (t) => {
  for (const { name, code, zip } of hostilePackages) {
    await t.test(name, async (t) => isRefusedTwice(t, signer.sign(zip(), new Date()), code, true))
  }
})

t.test('refuses descriptions of the wrong form', async (t) => {
  const message = a.message(b)
  const edited = (edit: (xml: string) => string) => a.pack([editDescription(message, edit)]).bytes
  const [document] = message.documents
  const documentElement = /<Документ [\s\S]*?<\/Документ>/
  const cases: [RefusalCode, string, (xml: string) => string][] = [
    ['description.id', 'an id of 31 characters', (xml) => xml.replaceAll(document?.id ?? '', 'a'.repeat(31))],
    [
      'description.id',
      'a signature id with a dash',
      (xml) => xml.replace(/ИдЭП="[^"]+"/, `ИдЭП="${'a-'.repeat(16)}"`),
    ],
    [
      'description.id',
      'a parent id of upper case',
      (xml) => xml.replace(/(<ЭП[^>]*КДокументу=")[^"]+/, `$1${'A'.repeat(32)}`),
    ],
    [
      'description.participant',
      'a recipient of 47 characters',
      (xml) => xml.replace(/Получатель="[^"]+"/, `Получатель="${'2'.repeat(47)}"`),
    ],
    ['description.attribute', 'no sender', (xml) => xml.replace(/Отправитель="[^"]+"/, '')],
    [
      'description.attribute',
      'a time without a zone',
      (xml) => xml.replace(/ДатаОтправки="[^"]+"/, 'ДатаОтправки="2026-10-01"'),
    ],
    [
      'description.duplicate-id',
      'a document that stands twice',
      (xml) => xml.replace(documentElement, '$&$&'),
    ],
    [
      'description.empty',
      'neither document nor signature',
      (xml) => xml.replace(documentElement, '').replace(/<ЭП [^>]*\/>/, ''),
    ],
  ]
  for (const [code, what, edit] of cases) {
    await t.test(what, async (t) => isRefusedTwice(t, edited(edit), code, true))
  }
})

t.test('takes a description whose unknown name or foreign value is cut within a character', async (t) => {
  const long = `${'а'.repeat(59)}𐐀б`
  const cases: [string, (xml: string) => string, string][] = [
    ['an attribute', (xml) => xml.replace('ИмяФайла=', `${long}="${long}" ИмяФайла=`), 'accepted'],
    ['an element', (xml) => xml.replace('</Документ>', `<${long}>${long}</${long}></Документ>`), 'accepted'],
    [
      'a wrong value',
      (xml) =>
        xml.replace(/ Зашифрован="[^"]*"/, '').replace(' ИмяФайла=', ` Зашифрован="${long}" ИмяФайла=`),
      'description.attribute',
    ],
  ]
  for (const [what, edit, code] of cases) {
    const reply = await post(a.pack([editDescription(a.message(b), edit)]).bytes)
    t.match(reply, { status: code === 'accepted' ? 200 : 400, code }, what)
  }
  await relay.idle()
})

t.test(
  'RULES 11: refuses whom our configuration does not admit, and takes the same package once it does',
  async (t) => {
    const by = { actor: 'test', reason: 'mended' }
    const apply = async (content: object) =>
      t.notMatch(await relay.hub.registry.apply(content, by), { refusals: [] })
    const takesLater = async (
      t: Test,
      code: RefusalCode,
      of: { bytes: Uint8Array; mend: () => Promise<unknown> },
    ) => {
      const name = freshName()
      for (let time = 0; time < 2; time++) {
        isRefused(t, await leaves(t, { code, isStored: false }, () => post(of.bytes, name)), code)
      }
      await of.mend()
      t.match(await post(of.bytes, name), { status: 200, code: 'accepted' }, 'accepted after the change')
      await relay.idle()
    }
    const peer = peerRow('2za')
    const register = (certificate: { der: Uint8Array }, period = {}) => {
      const pem = Buffer.from(certificate.der).toString('base64')
      return apply({ peers: [{ ...peer, certificates: [...peer.certificates, { pem, ...period }] }] })
    }
    const registerStranger = (period: object) => register(stranger.identity.certificate, period)
    const byStranger = () => createSigner(stranger.identity).sign(goodZip(), new Date())

    await t.test('an unknown peer', async (t) => {
      await takesLater(t, 'peer.unknown', { bytes: byStranger(), mend: () => registerStranger({}) })
    })
    await t.test('a certificate registered for another time', async (t) => {
      await registerStranger({ to: '2020-01-01' })
      await takesLater(t, 'peer.certificate-time', { bytes: byStranger(), mend: () => registerStranger({}) })
    })
    for (const [state, code] of [
      ['inactive', 'peer.inactive'],
      ['suspended', 'peer.suspended'],
    ] as const) {
      await t.test(`a peer that is ${state}`, async (t) => {
        await relay.hub.registry.setPeerState('2za' as PeerId, state, by)
        const mend = () => relay.hub.registry.setPeerState('2za' as PeerId, 'active', by)
        await takesLater(t, code, { bytes: a.pack([a.message(b)]).bytes, mend })
      })
    }
    await t.test('a message of an operator the peer has no grant for', async (t) => {
      const from = authority.subscriber({ id: '2ZC-7700000002', name: 'ООО "Чужое"', inn: '7700000002' })
      const at = new Date()
      const foreign = composeMessage({
        from,
        to: b.subscriber,
        at,
        documents: [freeDocument({ at, size: 100 })],
      })
      // One good message in front of it saves neither.
      const { bytes } = a.pack([a.message(b), foreign])
      const mend = () =>
        apply({
          operators: [{ id: 'op-2zc', name: 'В', active: true, codes: [{ code: '2ZC' }] }],
          grants: [{ peer: '2za', operator: 'op-2zc', basis: 'test', preference: 0 }],
        })
      await takesLater(t, 'grant.missing', { bytes, mend })
    })
    await t.test('a certificate that has expired', async (t) => {
      const old = new SimulatedAuthority(new Date('2010-01-01T00:00:00Z'))
      const { identity } = old.operator({ code: '2ZA', name: 'Прошлый', inn: '7700000003' })
      await register(identity.certificate)
      const bytes = createSigner(identity).sign(goodZip(), new Date())
      const code = 'peer.certificate-time'
      isRefused(t, await leaves(t, { code, isStored: false }, () => post(bytes)), code)
    })
  },
)

t.test('RULES 11: repeats a stored answer whatever became of peer and certificate since', async (t) => {
  const by = { actor: 'test', reason: 'meanwhile' }
  const peer = peerRow('2za')
  const setState = (state: 'active' | 'inactive' | 'suspended') =>
    relay.hub.registry.setPeerState('2za' as PeerId, state, by)
  // An active peer has a certificate in force, here another one than its packages are signed by.
  const another = { pem: Buffer.from(stranger.identity.certificate.der).toString('base64') }
  const register = async (period: object) => {
    const certificates = [{ pem: a.certificate, ...period }, another]
    const applied = await relay.hub.registry.apply({ peers: [{ ...peer, certificates }] }, by)
    if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))
  }
  const good = a.pack([a.message(b)])
  const bad = { name: freshName(), bytes: signer.sign(hostileZip([]), new Date()) }
  const fresh = a.pack([a.message(b)])
  const first = await post(good.bytes, good.name)
  const refused = await post(bad.bytes, bad.name)
  t.match([first, refused], [{ status: 200 }, { status: 400, code: 'zip.empty' }])
  await relay.idle()
  const cases: [RefusalCode, () => Promise<unknown>, () => Promise<unknown>][] = [
    ['peer.inactive', () => setState('inactive'), () => setState('active')],
    ['peer.suspended', () => setState('suspended'), () => setState('active')],
    ['peer.certificate-time', () => register({ to: '2020-01-01' }), () => register({})],
  ]
  for (const [code, change, restore] of cases) {
    await change()
    const before = await countStored(relay)
    t.same(await post(good.bytes, good.name), first, `${code}: what was taken`)
    t.same(await post(bad.bytes, bad.name), refused, `${code}: what was refused`)
    t.same(await countStored(relay), { ...before, repeated: before.repeated + 2 }, `${code}: and no more`)
    isRefused(t, await leaves(t, { code, isStored: false }, () => post(fresh.bytes, good.name)), code)
    isRefused(t, await leaves(t, { code, isStored: false }, () => post(fresh.bytes, fresh.name)), code)
    await restore()
  }
  t.match(await post(fresh.bytes, fresh.name), { status: 200 }, 'then as ever')
  await relay.idle()
})

function peerRow(id: string) {
  const peer = relay.hub.registry.book().peers.get(id)
  if (peer === undefined) throw new Error(id)
  return peer
}

t.test('RULES 11: tells a package that comes again from another one of the same name', async (t) => {
  const prepared = a.pack([a.message(b)])
  const other = a.pack([a.message(b)])
  const first = await post(prepared.bytes, prepared.name)
  t.match(first, { status: 200, code: 'accepted' })
  await relay.idle()
  const before = await countStored(relay)
  t.same(await post(prepared.bytes, prepared.name), first, 'the stored answer')
  t.same(
    await post(prepared.bytes, prepared.name.toUpperCase().replace('.CMS', '.cms')),
    first,
    'without regard to case',
  )
  t.same(await countStored(relay), { ...before, repeated: before.repeated + 2 }, 'and nothing else')
  const code = 'door.name-reused'
  isRefused(t, await leaves(t, { code, isStored: false }, () => post(other.bytes, prepared.name)), code)

  const bad = signer.sign(hostileZip([]), new Date())
  const name = freshName()
  isRefused(t, await post(bad, name), 'zip.empty')
  isRefused(t, await leaves(t, { code, isStored: false }, () => post(other.bytes, name)), code)
  isRefused(t, await post(bad, name), 'zip.empty')
  t.match(
    await postPackage(relay.hub.partnerAddress, { name, bytes: b.pack([b.message(a)]).bytes }),
    { status: 200 },
    'names of other peers are theirs',
  )
  await relay.idle()
})

t.test('RULES 11: takes one of many that come under one name at the same moment', async (t) => {
  const same = a.pack([a.message(b)])
  const before = await countStored(relay)
  const replies = await Promise.all(Array.from({ length: 8 }, () => post(same.bytes, same.name)))
  t.strictSame(
    replies.map(({ status }) => status),
    Array(8).fill(200),
  )
  t.equal(new Set(replies.map(({ packageId }) => packageId)).size, 1, 'all are told of the same package')
  await b.record.waitForContent(same.messages[0]?.contentSha256 ?? '')
  const name = freshName()
  const different = Array.from({ length: 6 }, () => a.pack([a.message(b)]))
  const mixed = await Promise.all(different.map(({ bytes }) => post(bytes, name)))
  t.strictSame(mixed.map(({ code }) => code).sort(), ['accepted', ...Array(5).fill('door.name-reused')])
  await relay.idle()
  const after = await countStored(relay)
  t.match(after, {
    accepted: before.accepted + 2 + 2,
    repeated: before.repeated + 7,
    refused: before.refused + 5,
  })
  t.equal(b.record.countOf(same.messages[0]?.contentSha256 ?? ''), 1, 'delivered once')
})

t.test('answers a request that is no package, and records it', async (t) => {
  const port = portOf(relay.hub.partnerAddress)
  const many = Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`X-${index}`, '1']))
  const line = (text: string) => packageHead({ 'Content-Length': '0' }, text)
  const cases: [RefusalCode, string, string][] = [
    ['door.method', 'GET', line('GET /SendTransportPackage HTTP/1.1')],
    ['door.path', 'another path', line('POST /other HTTP/1.1')],
    ['door.header-missing', 'no name', packageRequest('x', { 'Content-Disposition': undefined })],
    [
      'door.header-doubled',
      'two names',
      packageRequest('x', { 'content-disposition': 'attachment; filename="b.cms"' }),
    ],
    [
      'door.header-doubled',
      'two addresses',
      packageRequest('x', { 'Send-Receipt-To': 'http://a/', 'send-receipt-to': 'http://b/' }),
    ],
    [
      'door.header-invalid',
      'an address of another scheme',
      packageRequest('x', { 'Send-Receipt-To': 'file:///etc/passwd' }),
    ],
    ['door.headers-too-large', 'a huge header', packageRequest('x', { Huge: 'x'.repeat(20_000) })],
    ['door.headers-too-large', 'many headers', packageRequest('x', many)],
    ['door.request-malformed', 'no HTTP', '\x16\x03\x01\x02\x00\x01\x00'],
    [
      'door.name-invalid',
      'a path as a name',
      packageRequest('x', { 'Content-Disposition': 'attachment; filename="../a.cms"' }),
    ],
    ['door.empty', 'no body', packageRequest('')],
    ['door.too-large', 'a gigabyte announced', packageHead({ 'Content-Length': String(2 ** 30) })],
  ]
  for (const [code, what, request] of cases) {
    await t.test(what, async (t) => {
      await leaves(t, { code, isStored: false }, async () => {
        const sender = await openSender(t, port)
        sender.write(request)
        const answer = await sender.answer()
        t.match(answer, { status: refusalRow(code).status, headers: new Map([['hub-code', code]]) })
        sender.socket.destroy()
      })
    })
  }
})

/** A second server before the real door, with narrow limits. */
async function narrowDoor(t: Test, limits: Partial<DoorLimits>) {
  const server = createPartnerServer({
    door: makeDoor(relay.hub.context),
    host: '127.0.0.1',
    port: 0,
    limits: { drainMs: 200, shutdownMs: 500, ...limits },
  })
  const { port } = await server.listen()
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= server.close()
    return closing
  }
  t.teardown(close)
  return { port, close }
}

t.test('ends senders that are too slow or too large, and keeps nothing of them', async (t) => {
  const { port } = await narrowDoor(t, {
    packageBytesMax: 5000,
    bodyGraceMs: 100,
    bodyIdleTimeoutMs: 500,
    bodyBytesPerSecondMin: 1000,
  })
  await leaves(t, { code: 'door.too-slow', isStored: false }, async () => {
    const slow = await openSender(t, port)
    slow.write(packageHead({ 'Content-Length': '4000' }))
    const timer = setInterval(() => slow.write('x'), 20)
    t.teardown(() => clearInterval(timer))
    t.match(await slow.answer(), { status: 408, text: 'door.too-slow' })
    clearInterval(timer)
  })
  await leaves(t, { code: 'door.cut-short', isStored: false }, async () => {
    const gone = await openSender(t, port)
    gone.write(`${packageHead({ 'Content-Length': '4000' })}half`)
    gone.socket.end()
  })
  await leaves(t, { code: 'door.too-large', isStored: false }, async () => {
    const large = await openSender(t, port)
    large.write(packageHead({ 'Transfer-Encoding': 'chunked' }))
    large.write(`1800\r\n${'x'.repeat(0x1800)}\r\n`)
    t.match(await large.answer(), { status: 400, text: 'door.too-large' })
  })
  const { bytes } = a.pack([a.message(b, { size: 100 })])
  const address = `http://127.0.0.1:${port}/SendTransportPackage`
  t.match(await postPackage(address, { name: freshName(), bytes }), { status: 200 }, 'the next one is served')
  await relay.idle()
})

t.test(
  'RULES 10: asks for the package again when it cannot be taken now, and keeps nothing of it',
  async (t) => {
    const { context } = relay.hub
    const prepared = a.pack([a.message(b)])
    await t.test('no room', async (t) => {
      const { port } = await narrowDoor(t, { requestsInFlightMax: 1 })
      const first = await openSender(t, port)
      first.write(`${packageHead({ 'Content-Length': '4000' })}half`)
      await leaves(t, { code: 'door.busy', entries: 0, isStored: false }, async () => {
        const second = await openSender(t, port)
        second.write(packageRequest('x'))
        const answer = await second.answer()
        t.match(answer, { status: 503, text: 'door.busy' })
        t.ok(Number(answer?.headers.get('retry-after')) > 0)
      })
      await leaves(t, { code: 'door.cut-short', isStored: false }, async () => first.socket.destroy())
    })
    await t.test('it stops', async (t) => {
      const { port, close } = await narrowDoor(t, {})
      const running = await openSender(t, port)
      running.write(`${packageHead({ 'Content-Length': '10' })}half`)
      const late = await openSender(t, port)
      const [first = '', ...rest] = packageRequest('x').split('\r\n')
      late.write(`${first}\r\n`)
      // The server has read both beginnings once it has answered whoever came behind them.
      await postPackage(`http://127.0.0.1:${port}/other`, { name: freshName(), bytes: Buffer.from('x') })
      const closed = close()
      await leaves(t, { code: 'door.stopping', entries: 0, isStored: false }, async () => {
        late.write(rest.join('\r\n'))
        t.match(await late.answer(), { status: 503, text: 'door.stopping' })
      })
      running.socket.destroy()
      await closed
    })
    await t.test('the disk fails', async (t) => {
      const { blobs } = context
      const { put } = blobs
      blobs.put = () => Promise.reject(new Error('the disk is full'))
      const before = await countStored(relay)
      const failed = await post(prepared.bytes, prepared.name)
      blobs.put = put
      isRefused(t, failed, 'door.failed')
      t.same(await countStored(relay), before)
    })
    await t.test('the database fails', async (t) => {
      const { intake } = context
      const { submit } = intake
      intake.submit = () => Promise.reject(new Error('the database is away'))
      const before = await countStored(relay)
      const failed = await post(prepared.bytes, prepared.name)
      intake.submit = submit
      isRefused(t, failed, 'door.failed')
      t.same(await countStored(relay), before)
    })
    t.match(await post(prepared.bytes, prepared.name), { status: 200, code: 'accepted' }, 'then it is taken')
    await relay.idle()
  },
)

t.test(
  'RULES 13: takes a receipt for what was never delivered, records it, and changes nothing',
  async (t) => {
    await relay.idle()
    const message = a.message(b)
    const before = await countStored(relay)
    const outcome = await b.deliver(
      b.packReceipts([{ outcome: 'error', message: message.id, text: 'нет' }], a.code),
    )
    t.equal(outcome.status, 200)
    const entry = await relay.waitForEntry(
      'receipts.unmatched',
      ({ facts }) => facts['wireId'] === message.id,
    )
    t.match(entry.facts, { peer: '2zb', outcome: 'error' })
    await relay.idle()
    const after = await countStored(relay)
    t.same(
      { ...after, packages: before.packages, accepted: before.accepted, answers: before.answers },
      before,
    )
    t.strictSame(await relay.messages(message.id), [])
    t.equal(a.record.receiptsOf(message.id).length, 0)
  },
)

t.test('every refusal that is answered by an HTTP status was reached', async (t) => {
  const answered = Object.entries(refusals).filter(([, row]) => 'status' in row)
  const missing = answered.map(([code]) => code).filter((code) => !reached.has(code as RefusalCode))
  t.strictSame(missing, [])
})

t.test('after all of this the hub carries a good package, also one that names its signer only', async (t) => {
  const { message } = await relay.send(a, b)
  await b.record.waitForContent(message.contentSha256)
  await a.record.waitForReceipt(message.id)
  const bare = a.message(b)
  const bytes = forge(a.party.identity, { content: writeZip(bare.parts), certificates: undefined })
  t.match(await post(bytes), { status: 200 }, 'the certificate is among the registered ones')
  await b.record.waitForContent(bare.contentSha256)
  await relay.idle()
})
