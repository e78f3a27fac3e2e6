// RULES 16 and 25: what the signatures of messages are worth decides whether they go on, marked, wait or are refused.

import t from 'tap'
import { releaseMessage } from '../../hub/pipeline/run/control.ts'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { composeMessage, composeSignature, type SimulatedMessage } from '../../hub/simulate/messages.ts'
import type { SimulatedSubscriber } from '../../hub/simulate/subscriber.ts'
import { packVerdictTexts } from '../../hub/store/verdict/texts.ts'
import { readVerdict } from '../../hub/store/views/verdicts.ts'
import { verdictDigest } from '../../hub/trust/verdict/freeze.ts'
import { verdictRows } from '../../routing/machines/message-verdict.ts'
import type { DocumentId } from '../../schemas/ids.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import type { MessageVerdict } from '../../schemas/verdict/verdict.ts'
import { runLine } from '../support/cli.ts'
import { startRelay } from '../support/relay.ts'
import { makeTrustPki } from '../support/trust-pki.ts'

t.setTimeout(180_000)

const pki = makeTrustPki(t.testdir({}))
const relay = await startRelay(t, {
  partners: [{ code: '2ZA' }, { code: '2ZB' }, { code: '2ZC' }],
  settings: pki.settings,
})
const [a, b] = relay.partners
const c = relay.partner('2ZC')
const sound = pki.subscriberLike(a.subscriber)
const soundB = pki.subscriberLike(b.subscriber)
const revoked = pki.subscriberLike(a.subscriber, { revoked: -2 })
const revokedLater = pki.subscriberLike(a.subscriber, { revoked: 2 })
pki.writeLists()
await relay.restart()

const from = (subscriber: SimulatedSubscriber, options: { to?: typeof b; encrypted?: boolean } = {}) => {
  const at = new Date()
  const document = { ...freeDocument({ at, size: 300 }), encrypted: options.encrypted === true }
  return composeMessage({ from: subscriber, to: (options.to ?? b).subscriber, at, documents: [document] })
}
const send = async (message: SimulatedMessage, by = a) => {
  await by.deliver(by.pack([message]))
  return message
}
const kept = async ({ id }: SimulatedMessage) => {
  const row = await relay.message(id)
  const found = await readVerdict(relay.hub.store, row.id)
  const verdict = JSON.parse(found?.verdict ?? '{}') as MessageVerdict
  return { row, verdict, told: [verdict.indication, verdict.subIndication ?? '', verdict.action].join(' ') }
}
const errorOf = async ({ id }: SimulatedMessage) => {
  const { item } = await a.record.waitForReceipt(id)
  return item.outcome === 'error' ? (item.text.split(':')[0] ?? '') : item.outcome
}

t.test(
  'RULES 25: a sound signature goes on, and its verdict is kept, proven by the journal and judged again',
  async (t) => {
    const message = await send(from(sound))
    await relay.waitForState(message.id, 'delivered')
    const { row, told, verdict } = await kept(message)
    t.equal(told, 'TOTAL-PASSED  forward')
    t.equal(row.verdict, 'passed')
    t.equal(verdict.signatures[0]?.signers[0]?.isQualified, true)
    const line = ['verdict', 'recheck', message.id, '--address', relay.hub.adminAddress]
    const recheck = await runLine(relay.settings.data.folder, line)
    t.match(recheck, { exit: 0 }, 'the same facts give the same verdict')
    const texts = await readVerdict(relay.hub.store, row.id)
    const facts = texts?.facts.replace('"form":"der"', '"form":"pem"') ?? ''
    t.not(facts, texts?.facts)
    const packed = await packVerdictTexts({ facts, verdict: texts?.verdict ?? '' })
    await relay.rows('update verdict set packed = $2 where message = $1', [row.id, packed])
    t.match(await runLine(relay.settings.data.folder, line), { exit: 1 }, 'changed facts are seen')
    const digest = verdictDigest(facts, texts?.verdict ?? '')
    await relay.rows('update verdict set digest = $2 where message = $1', [row.id, digest])
    t.match(
      await runLine(relay.settings.data.folder, line),
      { exit: 1, out: /В журнале такого отпечатка нет/ },
      'and so are those whose digest was changed with them',
    )
    const shown = await runLine(relay.settings.data.folder, [...line.slice(0, 1), 'show', ...line.slice(2)])
    t.match(shown.out, 'Подпись действительна')
  },
)

