// A simulated partner over SFTP by itself: what it takes, answers and leaves, and how it sends, with no hub.

import * as fs from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { BehaviourName } from '../../hub/simulate/behaviours.ts'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { composeMessage } from '../../hub/simulate/messages.ts'
import { packMessages, tamper } from '../../hub/simulate/packages.ts'
import { type SftpOperatorOptions, startSftpOperator } from '../../hub/simulate/sftp/operator.ts'
import { SimulatedAuthority } from '../../hub/simulate/subscriber.ts'
import { createSigner } from '../../hub/trust/sign.ts'
import { ask, clientKey, openSession, putFile, until } from '../support/sftp-session.ts'

const at = new Date('2026-10-01T09:00:00Z')
const authority = new SimulatedAuthority(at)
const party = authority.operator({ code: '2ZB', name: 'ООО "Оператор Б"', inn: '7773333970' })
const hub = authority.operator({ code: '2ZA', name: 'ООО "Оператор А"', inn: '7705717142' })
const seller = authority.subscriber({ id: '2ZA-1', name: 'ООО "Ромашка"', inn: '7741377501' })
const buyer = authority.subscriber({ id: '2ZB-1', name: 'ООО "Василёк"', inn: '7729244833' })
const hubSigner = createSigner(hub.identity)

/** A partner and a session of its hub, whose answers to the partner's packages the test writes itself. */
async function startPartner(t: Test, options: Partial<SftpOperatorOptions> = {}) {
  const operator = await startSftpOperator({
    party,
    receiptDelayMs: 1,
    hubKeys: [clientKey.publicKey],
    ...options,
  })
  t.teardown(() => operator.close())
  operator.connect({ address: 'unused:' })
  const { folder, server } = operator.sftp
  if (server === undefined) throw new Error('a server of its own')
  const inFolder = (name: string) => join(folder, name)
  const list = (name: string) => fs.readdirSync(inFolder(name)).filter((file) => !file.startsWith('.'))
  return { operator, server, inFolder, list, session: () => openSession(t, server) }
}

type Partner = Awaited<ReturnType<typeof startPartner>>

function packed() {
  const message = composeMessage({
    from: seller,
    to: buyer,
    at,
    documents: [freeDocument({ at, size: 3000 })],
  })
  return { message, ...packMessages(hubSigner, { messages: [message], at }) }
}

/** The hub takes the next package of the partner in and answers it; with no text the file just goes. */
async function takeIn({ inFolder, list }: Partner, answer?: string): Promise<string> {
  await until(() => list('to-hub').some((name) => name.endsWith('.cms')), 'a package')
  const [name = ''] = list('to-hub')
  fs.renameSync(join(inFolder('to-hub'), name), join(inFolder('to-hub/.claimed'), `1.${name}`))
  if (answer !== undefined) fs.writeFileSync(join(inFolder('from-hub-answers'), `${name}.txt`), answer)
  fs.rmSync(join(inFolder('to-hub/.claimed'), `1.${name}`))
  return name
}

t.test('a package that is put is taken, removed and answered by a receipt', async (t) => {
  const partner = await startPartner(t)
  const { operator, list } = partner
  t.same(operator.address, operator.sftp.row.address)
  t.same(operator.sftp.row.hostKeys, [partner.server.fingerprint])
  const { sftp } = await partner.session()
  const { message, name, bytes } = packed()
  t.same(await ask((done) => sftp.writeFile(`from-hub/${name}.tmp`, Buffer.from(bytes), done)), {})
  t.same(await ask((done) => sftp.rename(`from-hub/${name}.tmp`, `from-hub/${name}`, done)), {})
  const taken = await operator.record.waitForMessage(message.id)
  t.equal(taken.contentSha256, message.contentSha256)
  await until(() => list('from-hub').length === 0, 'the removal')
  t.same(list('to-hub-answers'), [], 'what is taken needs no answer')
  const receipts = await takeIn(partner)
  t.match(receipts, /\.cms$/)
  await operator.settled()
  t.same(await putFile(sftp, { path: `from-hub/${name}`, bytes }), {})
  await operator.record.waitForArrivals(2)
  t.equal(operator.record.countOf(message.contentSha256), 1)
  t.match(operator.record.arrivals, [
    { status: 200, repeated: false },
    { status: 200, repeated: true },
  ])
})

t.test('refusals are told in a file before the package goes', async (t) => {
  const { operator, session, inFolder, list } = await startPartner(t)
  const { sftp } = await session()
  const answerOf = async (behaviour: BehaviourName, bytes = packed().bytes, name = packed().name) => {
    operator.behave(behaviour, { packages: 1, text: behaviour === 'ok' ? '' : 'нет (no)', receipts: 'none' })
    const before = operator.record.arrivals.length
    t.same(await putFile(sftp, { path: `from-hub/${name}`, bytes }), {})
    await until(() => fs.existsSync(join(inFolder('to-hub-answers'), `${name}.txt`)), 'the answer')
    await operator.record.waitForArrivals(before + 1)
    t.same(list('from-hub'), [])
    return fs.readFileSync(join(inFolder('to-hub-answers'), `${name}.txt`), 'utf8')
  }
  t.equal(await answerOf('answer-400'), '400 нет (no)')
  t.equal(await answerOf('answer-500'), '500 нет (no)')
  t.equal(await answerOf('answer-503'), '503 нет (no)')
  const { name, bytes } = tamper(packed())
  t.match(await answerOf('ok', bytes, name), /^400 .*cms\.digest/)
})

