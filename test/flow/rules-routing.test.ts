// RULES 1 to 8: who is who, the way of a message, and what of it is never changed.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { composeMessage, type SimulatedMessage } from '../../hub/simulate/messages.ts'
import { SimulatedAuthority, type SimulatedSubscriber } from '../../hub/simulate/subscriber.ts'
import { writeIssued } from '../../hub/trust/pki/files.ts'
import type { MessageId, OperatorCode, PeerId } from '../../schemas/ids.ts'
import type { PartnerFile } from '../../schemas/partner.ts'
import { editDescription } from '../support/edited-message.ts'
import { makeReapedFolder } from '../support/reaper.ts'
import { startRelay } from '../support/relay.ts'
import type { RelayPartner } from '../support/relay-partners.ts'

const homeFolder = join(makeReapedFolder(), 'home')
await mkdir(homeFolder)
const authority = new SimulatedAuthority()
const home = authority.operator({ code: '2ZZ', name: 'Свой оператор', inn: '7700000009' })
await writeIssued(homeFolder, '2ZZ', home.identity)
const relay = await startRelay(t, {
  partners: [
    { code: '2ZA' },
    { code: '2ZB' },
    { code: '2ZC' },
    { code: '2ZH' },
    { code: '2ZO', policy: { relay: 'original' } },
    { code: '2ZS', policy: { signAs: '2ZZ' } },
  ],
  settings: ['home.codes=2ZZ', `identity.homeFolder=${homeFolder}`, 'process.claimBatchMax=2'],
})
const a = relay.partner('2ZA')
const b = relay.partner('2ZB')
const c = relay.partner('2ZC')
const h = relay.partner('2ZH')
const o = relay.partner('2ZO')
const by = { actor: 'test', reason: 'test' }
const apply = async (content: Partial<PartnerFile>) => {
  const applied = await relay.hub.registry.apply(content, by)
  if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))
}
const subscriber = (id: string): SimulatedSubscriber =>
  authority.subscriber({ id, name: 'ООО "Кто-то"', inn: '7700000008' })
const compose = (from: SimulatedSubscriber, to: SimulatedSubscriber, id?: MessageId) => {
  const at = new Date()
  const documents = [freeDocument({ at, size: 300 })]
  return composeMessage(id === undefined ? { from, to, at, documents } : { from, to, at, documents, id })
}
const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
const send = (from: RelayPartner, ...messages: SimulatedMessage[]) => from.send(from.pack(messages))
const errorOf = async (partner: RelayPartner, message: SimulatedMessage) => {
  const { item } = await partner.record.waitForReceipt(message.id)
  return item.outcome === 'error' ? (item.text.split(':')[0] ?? '') : item.outcome
}
const hubSigner = async () => {
  const [row] = await relay.rows<{ thumbprint: string }>('select thumbprint from journal_signer')
  return row?.thumbprint
}

t.test('RULES 1: a peer speaks for the operators it has grants for, while they are in force', async (t) => {
  const from = subscriber('2ZD-1')
  const operators = [{ id: 'op-2zd', name: 'Г', active: true, codes: [{ code: '2ZD' }] }]
  const grant = { peer: '2zh', operator: 'op-2zd', basis: 'test', preference: 0 }
  const periods: [string, object | undefined, boolean][] = [
    ['none', undefined, false],
    ['from tomorrow', { from: day(1) }, false],
    ['until yesterday', { from: day(-9), to: day(-1) }, false],
    ['of today', { from: day(0), to: day(0) }, true],
  ]
  await apply({ operators })
  for (const [what, period, isAccepted] of periods) {
    if (period !== undefined) await apply({ grants: [{ ...grant, ...period }] })
    const message = compose(from, b.subscriber)
    const outcome = await send(h, message)
    t.equal(outcome.status, isAccepted ? 200 : 400, `a grant ${what}`)
    if (!isAccepted) t.match(outcome.text, 'grant.missing')
    else await h.record.waitForReceipt(message.id)
  }
})

t.test(
  'RULES 1: the certificate that signed says who sends; who signed a document needs no grant',
  async (t) => {
    const message = editDescription(a.message(b), (xml) =>
      xml.replace(/Подписант="[^"]+"/, 'Подписант="2XX-foreign"'),
    )
    t.equal((await send(a, message)).status, 200)
    t.equal((await b.record.waitForMessage(message.id)).signatures[0]?.signer, '2XX-foreign')
    t.match((await send(c, a.message(b))).text, 'grant.missing', 'the sender of another operator')
  },
)

