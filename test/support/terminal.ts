// A terminal for tests of written pages: a shell that is given blocks of commands, and what it showed since.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'

/** A shell in a process group of its own, as a terminal would have it. */
export type Terminal = {
  /** Gives it a block; what it shows from here on is what the block shows. */
  begin(block: string): void
  /** Resolves when the last block is over. */
  done(): Promise<void>
  /** Resolves with what is shown since the last block began, once it `fits`. */
  shown(fits: (text: string) => boolean, what: string): Promise<string>
  /** Ctrl-C, for everything in the foreground; resolves when it has ended. */
  interrupt(): Promise<void>
}

const patienceMs = 30_000

/** Opens one; it and all it started end with the test. Every wait ends after 30 s, with what was shown. */
export function openTerminal(t: Test, options: { cwd: string; env: Record<string, string> }): Terminal {
  const shell = spawn('bash', ['--noprofile', '--norc'], { ...options, detached: true })
  const { pid } = shell
  if (pid === undefined) throw new Error('bash did not start')
  const closed = once(shell, 'close')
  t.teardown(() => signalGroup(pid, 'SIGKILL'))
  const seen = { out: '', err: '', blocks: 0 }
  const waiting = new Set<() => void>()
  const look = () => {
    for (const one of waiting) one()
  }
  shell.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen.out += text
    look()
  })
  shell.stderr.setEncoding('utf8').on('data', (text: string) => {
    seen.err += text
  })
  shell.once('close', look)
  // A shell that died is told by what is waited for, not by the pipe to it.
  shell.stdin.on('error', () => undefined)

  const mark = () => `the-end-of-block-${seen.blocks}`
  const shownNow = () => seen.out.replace(`${mark()}\n`, '')

  async function until(holds: () => boolean, what: string): Promise<void> {
    const met = Promise.withResolvers<void>()
    const check = () => {
      if (holds()) met.resolve()
    }
    waiting.add(check)
    check()
    const timer = new AbortController()
    const late = pause(patienceMs, true, { signal: timer.signal }).catch(() => false)
    const isLate = (await Promise.race([met.promise, late])) === true
    timer.abort()
    waiting.delete(check)
    if (isLate) throw new Error(`waited in vain for ${what}; shown:\n${seen.out}\n${seen.err.slice(-4000)}`)
  }

  return {
    begin(block) {
      seen.out = ''
      seen.err = ''
      seen.blocks += 1
      // What runs in the foreground must not read the blocks that follow.
      shell.stdin.write(`{\n${block}\n} < /dev/null\necho ${mark()}\n`)
    },
    done: () => until(() => seen.out.includes(`${mark()}\n`), 'the end of the block'),
    async shown(fits, what) {
      await until(() => fits(shownNow()), what)
      return shownNow()
    },
    async interrupt() {
      signalGroup(pid, 'SIGINT')
      // The shell may end as well; then what it ran has ended before.
      const isOver = () => seen.out.includes(`${mark()}\n`) || shell.exitCode !== null
      await until(() => isOver() || shell.signalCode !== null, 'the end after Ctrl-C')
      shell.stdin.end()
      await closed
    },
  }
}

function signalGroup(pid: number, signal: 'SIGINT' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // All of it has ended already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
