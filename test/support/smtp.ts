// An SMTP server of a test on loopback: what it was given, and answers on request.

import type { AddressInfo } from 'node:net'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { devTls } from './tls.ts'

/** A letter that came, with the envelope and whether the connection was protected. */
export type GotLetter = {
  from: string
  to: string[]
  raw: Buffer
  email: Email
  isSecure: boolean
  user: string
}

/** How it answers; a number is refused with that status and text. */
export type SmtpBehaviour = {
  mailFrom?: (address: string) => string | undefined
  rcptTo?: (address: string) => string | undefined
  data?: () => string | undefined
}

/** Starts one; it ends with the test. With `login` a name and password are wanted. */
export async function startSmtp(
  t: { teardown(run: () => Promise<void>): void },
  options: {
    tls?: 'starttls' | 'implicit' | 'none'
    certificate?: { key: string; cert: string }
    login?: { user: string; pass: string }
    behaviour?: SmtpBehaviour
  } = {},
) {
  const { tls = 'starttls', certificate = devTls, login } = options
  const behaviour: SmtpBehaviour = { ...options.behaviour }
  const letters: GotLetter[] = []
  const refusal = (answer: string | undefined): Error | null => {
    if (answer === undefined) return null
    const [, status = '', text = ''] = /^(\d{3}) (.*)$/.exec(answer) ?? []
    return Object.assign(new Error(text), { responseCode: Number(status) })
  }
  const server = new SMTPServer({
    ...certificate,
    secure: tls === 'implicit',
    disabledCommands: [...(login === undefined ? ['AUTH'] : []), ...(tls === 'starttls' ? [] : ['STARTTLS'])],
    authOptional: login === undefined,
    logger: false,
    closeTimeout: 100,
    onAuth(auth, _, done) {
      const isRight = auth.username === login?.user && auth.password === login?.pass
      if (isRight) done(null, { user: auth.username })
      else done(new Error('wrong login'))
    },
    onMailFrom: ({ address }, _, done) => done(refusal(behaviour.mailFrom?.(address))),
    onRcptTo: ({ address }, _, done) => done(refusal(behaviour.rcptTo?.(address))),
    onData(stream, session, done) {
      const pieces: Buffer[] = []
      stream.on('data', (piece: Buffer) => pieces.push(piece))
      stream.on('end', async () => {
        const refused = refusal(behaviour.data?.())
        if (refused !== null) return done(refused)
        const raw = Buffer.concat(pieces)
        const { mailFrom, rcptTo } = session.envelope
        letters.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw,
          email: await PostalMime.parse(raw),
          isSecure: session.secure,
          user: String(session.user ?? ''),
        })
        done()
      })
    },
  })
  server.on('error', () => undefined)
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle))
  const { port } = server.server.address() as AddressInfo
  const close = () => new Promise<void>((settle) => server.close(() => settle()))
  t.teardown(close)
  return { port, letters, behaviour, close }
}