t.test('RULES 2: any two of three peers exchange over one path', async (t) => {
  const pairs = [a, b, c].flatMap((from) =>
    [a, b, c].filter((to) => to !== from).map((to) => [from, to] as const),
  )
  await Promise.all(
    pairs.map(async ([from, to]) => {
      const { message } = await relay.send(from, to)
      const got = await to.record.waitForContent(message.contentSha256)
      await from.record.waitForReceipt(message.id)
      t.equal(got.id, message.id)
    }),
  )
})

t.test(
  'RULES 2: subscriber to operator to peer: overrides first, then codes; preferred peers, then fallbacks',
  async (t) => {
    const moved = subscriber('2ZB-moved')
    await apply({ overrides: [{ participant: '2zb-MOVED', operator: 'op-2zc', reason: 'перешёл' }] })
    const byOverride = compose(a.subscriber, moved)
    await send(a, byOverride)
    await c.record.waitForMessage(byOverride.id)

    const operators = [{ id: 'op-2ze', name: 'Д', active: true, codes: [{ code: '2ZE' }] }]
    const grants = ['2zh', '2zc'].map((peer, preference) => ({
      peer,
      operator: 'op-2ze',
      basis: 'test',
      preference,
    }))
    await apply({ operators, grants })
    const preferred = compose(a.subscriber, subscriber('2ZE-1'))
    await send(a, preferred)
    await h.record.waitForMessage(preferred.id)
    await relay.hub.registry.setPeerState('2zh' as PeerId, 'inactive', by)
    const fallback = compose(a.subscriber, subscriber('2ZE-1'))
    await send(a, fallback)
    await c.record.waitForMessage(fallback.id)
    await relay.hub.registry.setPeerState('2zh' as PeerId, 'active', by)
    t.match((await relay.messages(fallback.id))[0]?.route_reason, '2zc', 'the way says why')

    const nowhere = compose(a.subscriber, subscriber('9ZZ-1'))
    const silent = compose(a.subscriber, subscriber('2ZF-1'))
    await apply({ operators: [{ id: 'op-2zf', name: 'Е', active: true, codes: [{ code: '2ZF' }] }] })
    await send(a, nowhere, silent)
    t.equal(await errorOf(a, nowhere), 'route.unknown-operator')
    t.equal(await errorOf(a, silent), 'route.no-peer')
  },
)

t.test('RULES 2: nothing goes back to the peer it came from, or round in a circle', async (t) => {
  const back = compose(b.subscriber, subscriber('2ZB-other'))
  await send(b, back)
  t.equal(await errorOf(b, back), 'route.loop')

  await apply({ grants: [{ peer: '2zh', operator: 'op-2za', basis: 'test', preference: 5 }] })
  const round = a.message(b)
  await send(a, round)
  await b.record.waitForMessage(round.id)
  await send(h, round)
  t.equal(await errorOf(h, round), 'route.loop')
  await a.record.waitForReceipt(round.id)

  // The same message from two sides at the same moment: one of them goes.
  const both = a.message(b)
  await Promise.all([send(a, both), send(h, both)])
  await b.record.waitForContent(both.contentSha256)
  await Promise.all([a.record.waitForReceipt(both.id), h.record.waitForReceipt(both.id)])
  const told = [a, h].map((partner) => partner.record.receiptsOf(both.id).map(({ item }) => item.outcome))
  t.strictSame(told.flat().sort(), ['error', 'success'])
  t.equal(b.record.countOf(both.contentSha256), 1)
})

t.test('RULES 3: packages are repacked and signed as the peer wants it', async (t) => {
  const { message, prepared } = await relay.send(a, b)
  const got = await b.record.waitForMessage(message.id)
  t.not(got.package, prepared.name)
  t.match(got.package, /^[0-9a-f]{32}\.cms$/)
  const s = relay.partner('2ZS')
  const other = (await relay.send(a, s)).message
  await s.record.waitForMessage(other.id)
  await relay.waitForEntry('hub.started')
  await relay.until(hubSigner, 'the hub has signed')
  t.equal(b.record.packages.at(-1)?.signer, await hubSigner(), 'by the hub')
  t.equal(s.record.packages.at(-1)?.signer, home.identity.certificate.thumbprint, 'by the home operator')
})

