// What an error of an SMTP conversation means for the letter: to be tried again, or never at this address.

import { addressForbidden } from '../../operators/transports/address-guard.ts'
import type { LetterReason } from '../../schemas/mail/refusals.ts'
import type { Posted } from './ports.ts'

type Facts = { code: string; command: string; status: number; answer: string }

const later = (reason: LetterReason): Posted => ({ is: 'later', reason })

/** Answers that ask for a login or more protection: they are about us (RFC 4954 6, RFC 3207 4). */
const loginStatuses: ReadonlySet<number> = new Set([530, 534, 535, 538])
/** RFC 5321 4.5.3.1.10: 552 is to be taken as 452, for a full mailbox gets empty. */
const mailboxFull = 552

/**
 * Only a permanent answer about the recipient or the very letter is final (RFC 5321 4.2.1). One about us - the sender,
 * the login, the right to relay (RFC 3463 X.7.x) - says nothing about the recipient: it would mark every invitation.
 */
export function postedOf(error: unknown): Posted {
  const { code, command, status, answer } = factsOf(error)
  if (code === addressForbidden) return later('mail.network')
  if (/^(EAUTH|ENOAUTH|ETLS|EREQUIRETLS)$/.test(code) || isTlsFault(error)) return later('mail.login')
  if (loginStatuses.has(status)) return later('mail.login')
  if (status >= 400 && status < 500) return later('mail.later')
  if (status >= 500) {
    if (status === mailboxFull) return later('mail.later')
    const isAboutUs = /^\d{3}[ -]5\.7\.\d/.test(answer)
    const isFinal = command === 'RCPT TO' || command === 'DATA'
    return isFinal && !isAboutUs ? { is: 'refused', reason: 'mail.refused' } : later('mail.policy')
  }
  if (code === 'EENVELOPE') return { is: 'refused', reason: 'mail.address' }
  return later('mail.away')
}

function factsOf(error: unknown): Facts {
  const read = (name: string): unknown => (error instanceof Error ? Reflect.get(error, name) : undefined)
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  const status = read('responseCode')
  return {
    code: text(read('code')),
    command: text(read('command')),
    status: typeof status === 'number' ? status : 0,
    answer: text(read('response')),
  }
}

/** Faults of certificates and of the handshake keep their names of OpenSSL. */
function isTlsFault(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return [error, cause].some(
    (one) =>
      one instanceof Error &&
      /CERT|SELF_SIGNED|ERR_SSL|ERR_TLS|certificate|self-signed/.test(
        `${Reflect.get(one, 'code')} ${one.message}`,
      ),
  )
}
