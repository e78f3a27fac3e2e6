// Fuzz targets: revocation lists and OCSP answers, read and judged by.
//
// Signed is tbsCertList, or tbsResponseData: whoever believes a list or an answer must believe octets that were issued.
// Not signed are the lengths and wrappers around it, the value of the signature, which ECDSA can write in two ways, and
// the certificates an answer brings along.

import assert from 'node:assert/strict'
import type { Certificate } from '../../../hub/trust/certificate.ts'
import { gatherEvidence } from '../../../hub/trust/revocation/evidence.ts'
import { revocationOids } from '../../../hub/trust/revocation/identifiers.ts'
import { judgeRevocation } from '../../../hub/trust/revocation/judge.ts'
import { type OcspAnswer, parseOcspAnswer } from '../../../hub/trust/revocation/ocsp-answer.ts'
import { parseRevocationList, type RevocationList } from '../../../hub/trust/revocation/revocation-list.ts'
import { isRefusal } from '../../../schemas/refusals.ts'
import type { RevocationFacts } from '../../../schemas/verdict/facts.ts'
import {
  answerBytes,
  type KeyKind,
  keyNamed,
  listBytes,
  makeAuthority,
  makeParty,
  nameOf,
  noCheck,
  type Party,
  purposes,
  times,
  usage,
} from '../../support/revocation.ts'
import type { FuzzTarget } from '../target.ts'
import { stepsOfSignature, workDone } from '../work.ts'

type Family = { authority: Party; users: readonly Certificate[]; responder: Party }

const root = makeAuthority('Root')
const families = (['ec', 'rsa', 'gost'] as const).map(familyOf)

function familyOf(kind: KeyKind): Family {
  const authority = makeAuthority(`CA ${kind}`, root, { key: keyNamed(`ca ${kind}`, kind) })
  const user = (name: string, serial: number): Certificate =>
    makeParty({ name: nameOf(name), serial, key: keyNamed('user') }, authority).certificate
  const responder = makeParty(
    {
      name: nameOf(`Responder ${kind}`),
      key: keyNamed(`responder ${kind}`, kind),
      extensions: [usage(0), purposes(revocationOids.ocspSigning), noCheck],
    },
    authority,
  )
  return { authority, users: [user('One', 77), user('Two', 0x80)], responder }
}

/** Without a next update a list is believed for some days only. */
const recent = { thisUpdate: new Date('2026-06-14T00:00:00Z') }

type Sample = { bytes: Uint8Array; family: Family }

const lists: readonly Sample[] = families.flatMap((family) => {
  const [one, two] = family.users as [Certificate, Certificate]
  const { authority } = family
  const named = { of: one, reason: 1, invalidity: times.thisUpdate, issuer: authority.certificate.subject }
  const forms = [
    listBytes(authority, { entries: [{ of: one, reason: 1, invalidity: times.notBefore }] }),
    listBytes(authority, { entries: [{ of: two, reason: 6 }], number: 2, ...recent, nextUpdate: undefined }),
    listBytes(authority, { number: 3, base: 1, entries: [{ of: two, reason: 8 }] }),
    listBytes(authority, { scope: { isIndirect: true }, entries: [named, { of: two }] }),
    listBytes(authority, { scope: { only: 'users' }, number: undefined }),
  ]
  return forms.map((bytes) => ({ bytes, family }))
})

const answers: readonly Sample[] = families.flatMap((family) => {
  const { authority, responder, users } = family
  const [one, two] = users as [Certificate, Certificate]
  const issuer = authority.certificate
  const certificates = [responder.certificate]
  const forms = [
    answerBytes(authority, [{ of: one, issuer }]),
    answerBytes(authority, [{ of: one, issuer, status: 'revoked', reason: 1 }], { byKey: true }),
    answerBytes(
      responder,
      [
        { of: one, issuer },
        { of: two, issuer, status: 'unknown' },
      ],
      { certificates },
    ),
    answerBytes(responder, [{ of: two, issuer, digest: 'streebog256' }], {
      certificates,
      byKey: true,
      nonce: Buffer.alloc(16, 7),
    }),
  ]
  return forms.map((bytes) => ({ bytes, family }))
})

/** What is believed about the certificates of a family when one list or answer is all there is, and what it rests on. */
function judged(
  { authority, users }: Family,
  given: { lists?: readonly RevocationList[]; answers?: readonly OcspAnswer[] },
): RevocationFacts[] {
  const evidence = gatherEvidence(given.lists ?? [], given.answers ?? [])
  const { certificate: issuer } = authority
  return users.map((certificate) =>
    judgeRevocation({
      certificate,
      issuer,
      evidence,
      candidates: [root.certificate],
      pathOf: (signer) => (signer === root.certificate ? [signer] : undefined),
      at: times.at,
    }),
  )
}

/** By the octets signed: what may be said on their word alone. */
const statements = new Map<string, ReadonlySet<string>>()

function statementOf({ evidence, further, problems, ...said }: RevocationFacts): string {
  return JSON.stringify(said)
}

function check(
  signed: { tbs: Uint8Array },
  sha256: string,
  facts: readonly RevocationFacts[],
  isSample: boolean,
): string {
  const key = Buffer.from(signed.tbs).toString('latin1')
  const resting = facts.filter(({ evidence, further = [] }) => [evidence, ...further].includes(sha256))
  assert(resting.length > 0 || facts.every(({ status }) => status === 'unknown'), 'believed without evidence')
  const said = resting.map(statementOf)
  if (isSample) statements.set(key, new Set(said))
  const known = statements.get(key)
  for (const one of said) assert(known?.has(one), `believed, and nobody has said it: ${one}`)
  return resting[0]?.status ?? facts[0]?.problems[0]?.problem ?? 'not used'
}

function judgeList(input: Uint8Array, { family }: Sample, isSample = false): string {
  const list = parseRevocationList(Uint8Array.from(input))
  if (isRefusal(list)) return list.code
  return check(list.signed, list.sha256, judged(family, { lists: [list] }), isSample)
}

function judgeAnswer(input: Uint8Array, { family }: Sample, isSample = false): string {
  const answer = parseOcspAnswer(input)
  if (isRefusal(answer)) return answer.code
  return check(answer.signed, answer.sha256, judged(family, { answers: [answer] }), isSample)
}

function target(
  name: string,
  of: readonly Sample[],
  judge: (input: Uint8Array, sample: Sample, isSample?: boolean) => string,
): FuzzTarget {
  let isKnown = false
  return {
    name,
    group: 'trust',
    form: 'der',
    share: 12,
    samples() {
      if (!isKnown) for (const sample of of) judge(sample.bytes, sample, true)
      isKnown = true
      return of.map(({ bytes }) => bytes)
    },
    judge: (input, index) => judge(input, of[index] as Sample),
    steps: workDone,
    // For each of two certificates the list is searched and the few keys of the issuer's name are tried.
    stepsMax: (octets) => 8 * octets + 12 * stepsOfSignature,
  }
}

export const crlTarget = target('crl', lists, judgeList)
export const ocspTarget = target('ocsp', answers, judgeAnswer)
