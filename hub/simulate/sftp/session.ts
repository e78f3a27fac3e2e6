// One SFTP session: requests of a channel are answered in order, unless a fault was asked for.

import type { ServerChannel } from 'ssh2'
import type { Fault, FaultDesk } from './faults.ts'
import { SessionFiles } from './files.ts'
import { bytesOf, canonicalPath } from './place.ts'
import {
  type Answer,
  isInit,
  makeSplitter,
  type Request,
  readRequest,
  writeAnswer,
  writeVersion,
} from './wire.ts'

/** What a session works with. */
export type SessionOptions = {
  account: string
  /** The real path of the account's folder, a byte string. */
  home: string
  extensions: readonly string[]
  desk: FaultDesk
  /** Ends the connection at once, without a word. */
  drop(): void
}

/** Serves a channel until the client ends it or the connection is gone. */
export function serveSession(channel: ServerChannel, options: SessionOptions): void {
  const files = new SessionFiles(options.home)
  const split = makeSplitter()
  let isGreeted = false
  let isEnded = false
  const end = (exitCode: number) => {
    if (isEnded) return
    isEnded = true
    files.close()
    // OpenSSH's client waits for the exit status and for the channel to be closed from here once it sent its EOF;
    // a server that only stops reading leaves it hanging at the end of a batch.
    channel.exit(exitCode)
    channel.end()
  }
  // What came in the same breath behind a cut is never done.
  const drop = () => {
    isEnded = true
    files.close()
    options.drop()
  }
  channel.on('data', (chunk: Buffer) => {
    try {
      for (const packet of split(chunk)) {
        if (isEnded) return
        if (isGreeted) {
          if (!serve(readRequest(packet), { files, channel, options })) return drop()
          continue
        }
        if (!isInit(packet)) throw new RangeError('the first packet is not INIT')
        isGreeted = true
        channel.write(writeVersion(options.extensions.map((name) => [name, '1'] as const)))
      }
    } catch (error) {
      // A packet that cannot be read ends the session, as in OpenSSH; anything else is a fault of ours.
      if (!(error instanceof RangeError)) throw error
      end(1)
    }
  })
  channel.on('end', () => end(0))
  channel.on('error', () => end(1))
  channel.on('close', () => {
    isEnded = true
    files.close()
  })
}

type Serving = { files: SessionFiles; channel: ServerChannel; options: SessionOptions }

/** Serves a request; false when the connection is to end now. */
function serve(request: Request, serving: Serving): boolean {
  const { files, channel } = serving
  const fault = faultOf(request, serving)
  if (fault === 'hang') return true
  if (fault === 'drop-before') return false
  const answer = answerOf(request, { files, fault })
  if (fault === 'drop-after') return false
  channel.write(writeAnswer(request.id, answer))
  return true
}

function answerOf(
  request: Request,
  { files, fault }: { files: SessionFiles; fault: Fault | undefined },
): Answer {
  if (typeof fault === 'object') {
    if (fault.isDone) files.answer(request)
    return { is: 'status', code: fault.status, text: 'simulated' }
  }
  return files.answer(request, { isLying: fault === 'lie' })
}

function faultOf(request: Request, { files, options }: Serving): Fault | undefined {
  const path = request.op === 'unknown' ? '' : (files.pathOf(request) ?? '')
  const newPath = 'newPath' in request ? readable(canonicalPathOf(request.newPath)) : undefined
  return options.desk.ask({ op: request.op, path: readable(path), newPath, account: options.account })
}

function canonicalPathOf(path: string): string {
  return path.includes('\0') ? path : canonicalPath(path)
}

function readable(path: string): string {
  return bytesOf(path).toString('utf8')
}
