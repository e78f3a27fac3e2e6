// The row of the trust bench for a whole verification: a detached CAdES-BES signature over a 20 KB document.

import { createSignatureCheck } from '../../hub/trust/cms/check.ts'
import { curves } from '../../hub/trust/gost/curves.ts'
import { type Issuer, issueCertificate, issueRevocationList } from '../../hub/trust/pki/issue.ts'
import { authorityName, organizationName } from '../../hub/trust/pki/subjects.ts'
import { PrivateKey } from '../../hub/trust/private-key.ts'
import { gatherEvidence } from '../../hub/trust/revocation/evidence.ts'
import { parseRevocationList } from '../../hub/trust/revocation/revocation-list.ts'
import { signDetached } from '../../hub/trust/sign.ts'
import { gatherMessage } from '../../hub/trust/verdict/gather.ts'
import { judgeMessage } from '../../hub/trust/verdict/judge.ts'
import { makeTrustView } from '../../hub/trust/view/trust-view.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { verdictPolicy } from '../../schemas/verdict/policy.ts'
import type { Seeded } from '../support/seeded.ts'

const documentBytes = 20 * 1024
const documentsCount = 32
/** The compiler of the runtime has done with a function after some thousands of its calls. */
const warmingTurns = 4000
const day = 86_400_000
const now = new Date('2026-10-01T09:00:00Z')
const policy = verdictPolicy('default')

/**
 * A function that verifies the document of a turn: structure, digest of every octet, signature, chain, revocation and
 * verdict. Chains and keys are warm; nothing else is remembered from one turn to the next.
 */
export function documentVerification(set: string, random: Seeded): (turn: number) => void {
  const root = issue(set, authorityName('Root'), 'root')
  const intermediate = issue(set, authorityName('CA'), 'intermediate', root)
  const list = {
    number: 1,
    thisUpdate: new Date(now.getTime() - day),
    nextUpdate: new Date(now.getTime() + day),
  }
  const lists = [root, intermediate].map((by) => {
    const parsed = parseRevocationList(issueRevocationList({ ...list, revoked: [] }, by))
    if (isRefusal(parsed)) throw new Error(parsed.seen)
    return parsed
  })
  const trust = makeTrustView({
    edition: '1',
    anchors: [root.certificate],
    intermediates: [intermediate.certificate],
    evidence: gatherEvidence(lists, []),
    trustList: undefined,
  })
  // One signer, as the engine has one key; every document and signature is another.
  const name = organizationName({ name: 'ООО "Подписант"', inn: '7710000000' })
  const identity = { ...issue(set, name, 'leaf', intermediate), chain: [intermediate.certificate] }
  const signed = Array.from({ length: documentsCount }, () => {
    const content = random.bytes(documentBytes)
    return { content, file: signDetached({ ...identity, content, at: now }) }
  })
  const verify = (turn: number) => {
    const one = signed[turn % documentsCount]
    if (one === undefined) throw new Error('no document for this turn')
    const check = createSignatureCheck(one.file)
    check.update(one.content)
    const { facts, certificates } = check.finish()
    const at = now.toISOString()
    const read = { id: 's', document: 'd', participant: '', participantInn: undefined, facts, certificates }
    const gathered = gatherMessage(
      {
        message: 'm',
        sender: '',
        receivedAt: at,
        judgedAt: at,
        documents: [
          {
            id: 'd',
            type: undefined,
            isEncrypted: false,
            body: 'message',
            sha256: undefined,
            streebog256: undefined,
          },
        ],
        signatures: [read],
        policy,
      },
      trust,
    )
    const { indication } = judgeMessage(gathered)
    if (indication !== 'TOTAL-PASSED') throw new Error(`a sound document is ${indication}`)
  }
  // So that the key has its table, the chain is known and the code is warm.
  for (let turn = 0; turn < warmingTurns; turn += 1) verify(turn)
  return verify
}

function issue(
  set: string,
  subject: ReturnType<typeof authorityName>,
  role: 'root' | 'intermediate' | 'leaf',
  issuer?: Issuer,
): Issuer {
  const curve = curves.find(({ name }) => name === set)
  if (curve === undefined) throw new Error(`no parameter set ${set}`)
  const privateKey = PrivateKey.generate(curve)
  const [notBefore, notAfter] = [new Date(now.getTime() - 90 * day), new Date(now.getTime() + 900 * day)]
  const crlAddress = 'http://crl.bench.invalid/ca.crl'
  const request = { role, subject, subjectKey: privateKey, notBefore, notAfter, crlAddress }
  return { certificate: issueCertificate(request, issuer), privateKey }
}
