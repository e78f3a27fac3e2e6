// The one kind of error of the SFTP edge: what an operation came to, in words of ours.

/**
 * `missing`, `denied`, `failed`, `unsupported`: the server answered, with SSH_FX_NO_SUCH_FILE, PERMISSION_DENIED,
 * OP_UNSUPPORTED or anything else. `lost`, `timeout`, `aborted`: it did not, and what was asked may have been done.
 * `connect`: there was no session to ask in. `forbidden`: we may not connect there.
 */
export type FaultKind =
  | 'missing'
  | 'denied'
  | 'failed'
  | 'unsupported'
  | 'lost'
  | 'timeout'
  | 'aborted'
  | 'connect'
  | 'forbidden'

/** Thrown by everything that speaks to a server. `reason` is given where it says more than the kind. */
export class SftpFault extends Error {
  readonly kind: FaultKind
  readonly reason: string | undefined

  constructor(kind: FaultKind, text: string, reason?: string) {
    super(text)
    this.kind = kind
    this.reason = reason
  }
}

/** Statuses of SSH_FXP_STATUS (draft-ietf-secsh-filexfer-02, 7). */
const statusKinds: Record<number, FaultKind> = {
  2: 'missing',
  3: 'denied',
  // What clients themselves give where there is no connection; no server has a reason to.
  6: 'lost',
  7: 'lost',
  8: 'unsupported',
}

/** The end of a file or folder as a status. */
export const endOfFile = 1

/** The fault of a callback's error; those without a status are of requests that nobody answered. */
export function faultOf(error: Error & { code?: unknown }): SftpFault {
  const { code, message } = error
  if (typeof code !== 'number') return new SftpFault('lost', message)
  return new SftpFault(statusKinds[code] ?? 'failed', message)
}

/** Whether the server said no: what was asked is not done, and the session goes on. */
export function isAnswered(error: unknown): error is SftpFault {
  return error instanceof SftpFault && ['missing', 'denied', 'failed', 'unsupported'].includes(error.kind)
}

/** Runs an operation; undefined when the server has no such file. */
export async function unlessMissing<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation
  } catch (error) {
    if (error instanceof SftpFault && error.kind === 'missing') return undefined
    throw error
  }
}
