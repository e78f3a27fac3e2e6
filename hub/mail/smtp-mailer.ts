// Sends letters to an SMTP server: a bounded pool of connections, protected unless the settings say otherwise.

import { connect, isIP } from 'node:net'
import type { SMTPPoolOptions } from 'nodemailer'
import { addressForbidden, guardedLookup, isAllowedIp } from '../../operators/transports/address-guard.ts'
import { limits } from '../../schemas/limits.ts'
import { mimeOf } from './mime.ts'
import type { Mailer } from './ports.ts'
import { postedOf } from './smtp-outcome.ts'

/** Where the server is and how it is spoken to. */
export type SmtpOptions = {
  host: string
  port: number
  tls: 'starttls' | 'implicit' | 'none'
  /** PEM; the authorities of the system unless given. */
  ca: Buffer | undefined
  login: { user: string; pass: string } | undefined
  allowPrivateAddresses: boolean
  connectionsMax: number
}

/** Makes it. Nothing is connected until the first letter goes. */
export function makeSmtpMailer(options: SmtpOptions): Mailer {
  let transport: ReturnType<typeof openTransport> | undefined
  return {
    async post(letter, signal) {
      try {
        transport ??= openTransport(options)
        await (await transport).sendMail({ ...mimeOf(letter), signal })
        return { is: 'sent', file: undefined }
      } catch (error) {
        return postedOf(error)
      }
    },
    async close() {
      const opened = await transport
      opened?.close()
    },
  }
}

/** The library is read with the first letter: a start of the hub need not wait for it. */
async function openTransport(options: SmtpOptions) {
  const { createTransport } = await import('nodemailer')
  return createTransport({ ...poolOptions(options), pool: true })
}

function poolOptions(options: SmtpOptions): SMTPPoolOptions {
  const { host, port, tls, ca, login, connectionsMax } = options
  return {
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: { minVersion: 'TLSv1.2', ...(isIP(host) === 0 ? { servername: host } : {}), ...(ca && { ca }) },
    ...(login === undefined ? {} : { auth: login }),
    maxConnections: connectionsMax,
    // A letter whose connection broke may have arrived: whether it is sent again is decided by the queue alone.
    maxRequeues: 0,
    idleTimeout: limits.smtpIdleMs,
    connectionTimeout: limits.smtpConnectMs,
    greetingTimeout: limits.smtpConnectMs,
    socketTimeout: limits.smtpIdleMs,
    dnsTimeout: limits.smtpConnectMs,
    maxResponseSize: limits.smtpAnswerBytesMax,
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket: (_, give) => openSocket(options, give),
  }
}

type Give = Parameters<NonNullable<SMTPPoolOptions['getSocket']>>[1]

/** Connects to an allowed address only; the very address that was checked is the one connected to. */
function openSocket({ host, port, allowPrivateAddresses }: SmtpOptions, give: Give): void {
  if (isIP(host) !== 0 && !isAllowedIp(host, allowPrivateAddresses)) {
    give(Object.assign(new Error('the address is not allowed'), { code: addressForbidden }))
    return
  }
  const socket = connect({ host, port, lookup: guardedLookup(allowPrivateAddresses) })
  const fail = (error: Error) => {
    socket.destroy()
    give(error)
  }
  const late = () => fail(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }))
  socket.setTimeout(limits.smtpConnectMs, late)
  socket.once('error', fail)
  socket.once('connect', () => {
    socket.setTimeout(0)
    socket.off('timeout', late)
    socket.off('error', fail)
    give(null, { connection: socket })
  })
}
