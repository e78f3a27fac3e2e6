// The counterparty of the demo: finds the letter in the data folder, opens the page behind its link, chooses.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { mailFolder } from '../mail/eml-mailer.ts'
import type { Stage } from './stage.ts'
import { answeredWithinMs } from './steps.ts'

const lookMs = 50
const pageWithinMs = 10_000
const claimLink = /https?:\/\/[^\s"<>]+\/claim\/[A-Za-z0-9_-]{43}/

/** The newest letter with a claim link; without a mail server letters are files. */
export async function waitForClaimLetter({
  dataFolder,
  begunAt,
}: Stage): Promise<{ file: string; link: string }> {
  const folder = mailFolder(dataFolder)
  const until = performance.now() + answeredWithinMs
  while (performance.now() < until) {
    for (const name of (await readdir(folder))
      .filter((one) => one.endsWith('.eml'))
      .sort()
      .reverse()) {
      const file = join(folder, name)
      const link = linkIn(await readFile(file, 'latin1'), begunAt)
      if (link !== undefined) return { file, link }
    }
    await pause(lookMs)
  }
  throw new Error('no letter with a link came')
}

/** The link in a part of the letter, whose texts are in base64; nothing of an earlier demo on the same data. */
function linkIn(letter: string, begunAt: Date): string | undefined {
  const date = /^Date: (.+)$/m.exec(letter)?.[1]
  // Letters say whole seconds.
  if (date === undefined || Date.parse(date) < begunAt.getTime() - 1000) return undefined
  const parts = letter.split(/\r?\n\r?\n/).map((part) => Buffer.from(part, 'base64').toString('utf8'))
  return parts.map((text) => claimLink.exec(text)?.[0]).find((link) => link !== undefined)
}

/** A page as its reader sees it. */
export type Page = { status: number; shows(text: string): boolean }

/** Opens a page. */
export async function readPage(link: string): Promise<Page> {
  return pageOf(await fetch(link, { signal: AbortSignal.timeout(pageWithinMs) }))
}

/** Sends the form of the page. */
export async function chooseOnPage(link: string, fields: Readonly<Record<string, string>>): Promise<Page> {
  const body = new URLSearchParams(fields)
  return pageOf(await fetch(link, { method: 'POST', body, signal: AbortSignal.timeout(pageWithinMs) }))
}

async function pageOf(response: Response): Promise<Page> {
  const text = (await response.text())
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
  return { status: response.status, shows: (words) => text.includes(words) }
}