t.test('RULES 25: revoked before our receipt, out of its period, and strangers are refused', async (t) => {
  const cases: [string, SimulatedSubscriber, string, string][] = [
    ['revoked', revoked, 'INDETERMINATE REVOKED_NO_POE refuse', 'verdict.not-in-force'],
    [
      'expired',
      pki.subscriberLike(a.subscriber, { until: -1 }),
      'INDETERMINATE OUT_OF_BOUNDS_NO_POE refuse',
      'verdict.not-in-force',
    ],
    [
      'a stranger',
      pki.subscriberLike(a.subscriber, { stranger: true }),
      'INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND refuse',
      'verdict.untrusted',
    ],
  ]
  for (const [name, subscriber, told, code] of cases) {
    const message = await send(from(subscriber))
    t.equal(await errorOf(message), code, name)
    t.equal((await kept(message)).told, told, name)
    t.equal(b.record.countOf(message.contentSha256), 0, name)
  }
  const later = await send(from(revokedLater))
  await relay.waitForState(later.id, 'delivered')
  t.equal((await kept(later)).told, 'TOTAL-PASSED  forward', 'revoked after our receipt')
})

t.test('RULES 25: a changed document and a file that is no signature are refused', async (t) => {
  const at = new Date()
  const document = freeDocument({ at, size: 300 })
  const other = { ...document, bytes: freeDocument({ at, size: 300 }).bytes }
  const signedOther = composeMessage({ from: sound, to: b.subscriber, at, documents: [other] })
  const [signature] = signedOther.documents.flatMap((one) => one.signature ?? [])
  t.ok(signature)
  const swap = (message: SimulatedMessage, bytes: Uint8Array): SimulatedMessage => ({
    ...message,
    parts: message.parts.map((part) =>
      part.name.endsWith('.p7s') && 'bytes' in part ? { ...part, bytes } : part,
    ),
  })
  const changed = await send(swap(from(sound), signature?.bytes ?? new Uint8Array(1)))
  t.equal(await errorOf(changed), 'verdict.tampered')
  t.equal((await kept(changed)).told, 'TOTAL-FAILED HASH_FAILURE refuse')
  const none = await send(swap(from(sound), Buffer.from('no signature at all')))
  t.equal(await errorOf(none), 'verdict.unreadable')
})

t.test(
  'RULES 16: a signature alone is checked against the stored document, of the same two participants only',
  async (t) => {
    const first = await send(from(sound))
    await relay.waitForState(first.id, 'delivered')
    const [document] = first.documents
    t.ok(document)
    if (document === undefined) return
    const answer = (by: SimulatedSubscriber, bytes = document.bytes) =>
      composeSignature({ from: by, to: a.subscriber, at: new Date(), document: { id: document.id, bytes } })
    const signed = await send(answer(soundB), b)
    await relay.waitForState(signed.id, 'delivered')
    t.equal((await kept(signed)).told, 'TOTAL-PASSED  forward')
    const wrong = await send(answer(soundB, Buffer.from('something else')), b)
    await relay.waitForState(wrong.id, 'refused')
    t.equal((await kept(wrong)).told, 'TOTAL-FAILED HASH_FAILURE refuse')
    const stranger = await send(answer(pki.subscriberLike(c.subscriber)), c)
    await relay.waitForState(stranger.id, 'delivered')
    t.equal((await kept(stranger)).told, 'INDETERMINATE SIGNED_DATA_NOT_FOUND mark', 'others learn nothing')
  },
)

