// The verbs of engineers on a running hub: what a partner would not take is sent again under another name.

import t from 'tap'
import { runLine } from '../support/cli.ts'
import { startRelay } from '../support/relay.ts'

t.test('answers and messages a partner refused reach it once an engineer lets them go', async (t) => {
  const relay = await startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB' }] })
  const [a, b] = relay.partners
  const hub = async (...words: string[]) => {
    const line = [...words, '--address', relay.hub.adminAddress]
    const told = await runLine(relay.settings.data.folder, line)
    if (told.exit !== 0) throw new Error(`${words.join(' ')}: ${told.out}${told.err}`)
    return told.out
  }

  t.test('a message that its next operator refused', async (t) => {
    b.behave('answer-400')
    const sent = await relay.send(a, b)
    const held = await relay.waitForState(sent.message.id, 'held')
    t.match(await hub('messages', 'find', '--state', 'held'), held.id)
    b.behave('ok')
    await hub('messages', 'release', sent.message.id, '--reason', 'приём у Б починен')
    await b.record.waitForContent(sent.message.contentSha256)
    const delivered = await relay.waitForState(sent.message.id, 'delivered')
    t.not(delivered.package_out, held.package_out, 'a new package, so a new name')
    await a.record.waitForReceipt(sent.message.id)
    t.match(await hub('messages', 'show', sent.message.id), /abandoned .*rejected answer\.400/)
  })

  t.test('a package of answers that the origin refused', async (t) => {
    a.behave('answer-400')
    const sent = await relay.send(a, b)
    await relay.waitForState(sent.message.id, 'delivered')
    await relay.waitForEntry(
      'attempt.ended',
      ({ facts }) => facts['peer'] === a.peer && facts['status'] === 400,
    )
    const [held] = JSON.parse(await hub('packages', 'list', '--json')).items
    t.match(held, { contents: 'receipts', messages: 1, lastOutcome: 'rejected answer.400' })
    a.behave('ok')
    t.match(await hub('packages', 'release', held.id, '--reason', 'приём у А починен'), /: 1\n$/)
    await a.record.waitForReceipt(sent.message.id)
    await relay.idle()
    t.match(JSON.parse(await hub('packages', 'list', '--json')), { items: [] })
    const [message] = await relay.messages(sent.message.id)
    t.match(message, { state: 'delivered', answer: 'told' })
  })
})