t.test('what is not whole is not looked at, and a marker makes it whole', async (t) => {
  const { operator, session, list } = await startPartner(t, { site: { putWhole: 'marker' } })
  const { sftp } = await session()
  operator.behave('ok', { receipts: 'none' })
  const [first, second] = [packed(), packed()]
  await ask((done) => sftp.writeFile(`from-hub/${first.name}`, Buffer.from(first.bytes), done))
  await ask((done) => sftp.writeFile(`from-hub/${second.name}`, Buffer.from(second.bytes), done))
  await ask((done) => sftp.writeFile(`from-hub/${second.name}.done`, '', done))
  await operator.record.waitForMessage(second.message.id)
  await until(() => list('from-hub').length === 1, 'the removal of package and marker')
  t.same(list('from-hub'), [first.name])
  t.equal(operator.record.arrivals.length, 1)
})

t.test('behaviours that show on the way in are faults of its server', async (t) => {
  const { operator, session, list } = await startPartner(t)
  const put = async (behaviour: BehaviourName) => {
    const { message, name, bytes } = packed()
    operator.behave(behaviour, { packages: 1, receipts: 'none', pauseMs: 50 })
    const { sftp } = await session()
    return { message, name, said: await putFile(sftp, { path: `from-hub/${name}`, bytes }) }
  }
  const lost = await put('answer-lost')
  t.same(lost.said, { code: -1 }, 'the connection ended')
  await operator.record.waitForMessage(lost.message.id)
  for (const behaviour of ['proxy-502', 'proxy-504'] as const) {
    const { message, said } = await put(behaviour)
    t.same(said, { code: 4 }, 'the rename is said to have failed')
    await operator.record.waitForMessage(message.id)
  }
  const cut = await put('drop-mid-body')
  t.same(cut.said, { code: -1 })
  t.equal(operator.record.messagesOf(cut.message.id).length, 0)
  await until(() => list('from-hub').length === 1, 'nothing but the cut file')
  t.same(list('from-hub'), [`${cut.name}.tmp`], 'what was cut is not whole')
  t.match(operator.record.arrivals.at(-1), { behaviour: 'drop-mid-body', status: 0, sha256: undefined })
  operator.behave('hang', { packages: 1 })
  const { sftp } = await session()
  const hung = packed()
  await putFile(sftp, { path: `from-hub/${hung.name}`, bytes: hung.bytes })
  await operator.record.waitForArrivals(5)
  t.same(operator.record.arrivals.at(-1)?.status, 0)
  t.ok(list('from-hub').includes(hung.name), 'it lies there for good')
  const late = await put('slow')
  await operator.record.waitForMessage(late.message.id)
})

t.test('a sent package is taken, refused, wanted again, or nobody knows', async (t) => {
  const partner = await startPartner(t)
  const { operator } = partner
  const send = async (answer?: string) => {
    const sending = operator.send(operator.pack([packed().message]))
    await takeIn(partner, answer)
    const { class: is, status, text } = await sending
    return [is, status, text]
  }
  t.same(await send(), ['accepted', 200, ''])
  t.same(await send('200 accepted'), ['accepted', 200, 'accepted'])
  t.same(await send('400 cms.digest: нет'), ['rejected', 400, 'cms.digest: нет'])
  t.same(await send('503 later'), ['transient', 503, 'later'])
  t.same(await send('hello'), ['ambiguous', undefined, 'hello'])
})

t.test('a package that lies there still is not written again', async (t) => {
  const partner = await startPartner(t, { sendTimeoutMs: 200 })
  const { operator, inFolder, list } = partner
  const prepared = operator.pack([packed().message])
  t.match(await operator.send(prepared), { class: 'ambiguous', reason: 'timeout.answer' })
  t.same(list('to-hub'), [prepared.name])
  const { ino } = fs.statSync(join(inFolder('to-hub'), prepared.name))
  const delivering = operator.deliver(prepared)
  t.equal(
    fs.statSync(join(inFolder('to-hub'), prepared.name)).ino,
    ino,
    'what still lies there is not written again',
  )
  await takeIn(partner, '500 again')
  await takeIn(partner)
  t.match(await delivering, { class: 'accepted' })
})

t.test("with someone else's server the folder alone is used", async (t) => {
  const server = { address: 'sftp://hub@sftp.example', hostKeys: [clientKey.fingerprint] }
  const operator = await startSftpOperator({ party, server, tellsAccepted: true })
  t.teardown(() => operator.close())
  t.same([operator.sftp.server, operator.sftp.row.address], [undefined, server.address])
  t.throws(() => operator.behave('answer-lost'), 'it cannot lose an answer')
  t.throws(() => operator.authorise(clientKey.publicKey))
  operator.behave('ok', { receipts: 'none' })
  const { message, name, bytes } = packed()
  fs.writeFileSync(join(operator.sftp.folder, 'from-hub', name), bytes)
  await operator.record.waitForMessage(message.id)
  const answer = join(operator.sftp.folder, 'to-hub-answers', `${name}.txt`)
  await until(() => fs.existsSync(answer), 'the answer')
  t.equal(fs.readFileSync(answer, 'utf8'), '200 accepted')
})

t.test('a partner that never removes what it took takes it once', async (t) => {
  const { operator, session, list } = await startPartner(t, { site: { leavesFiles: true } })
  operator.behave('ok', { receipts: 'none' })
  const { sftp } = await session()
  const [first, second] = [packed(), packed()]
  await putFile(sftp, { path: `from-hub/${first.name}`, bytes: first.bytes })
  await operator.record.waitForMessage(first.message.id)
  await putFile(sftp, { path: `from-hub/${second.name}`, bytes: second.bytes })
  await operator.record.waitForArrivals(2)
  t.same(list('from-hub').sort(), [first.name, second.name].sort())
  t.equal(operator.record.packages.length, 2)
})
