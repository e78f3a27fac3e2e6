// Limits of the portal at both sides of their edges: its window, connections and times, and texts on its pages.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { composeLetter } from '../../hub/mail/compose.ts'
import { claimPage, donePage } from '../../hub/portal/pages.ts'
import { limits } from '../../schemas/limits.ts'
import { sampleView } from '../support/claim-desk.ts'
import { rightJoin, startTestPortal } from '../support/portal.ts'
import { sampleLetters } from '../support/sample-letters.ts'

t.test('a window of counting ends after its time and not a millisecond before', async (t) => {
  const portal = await startTestPortal(t, { missesPerMinuteMax: 1, postsPerMinuteMax: 1 })
  const begun = portal.clock.at.getTime()
  const at = (ms: number) => {
    portal.clock.at = new Date(begun + ms)
  }
  t.equal((await portal.ask('/claim/guess')).status, 404)
  t.equal((await portal.ask(portal.link)).status, 429)
  at(limits.portalWindowMs - 1)
  t.equal((await portal.ask(portal.link)).status, 429)
  at(limits.portalWindowMs)
  t.equal((await portal.ask(portal.link)).status, 200)
  t.equal((await portal.post({})).status, 422)
  at(2 * limits.portalWindowMs - 1)
  t.equal((await portal.post(rightJoin)).status, 429)
  at(2 * limits.portalWindowMs)
  t.equal((await portal.post(rightJoin)).status, 200)
})

t.test(
  'so many connections are taken; one more is ended at once, and there is room when one goes',
  async (t) => {
    const portal = await startTestPortal(t)
    const { port, hostname } = new URL(portal.address)
    const sockets: Socket[] = []
    t.teardown(() => {
      for (const socket of sockets) socket.destroy()
    })
    /** Asks on a connection of its own, and gives the first line of the answer; none when the connection ends. */
    const ask = async (): Promise<{ socket: Socket; line: string | undefined }> => {
      const socket = connect(Number(port), hostname)
      sockets.push(socket)
      socket.on('error', () => undefined)
      socket.write('GET /favicon.ico HTTP/1.1\r\nhost: portal\r\n\r\n')
      const ended = once(socket, 'close').then(() => undefined)
      const [bytes] = (await Promise.race([once(socket, 'data'), ended])) ?? []
      return { socket, line: bytes === undefined ? undefined : String(bytes).split('\r\n')[0] }
    }
    const answered = 'HTTP/1.1 204 No Content'
    const first = await ask()
    t.equal(first.line, answered)
    for (let n = 2; n < limits.portalConnectionsMax; n += 1) await ask()
    t.equal((await ask()).line, answered, 'as many as are taken')
    t.equal((await ask()).line, undefined, 'one more')
    first.socket.destroy()
    // The server sees the end of a connection when its turn comes.
    let line: string | undefined
    while (line === undefined) line = (await ask()).line
    t.equal(line, answered)
  },
)

t.test('messages and names are shown up to their limit, in letters and on pages', async (t) => {
  const { letterMessageLengthMax: messageMax, letterNameLengthMax: nameMax } = limits
  const [message, name] = ['ы'.repeat(messageMax), 'щ'.repeat(nameMax)]
  const [longMessage, longName] = [`${message}ы`, `${name}щ`]
  const [cutMessage, cutName] = [`${'ы'.repeat(messageMax - 1)}…`, `${'щ'.repeat(nameMax - 1)}…`]
  const letter = (invite: { message: string; sender_name: string }) => {
    const sample = sampleLetters('asked')
    const { text, html } = composeLetter({ ...sample, invite: { ...sample.invite, ...invite } })
    return [text, html]
  }
  const page = (of: { message: string; name: string }) => {
    const inviter = { ...sampleView.inviter, name: of.name }
    const view = { ...sampleView, message: of.message, inviter }
    return [claimPage({ view, language: 'ru', fields: {}, faults: [] })]
  }
  const ys = (text: string) => /ы{100,}…?/.exec(text.replaceAll('\n> ', ''))?.[0]
  const shs = (text: string) => /щ{100,}…?/.exec(text)?.[0]
  for (const text of [...letter({ message, sender_name: name }), ...page({ message, name })]) {
    t.strictSame([ys(text), shs(text)], [message, name])
  }
  const cut = [...letter({ message: longMessage, sender_name: longName })]
  for (const text of [...cut, ...page({ message: longMessage, name: longName })]) {
    t.strictSame([ys(text), shs(text)], [cutMessage, cutName])
  }
  const done = (operator: string) =>
    shs(donePage({ is: 'asked', operator, id: '2BM-1' } as Parameters<typeof donePage>[0], 'ru', {}))
  t.strictSame([done(name), done(longName)], [name, cutName])
})
