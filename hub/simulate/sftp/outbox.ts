// The sending side of a simulated SFTP partner: lays a package down for the hub and sees what became of it.

import { existsSync, readdirSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cleanText, judgeAnswer, judgeEnd } from '../../../operators/transports/outcome.ts'
import type { SftpSite } from '../../../schemas/sftp.ts'
import type { Outcome } from '../../../schemas/transport.ts'
import type { PreparedPackage } from '../packages.ts'
import { answerName, FolderBell, type SiteFolders } from './site.ts'

type Ended = 'gone' | 'timeout' | 'aborted'

const pollMs = 50

/** Sends packages through folders. One watch of the folders serves all that are under way. */
export class FolderOutbox {
  readonly #folders: SiteFolders
  readonly #site: SftpSite
  readonly #timeoutMs: number
  readonly #signal: AbortSignal
  readonly #bell: FolderBell
  readonly #waiting = new Set<{ name: string; wasGone: boolean; end(how: Ended): void }>()
  #temporaries = 0
  #looking: Promise<void> | undefined

  constructor(of: { folders: SiteFolders; site: SftpSite; timeoutMs: number; signal: AbortSignal }) {
    this.#folders = of.folders
    this.#site = of.site
    this.#timeoutMs = of.timeoutMs
    this.#signal = of.signal
    this.#bell = new FolderBell([of.folders.pickup, of.folders.claimed], pollMs)
  }

  /**
   * One attempt. A package of this name that still lies there is not written again. Gone without an answer file counts
   * as taken, with 200: the hub tells refusals only, unless its site says otherwise.
   */
  async send({ name, bytes }: Pick<PreparedPackage, 'name' | 'bytes'>): Promise<Outcome> {
    const begunMs = performance.now()
    const outcome = (of: Pick<Outcome, 'class' | 'reason' | 'status' | 'text'>): Outcome => ({
      ...of,
      durationMs: performance.now() - begunMs,
    })
    const answer = join(this.#folders.answersOut, answerName(name))
    if (!this.#liesThere(name)) {
      await rm(answer, { force: true })
      await this.#write(name, bytes)
    }
    const ended = await this.#waitUntilGone(name)
    if (ended !== 'gone') {
      const judged = judgeEnd(ended === 'timeout' ? 'answer' : 'aborted', true)
      return outcome({ ...judged, status: undefined, text: '' })
    }
    if (!existsSync(answer))
      return outcome({ class: 'accepted', reason: 'file.taken', status: 200, text: '' })
    const said = await readFile(answer, 'utf8')
    const [, digits = '', text = ''] = /^(\d{3})\s?(.*)$/s.exec(said) ?? []
    if (digits === '') {
      return outcome({
        class: 'ambiguous',
        reason: 'answer.garbage',
        status: undefined,
        text: cleanText(said),
      })
    }
    const status = Number(digits)
    const judged = judgeAnswer({ status, isWhole: true, requestWasSent: true })
    return outcome({ ...judged, status, text: cleanText(text) })
  }

  /** Ends the watching. Sends under way end by the signal. */
  async close(): Promise<void> {
    this.#bell.close()
    await this.#looking
  }

  async #write(name: string, bytes: Uint8Array): Promise<void> {
    const { pickupWhole, temporarySuffix, markerSuffix } = this.#site
    const path = join(this.#folders.pickup, name)
    if (pickupWhole === 'rename') {
      // Two attempts at once must not write into one file.
      this.#temporaries += 1
      const temporary = `${path}.${process.pid}-${this.#temporaries}${temporarySuffix}`
      await writeFile(temporary, bytes)
      await rename(temporary, path)
      return
    }
    await writeFile(path, bytes)
    if (pickupWhole === 'marker') await writeFile(path + markerSuffix, '')
  }

  /** The hub keeps the name of the package in the name of what it claims. */
  #liesThere(name: string): boolean {
    return (
      existsSync(join(this.#folders.pickup, name)) || this.#claims().some((claim) => claim.includes(name))
    )
  }

  #claims(): string[] {
    return readdirSync(this.#folders.claimed)
  }

  #waitUntilGone(name: string): Promise<Ended> {
    const { promise, resolve } = Promise.withResolvers<Ended>()
    const onAbort = () => waiter.end('aborted')
    const timer = setTimeout(() => waiter.end('timeout'), this.#timeoutMs)
    const waiter = {
      name,
      wasGone: false,
      end: (how: Ended) => {
        clearTimeout(timer)
        this.#signal.removeEventListener('abort', onAbort)
        this.#waiting.delete(waiter)
        resolve(how)
      },
    }
    this.#waiting.add(waiter)
    if (this.#signal.aborted) onAbort()
    else this.#signal.addEventListener('abort', onAbort)
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    return promise
  }

  /** Twice in a row, for a claim may be given back between two listings. */
  async #look(): Promise<void> {
    while (this.#waiting.size > 0) {
      const rings = this.#bell.next()
      const there = new Set(readdirSync(this.#folders.pickup))
      const claims = this.#claims()
      let isSeenOnce = false
      for (const waiter of [...this.#waiting]) {
        const isGone = !there.has(waiter.name) && !claims.some((claim) => claim.includes(waiter.name))
        if (isGone && waiter.wasGone) waiter.end('gone')
        else isSeenOnce ||= isGone
        waiter.wasGone = isGone
      }
      if (!isSeenOnce) await rings
    }
  }
}
