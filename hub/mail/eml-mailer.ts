// Keeps letters as .eml files instead of sending them: the default, so that a hub without an SMTP server shows them.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '../make-folder.ts'
import { writeDurably } from '../write-durably.ts'
import { mimeOf } from './mime.ts'
import type { Mailer } from './ports.ts'

const folderMode = 0o700
const fileMode = 0o600

/** Where the letters of a hub lie. */
export function mailFolder(dataFolder: string): string {
  return join(dataFolder, 'mail')
}

/** The name of a letter's file. */
export function emlName(letter: string): string {
  return `${letter}.eml`
}

/**
 * Makes it. A letter that is made again replaces its file: only the newest link is sure to be good. The files hold links
 * that give a right, so that only their owner may read them.
 */
export function makeEmlMailer(folder: string): Mailer {
  makeFolder(folder, folderMode)
  let transport: ReturnType<typeof openTransport> | undefined
  return {
    async post(letter) {
      transport ??= openTransport()
      const { message } = await (await transport).sendMail(mimeOf(letter))
      const name = emlName(letter.id)
      const file = join(folder, name)
      rmSync(file, { force: true })
      writeDurably(file, message.toString(), fileMode)
      return { is: 'sent', file: name }
    },
    async close() {
      const opened = await transport
      opened?.close()
    },
  }
}

/** The library is read with the first letter: a start of the hub, or of a command, need not wait for it. */
async function openTransport() {
  const { createTransport } = await import('nodemailer')
  return createTransport({ streamTransport: true, buffer: true, newline: 'windows' })
}
