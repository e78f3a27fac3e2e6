// The mailers: a real SMTP server on loopback, its answers good and bad, hostile texts, and letters kept as files.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import PostalMime from 'postal-mime'
import t from 'tap'
import { composeLetter } from '../../hub/mail/compose.ts'
import { makeEmlMailer } from '../../hub/mail/eml-mailer.ts'
import { oneLine, plainLines } from '../../hub/mail/plain-text.ts'
import type { ReadyLetter } from '../../hub/mail/ports.ts'
import { makeSmtpMailer, type SmtpOptions } from '../../hub/mail/smtp-mailer.ts'
import { limits } from '../../schemas/limits.ts'
import { type EmailAddress, parseEmail } from '../../schemas/mail/email.ts'
import { sampleLetters } from '../support/sample-letters.ts'
import { startSmtp } from '../support/smtp.ts'
import { devTls, strangeTls } from '../support/tls.ts'

const addressOf = (text: string): EmailAddress => {
  const address = parseEmail(text)
  if (address === undefined) throw new Error(text)
  return address
}
const never = new AbortController().signal

function letterOf(over: Partial<ReadyLetter> = {}): ReadyLetter {
  return {
    ...composeLetter(sampleLetters('asked')),
    id: 'the-letter',
    from: { name: 'ООО «Оператор Б»', address: addressOf('edo@hub.example.ru') },
    to: addressOf('buh@почта.рф'),
    messageId: '<the-letter@hub.example.ru>',
    at: new Date('2026-11-27T10:00:00Z'),
    ...over,
  }
}

function mailerFor(t: { teardown(run: () => Promise<void>): void }, over: Partial<SmtpOptions>) {
  const mailer = makeSmtpMailer({
    host: 'localhost',
    port: 0,
    tls: 'starttls',
    ca: Buffer.from(devTls.cert),
    login: undefined,
    allowPrivateAddresses: true,
    connectionsMax: 2,
    ...over,
  })
  t.teardown(() => mailer.close())
  return mailer
}

t.test(
  'sends over STARTTLS with an authority of its own and a login, and is read back as it was',
  async (t) => {
    const login = { user: 'hub', pass: 'пароль' }
    const smtp = await startSmtp(t, { login })
    const mailer = mailerFor(t, { port: smtp.port, login })
    const letter = letterOf()
    t.strictSame(await mailer.post(letter, never), { is: 'sent', file: undefined })
    const [got] = smtp.letters
    // The server of the test reads the domain back into letters; on the wire and in the header it is ASCII.
    t.match(got, { from: 'edo@hub.example.ru', to: ['buh@почта.рф'], isSecure: true, user: 'hub' })
    t.match(got?.raw.toString('latin1'), /^To: buh@xn--80a1acny\.xn--p1ai\r$/m)
    t.match(got?.email, {
      from: { name: 'ООО «Оператор Б»', address: 'edo@hub.example.ru' },
      subject: letter.subject,
      messageId: '<the-letter@hub.example.ru>',
    })
    t.equal(got?.email.text?.trimEnd(), letter.text.trimEnd())
    t.equal(got?.email.html?.trimEnd(), letter.html.trimEnd())
    t.equal(got?.email.headers.find(({ key }) => key === 'auto-submitted')?.value, 'auto-generated')
  },
)

t.test('sends over TLS from the start', async (t) => {
  const smtp = await startSmtp(t, { tls: 'implicit' })
  const mailer = mailerFor(t, { port: smtp.port, tls: 'implicit' })
  t.match(await mailer.post(letterOf(), never), { is: 'sent' })
  t.match(smtp.letters, [{ isSecure: true }])
})

t.test('says nothing to a server without STARTTLS, or with a certificate of a stranger', async (t) => {
  const plain = await startSmtp(t, { tls: 'none' })
  t.strictSame(await mailerFor(t, { port: plain.port }).post(letterOf(), never), {
    is: 'later',
    reason: 'mail.login',
  })
  const strange = await startSmtp(t, { certificate: strangeTls })
  t.strictSame(await mailerFor(t, { port: strange.port }).post(letterOf(), never), {
    is: 'later',
    reason: 'mail.login',
  })
  t.strictSame([...plain.letters, ...strange.letters], [])
  const wished = mailerFor(t, { port: plain.port, tls: 'none' })
  t.match(await wished.post(letterOf(), never), { is: 'sent' }, 'unless the settings want no protection')
})

t.test('tells answers about the recipient from answers about us', async (t) => {
  const smtp = await startSmtp(t)
  const mailer = mailerFor(t, { port: smtp.port })
  const cases = [
    ['rcptTo', '550 5.1.1 no such user', { is: 'refused', reason: 'mail.refused' }],
    ['rcptTo', '550 no such user', { is: 'refused', reason: 'mail.refused' }],
    ['rcptTo', '550 5.7.1 relaying denied', { is: 'later', reason: 'mail.policy' }],
    ['rcptTo', '450 4.2.0 greylisted', { is: 'later', reason: 'mail.later' }],
    ['rcptTo', '552 5.2.2 mailbox full', { is: 'later', reason: 'mail.later' }],
    ['rcptTo', '530 5.7.0 authentication required', { is: 'later', reason: 'mail.login' }],
    ['mailFrom', '553 5.1.8 sender is not ours', { is: 'later', reason: 'mail.policy' }],
    ['data', '554 5.6.0 content', { is: 'refused', reason: 'mail.refused' }],
    ['data', '451 4.3.0 try again', { is: 'later', reason: 'mail.later' }],
  ] as const
  for (const [place, answer, posted] of cases) {
    for (const name of ['rcptTo', 'mailFrom', 'data'] as const) delete smtp.behaviour[name]
    smtp.behaviour[place] = () => answer
    t.strictSame(await mailer.post(letterOf(), never), posted, `${place}: ${answer}`)
  }
  t.strictSame(smtp.letters, [])
})