t.test(
  'RULES 3: a package that goes to one peer as a whole goes on untouched where this is wanted',
  async (t) => {
    const messages = Array.from({ length: 9 }, () => a.message(o, { size: 300 }))
    const prepared = a.pack(messages)
    await a.deliver(prepared)
    for (const message of messages) await a.record.waitForReceipt(message.id)
    const taken = o.record.packages.filter(({ name }) => name === prepared.name)
    t.match(
      taken,
      [{ sha256: prepared.sha256, signer: a.party.identity.certificate.thumbprint }],
      'same name, same bytes',
    )
    t.ok(messages.every(({ id }) => o.record.messagesOf(id).length === 1))
    t.equal(o.record.packages.length, 1)

    const mixed = [a.message(o), a.message(b)]
    await send(a, ...mixed)
    for (const message of mixed) await a.record.waitForReceipt(message.id)
    t.equal(o.record.packages.at(-1)?.signer, await hubSigner(), 'a part of a package is repacked')

    const again = b.pack([b.message(o)], { name: prepared.name })
    await b.deliver(again)
    await b.record.waitForReceipt(again.messages[0]?.id ?? '')
    const last = o.record.packages.at(-1)
    t.not(last?.name, prepared.name, 'a name that is taken there is not used again')
    t.equal(last?.signer, await hubSigner())
  },
)

t.test('RULES 4: subscribers of the home operator are served at home only', async (t) => {
  const message = compose(a.subscriber, subscriber('2zz-7700'))
  await send(a, message)
  await a.record.waitForReceipt(message.id)
  t.match(await relay.message(message.id), { state: 'delivered', next_peer: 'home:2ZZ', package_out: null })
})

t.test('RULES 5: ids of 3 to 46 characters of any alphabet are carried as they are spelled', async (t) => {
  for (const id of ['2ZB', `2zb${'x'.repeat(43)}`, '2Zb-Ромашка/№1']) {
    const message = compose(subscriber(id.replace(/2zb/i, '2zA')), subscriber(id))
    t.equal((await send(a, message)).status, 200, id)
    const got = await b.record.waitForMessage(message.id)
    t.same([got.sender, got.recipient], [message.sender, message.recipient])
    await a.record.waitForReceipt(message.id)
  }
})

t.test('RULES 6: ids are kept, and mapped only where two messages of one id meet at an exit', async (t) => {
  b.behave('no-receipt')
  const first = a.message(b)
  const second = compose(c.subscriber, b.subscriber, first.id)
  await send(a, first)
  await b.record.waitForContent(first.contentSha256)
  await relay.waitForState(first.id, 'sent')
  await send(c, second)
  const mapped = await b.record.waitForContent(second.contentSha256)
  t.equal(b.record.messagesOf(first.id).length, 1)
  t.not(mapped.id, second.id, 'under another id')
  t.match(mapped.id, /^[a-z0-9]{32}$/)
  const ids = (message: { documents: readonly { id: string }[] }) => message.documents.map(({ id }) => id)
  t.strictSame(ids(mapped), ids(second), 'the ids of documents stay')
  const receipts = [
    { outcome: 'error', message: mapped.id as MessageId, text: 'нет' },
    { outcome: 'success', message: first.id },
  ] as const
  await b.deliver(b.packReceipts(receipts, '2ZA' as OperatorCode))
  t.same((await a.record.waitForReceipt(first.id)).item, { outcome: 'success', message: first.id })
  t.same((await c.record.waitForReceipt(second.id)).item, {
    outcome: 'error',
    message: second.id,
    text: 'нет',
  })
  b.behave('ok')
})

t.test('RULES 7: description.xml is carried byte for byte, with what no schema knows', async (t) => {
  const odd = editDescription(a.message(b), (xml) =>
    xml
      .replace(/ТипДокумента="[^"]+"/, 'ТипДокумента="НовыйВид2031"')
      .replace('<Документ ', '<!-- заметка -->\r\n\t<Документ  НовыйАтрибут="да" ')
      .replace('</Документ>', '<НовыйЭлемент а="1"><Ещё/></НовыйЭлемент></Документ>'),
  )
  t.equal((await send(a, odd)).status, 200)
  const got = await b.record.waitForMessage(odd.id)
  const [row] = await relay.messages(odd.id)
  t.equal(got.contentSha256, row?.content_sha256, 'every byte of every entry')
  t.equal(got.documents[0]?.type, 'НовыйВид2031')
  t.ok((row?.warnings.length ?? 0) >= 3, 'with warnings')
  await a.record.waitForReceipt(odd.id)
})

t.test('RULES 8: file names inside a description are not changed', async (t) => {
  const fileName = 'ON_NSCHFDOPPR_2ZB-1_2ZA-1_20261001_№ 1 «ёж» (копия).XML'
  const at = new Date()
  const documents = [freeDocument({ at, size: 100, fileName })]
  const message = composeMessage({ from: a.subscriber, to: b.subscriber, at, documents })
  await send(a, message)
  t.equal((await b.record.waitForContent(message.contentSha256)).documents[0]?.fileName, fileName)
  await a.record.waitForReceipt(message.id)
})