t.test('RULES 16: a document never seen and an encrypted one go on, marked', async (t) => {
  const unknown = composeSignature({
    from: sound,
    to: b.subscriber,
    at: new Date(),
    document: { id: 'f'.repeat(32) as DocumentId, bytes: Buffer.from('x') },
  })
  await send(unknown)
  await relay.waitForState(unknown.id, 'delivered')
  t.equal((await kept(unknown)).told, 'INDETERMINATE SIGNED_DATA_NOT_FOUND mark')
  t.equal((await kept(unknown)).row.verdict, 'indeterminate')
  const encrypted = await send(from(sound, { encrypted: true }))
  await relay.waitForState(encrypted.id, 'delivered')
  t.equal((await kept(encrypted)).told, 'INDETERMINATE GENERIC mark')
  const [document] = encrypted.documents
  t.ok(document)
  if (document === undefined) return
  // What it was before it was encrypted is what is signed; the row is that of a hub which did not know of encryption.
  const bytes = Buffer.from('the document in the clear')
  for (const isKnown of [true, false]) {
    await relay.rows('update document set encrypted = $2 where wire_id = $1', [document.id, isKnown])
    const answer = composeSignature({
      from: soundB,
      to: a.subscriber,
      at: new Date(),
      document: { id: document.id, bytes },
    })
    await send(answer, b)
    await relay.waitForState(answer.id, 'delivered')
    t.equal((await kept(answer)).told, 'INDETERMINATE GENERIC mark', `known to the row: ${isKnown}`)
  }
})

t.test('RULES 25: the policy of a peer says otherwise, by answer and by finding', async (t) => {
  const setPolicy = async (verdict: object | undefined) => {
    const peer = relay.hub.registry.book().peers.get('2za' as never)
    t.ok(peer)
    if (peer === undefined) return
    const { verdict: _, ...policy } = peer.policy
    const row = { ...peer, policy: verdict === undefined ? policy : { ...policy, verdict } }
    const applied = await relay.hub.registry.apply({ peers: [row] } as never, {
      actor: 'test',
      reason: 'проба',
    })
    t.notOk(isRefusal(applied))
  }
  await setPolicy({ actions: { REVOKED_NO_POE: 'hold', SIGNED_DATA_NOT_FOUND: 'refuse' } })
  const held = await send(from(revoked))
  const waiting = await relay.waitForState(held.id, 'held')
  const [row] = verdictRows
  const moved = await relay.waitForEntry('message.moved', ({ facts }) => facts['event'] === row.on)
  t.match(moved.facts, { from: row.from, to: row.to }, 'every row of verdicts alone')
  t.equal(verdictRows.length, 1)
  t.equal(waiting.reason, 'verdict.not-in-force')
  t.equal(b.record.countOf(held.contentSha256), 0)
  const decided = await releaseMessage(relay.hub.context, { id: waiting.id, actor: 'test', reason: 'проба' })
  t.notOk(isRefusal(decided))
  await relay.waitForState(held.id, 'delivered')
  t.equal(b.record.countOf(held.contentSha256), 1, 'a person stands above the verdict')
  const absent = composeSignature({
    from: sound,
    to: b.subscriber,
    at: new Date(),
    document: { id: 'e'.repeat(32) as DocumentId, bytes: Buffer.from('x') },
  })
  await send(absent)
  t.equal(await errorOf(absent), 'verdict.not-accepted')
  // RULES 15: what comes together is not refused for want of a document that is on its way.
  const parent = from(sound)
  const [document] = parent.documents
  t.ok(document)
  if (document === undefined) return
  const early = composeSignature({ from: sound, to: b.subscriber, at: new Date(), document })
  await a.deliver(a.pack([early, parent]))
  await relay.waitForState(early.id, 'delivered')
  t.equal((await kept(early)).told, 'TOTAL-PASSED  forward')
  await setPolicy({ weights: { 'time.revoked': 'warn' } })
  const warned = await send(from(revoked))
  await relay.waitForState(warned.id, 'delivered')
  const { told, verdict } = await kept(warned)
  t.equal(told, 'TOTAL-PASSED  forward')
  const check = verdict.signatures[0]?.signers[0]?.checks.find(({ check }) => check === 'revocation')
  t.equal(check?.outcome, 'warning')
  await setPolicy(undefined)
})

t.test(
  'RULES 12 and 25: a repeat of what was delivered is told as delivered, whatever the certificate is worth by now',
  async (t) => {
    const message = await send(from(sound))
    await relay.waitForState(message.id, 'delivered')
    const { row } = await kept(message)
    await a.deliver(a.pack([message]))
    await relay.until(async () => {
      const rows = await relay.messages(message.id)
      return rows.some(({ id, state }) => id !== row.id && state === 'repeated') ? true : undefined
    }, 'the repeat')
    t.equal(b.record.countOf(message.contentSha256), 1)
  },
)