t.test('a wrong password is our fault and is tried again', async (t) => {
  const smtp = await startSmtp(t, { login: { user: 'hub', pass: 'right' } })
  const mailer = mailerFor(t, { port: smtp.port, login: { user: 'hub', pass: 'wrong' } })
  t.strictSame(await mailer.post(letterOf(), never), { is: 'later', reason: 'mail.login' })
})

t.test('a server that is away, forbidden or silent is tried again', async (t) => {
  const smtp = await startSmtp(t)
  await smtp.close()
  const away = { is: 'later', reason: 'mail.away' }
  t.strictSame(await mailerFor(t, { port: smtp.port }).post(letterOf(), never), away)
  for (const host of ['localhost', '127.0.0.1', '169.254.169.254']) {
    const allowPrivateAddresses = host.startsWith('169')
    const mailer = mailerFor(t, { host, port: smtp.port, allowPrivateAddresses })
    t.strictSame(await mailer.post(letterOf(), never), { is: 'later', reason: 'mail.network' }, host)
  }
  const silent = createServer()
  const stopping = new AbortController()
  silent.on('connection', () => stopping.abort())
  await new Promise<void>((settle) => silent.listen(0, '127.0.0.1', settle))
  t.teardown(() => new Promise<void>((settle) => silent.close(() => settle())))
  const { port } = silent.address() as { port: number }
  t.strictSame(await mailerFor(t, { port }).post(letterOf(), stopping.signal), away, 'ended by its signal')
})

t.test('hostile names and messages stay text, in headers, text and HTML', async (t) => {
  const smtp = await startSmtp(t)
  const mailer = mailerFor(t, { port: smtp.port })
  const hostile = [
    'Рога\r\nBcc: all@firma.ru\r\n\r\nи копыта',
    'ООО "Ромашка", <edo@evil.example>',
    '<script>alert(1)</script><img src=x onerror=alert(1)>',
    '\u202Eбуквы наоборот\u2066 \u0000\u0007 и звонок',
    'я'.repeat(10_000),
    '=?utf-8?B?PGI+?= <% it.url %>',
    `з\u0336${'\u0489'.repeat(200)}`,
    '\ud800 половина знака',
  ]
  for (const name of hostile) {
    const matter = sampleLetters('claim')
    const invite = { ...matter.invite, sender_name: name, message: name }
    const words = composeLetter({ ...matter, invite, home: name, operator: name })
    const from = { ...letterOf().from, name: oneLine(name, limits.letterNameLengthMax) }
    t.match(await mailer.post(letterOf({ ...words, from }), never), { is: 'sent' })
    const got = smtp.letters.at(-1)
    const { email } = got ?? {}
    t.strictSame(got?.to, ['buh@почта.рф'])
    t.strictSame(
      email?.to?.map(({ address }) => address),
      ['buh@xn--80a1acny.xn--p1ai'],
    )
    t.equal(email?.bcc, undefined)
    t.equal(email?.subject, words.subject.replace('=?', '= ?'))
    t.equal(email?.from && 'address' in email.from ? email.from.address : '', 'edo@hub.example.ru')
    t.equal(email?.from?.name, from.name.replace('=?', '= ?'))
    t.notMatch(email?.html, /<script|<img/)
    t.notMatch(
      `${email?.subject}${email?.text}${email?.html}`,
      /[\u202a-\u202e\u2066-\u2069]|(?![\r\n])\p{Cc}/u,
    )
    t.ok((email?.subject?.length ?? 0) < 300)
    const head = got?.raw.toString('latin1').split('\r\n\r\n')[0] ?? ''
    t.notMatch(head, /^bcc:/im)
    t.ok(head.split('\r\n').every((line) => line.length <= 998))
  }
})

t.test('texts of people are cut at their limits, and not before', async (t) => {
  const { letterNameLengthMax: nameMax, letterMessageLengthMax: messageMax } = limits
  t.equal(oneLine('я'.repeat(nameMax), nameMax), 'я'.repeat(nameMax))
  t.equal(oneLine('я'.repeat(nameMax + 1), nameMax), `${'я'.repeat(nameMax - 1)}…`)
  t.equal([...oneLine('😀'.repeat(nameMax + 5), nameMax)].length, nameMax)
  t.strictSame(plainLines('я'.repeat(messageMax), messageMax), ['я'.repeat(messageMax)])
  t.strictSame(plainLines('я'.repeat(messageMax + 1), messageMax), [`${'я'.repeat(messageMax - 1)}…`])
  t.strictSame(plainLines('\n\nодин\r\n\n\n\nдва\u2028три\n\n', messageMax), ['один', '', 'два', 'три'])
})

t.test(
  'letters are kept as files for their owner alone, and one that is made again replaces the first',
  async (t) => {
    const folder = `${t.testdir()}/data/mail`
    const mailer = makeEmlMailer(folder)
    t.strictSame(await mailer.post(letterOf({ text: 'first' }), never), {
      is: 'sent',
      file: 'the-letter.eml',
    })
    await mailer.post(letterOf(), never)
    await mailer.close()
    t.strictSame(readdirSync(folder), ['the-letter.eml'])
    const file = `${folder}/the-letter.eml`
    t.equal(statSync(file).mode & 0o777, 0o600)
    t.equal(statSync(folder).mode & 0o777, 0o700)
    const email = await PostalMime.parse(readFileSync(file))
    t.match(email, { subject: letterOf().subject, to: [{ address: 'buh@xn--80a1acny.xn--p1ai' }] })
    t.match(email.text, 'Пожалуйста, примите приглашение')
  },
)
