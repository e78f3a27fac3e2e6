// Revocation of the certificates of a path by lists the caller gives, for the offline verbs.

import { isRefusal } from '../../schemas/refusals.ts'
import type { RevocationFacts } from '../../schemas/verdict/facts.ts'
import type { Certificate } from '../trust/certificate.ts'
import type { PathValidator, ValidatedPath } from '../trust/path/validator.ts'
import { gatherEvidence } from '../trust/revocation/evidence.ts'
import { judgeRevocations } from '../trust/revocation/judge.ts'
import { parseRevocationList, type RevocationList } from '../trust/revocation/revocation-list.ts'
import type { Unread } from './certificate-files.ts'

/** Lists and what could not be read of them. */
export function parseLists(ders: readonly Uint8Array[]): { lists: RevocationList[]; unread: Unread[] } {
  const lists: RevocationList[] = []
  const unread: Unread[] = []
  for (const der of ders) {
    const list = parseRevocationList(der)
    if (isRefusal(list)) unread.push({ file: '--crls', what: list.seen ?? list.code })
    else lists.push(list)
  }
  return { lists, unread }
}

/** What is asked about: a path, and where signers of lists may be found. */
export type PathRevocation = {
  path: Pick<ValidatedPath, 'certificates' | 'anchor'>
  lists: readonly RevocationList[]
  /** Other certificates at hand. */
  candidates: readonly Certificate[]
  validator: PathValidator
  at: Date
}

/** What is known about the revocation of the certificates of a path at a time. Empty without an anchor. */
export function revocationsOf({ path, lists, candidates, validator, at }: PathRevocation): RevocationFacts[] {
  if (path.anchor === undefined) return []
  return judgeRevocations([...path.certificates, path.anchor], {
    evidence: gatherEvidence(lists, []),
    candidates,
    pathOf: (signer) => {
      const found = validator.validate(signer, at, candidates)
      if (found.anchor === undefined || found.facts.problems.length > 0) return undefined
      return [...found.certificates, found.anchor]
    },
    at,
  })
}
