// The power of attorney given to hub verify: read, and judged with the document's signature.

import { basename } from 'node:path'
import type { AttorneyStatus } from '../../../schemas/attorney/checks.ts'
import { limits } from '../../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import type { SignerFacts } from '../../../schemas/verdict/facts.ts'
import type { MessageFacts } from '../../../schemas/verdict/message-facts.ts'
import type { MessageVerdict } from '../../../schemas/verdict/verdict.ts'
import { attorneyDue, senderOf } from '../../trust/attorney/due.ts'
import { type ReadAttorneyFile, readSignedAttorney } from '../../trust/attorney/file.ts'
import { principalInnOf } from '../../trust/attorney/gather.ts'
import { readBounded } from '../../trust/files/bounded.ts'
import type { TrustView } from '../../trust/verdict/gather.ts'
import { withAttorneys } from '../../trust/verdict/gather-attorneys.ts'
import { type ExitCode, exitCodes } from '../context.ts'

/** Reads the files, if any are given; what is larger than the hub would read is refused. */
export async function readAttorneyFiles(
  file: string | undefined,
  signature: string | undefined,
): Promise<readonly ReadAttorneyFile[] | Refusal> {
  if (file === undefined) return []
  const bytes = await readAtMost(file, limits.attorneyBytesMax, 'attorney.invalid')
  if (isRefusal(bytes)) return bytes
  const fileName = basename(file)
  if (signature === undefined) return [{ ...readSignedAttorney(bytes, undefined), fileName }]
  const detached = await readAtMost(signature, limits.signatureBytesMax, 'cms.too-complex')
  if (isRefusal(detached)) return detached
  return [{ ...readSignedAttorney(bytes, detached), fileName }]
}

/** A file or pipe given by its name. Refused with `code` when there are more than bytesMax. */
export async function readAtMost(
  file: string,
  bytesMax: number,
  code: 'attorney.invalid' | 'cms.too-complex',
): Promise<Uint8Array | Refusal> {
  const bytes = await readBounded(file, bytesMax)
  return bytes ?? refuse(code, `more than ${bytesMax} bytes`, file)
}

/**
 * The facts with the power of attorney. Where the sender's ИНН is not given, the principal's decides whether one is due; that
 * the principal is the sender is then not known, and the protocol says so. Nobody is asked: this is offline.
 */
export async function withGivenAttorney(
  facts: MessageFacts,
  files: readonly ReadAttorneyFile[],
  trust: TrustView,
): Promise<MessageFacts> {
  const [attorney] = files.map((file) => file.attorney)
  const decided = attorney === undefined || isRefusal(attorney) ? facts : withPrincipal(facts, attorney)
  return withAttorneys(
    decided,
    { files, requisites: new Map() },
    {
      registry: undefined,
      signal: new AbortController().signal,
      read: async (bytes, signature) => readSignedAttorney(bytes, signature),
      trust,
    },
  )
}

function withPrincipal(facts: MessageFacts, attorney: Parameters<typeof principalInnOf>[0]): MessageFacts {
  const sender = senderOf(principalInnOf(attorney))
  const decide = (signer: SignerFacts): SignerFacts => {
    const { certificate, attorney: known } = signer
    if (certificate === undefined || known?.due.due !== 'undecided') return signer
    return { ...signer, attorney: { due: attorneyDue(certificate.names, sender) } }
  }
  const signatures = facts.signatures.map((signed) =>
    signed.signature === undefined
      ? signed
      : { ...signed, signature: { ...signed.signature, signers: signed.signature.signers.map(decide) } },
  )
  return { ...facts, signatures }
}

const failed: readonly AttorneyStatus[] = ['IsNotValid']
const open: readonly AttorneyStatus[] = ['IsNotAttached', 'CanNotBeValidated', 'ValidationError']

/** What powers of attorney make of the exit code; what is missing counts only for whoever asks about them. */
export function attorneyExit({ signatures }: MessageVerdict, isAsked: boolean): ExitCode {
  const statuses = signatures
    .flatMap(({ signers }) => signers)
    .flatMap(({ attorney }) => (attorney === undefined ? [] : [attorney.status]))
  if (statuses.some((status) => failed.includes(status))) return exitCodes.refused
  return isAsked && statuses.some((status) => open.includes(status)) ? exitCodes.indeterminate : exitCodes.ok
}
