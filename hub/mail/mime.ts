// A letter as nodemailer takes it: headers that no text of people can break, nothing read from files or addresses.

import type { SendMailOptions } from 'nodemailer'
import type { ReadyLetter } from './ports.ts'

/**
 * Names and subject come as one line each (plain-text.ts) and are encoded by RFC 2047; RFC 3834 keeps answering machines
 * silent.
 */
export function mimeOf(letter: ReadyLetter): SendMailOptions {
  return {
    from: { ...letter.from, name: undecodable(letter.from.name) },
    to: { name: '', address: letter.to },
    envelope: { from: letter.from.address, to: [letter.to] },
    messageId: letter.messageId,
    date: letter.at,
    subject: undecodable(letter.subject),
    text: letter.text,
    html: letter.html,
    textEncoding: 'base64',
    headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': 'ru, en' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

/** A text that looks like an encoded word of RFC 2047 would be read as what it encodes, unchecked. */
function undecodable(text: string): string {
  return text.replaceAll('=?', '= ?')
}
