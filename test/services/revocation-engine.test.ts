// Lists and OCSP answers of OpenSSL with the GOST engine, live: an independent maker of what we read and judge.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { type Certificate, readCertificates } from '../../hub/trust/certificate.ts'
import { gatherEvidence } from '../../hub/trust/revocation/evidence.ts'
import { judgeRevocation } from '../../hub/trust/revocation/judge.ts'
import { type OcspAnswer, parseOcspAnswer } from '../../hub/trust/revocation/ocsp-answer.ts'
import { checkIsAnswerTo, formOcspRequest } from '../../hub/trust/revocation/ocsp-request.ts'
import { type RevocationList, readRevocationLists } from '../../hub/trust/revocation/revocation-list.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { findEngine, openssl } from '../support/gost-engine.ts'
import { must } from '../support/revocation.ts'

const engine = findEngine()
const options = 'reason' in engine ? { skip: engine.reason } : {}
const folder = mkdtempSync(join(tmpdir(), 'revocation-engine-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const file = (name: string): string => join(folder, name)

const config = `[req]
prompt = no
distinguished_name = subject
[subject]
CN = Authority
[ca]
default_ca = authority
[authority]
dir = ${folder}
database = ${file('index.txt')}
crlnumber = ${file('number')}
new_certs_dir = ${folder}
certificate = ${file('ca.crt')}
private_key = ${file('ca.key')}
default_md = md_gost12_256
default_crl_days = 7
default_days = 30
policy = any
rand_serial = yes
[any]
commonName = supplied
[extensions]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[responder]
extendedKeyUsage = OCSPSigning
`

const certificateOf = (name: string): Certificate => {
  const [certificate] = must(readCertificates(readFileSync(file(`${name}.crt`))))
  if (certificate === undefined) throw new Error(name)
  return certificate
}

t.test('OpenSSL makes lists and answers, we judge by them', options, async (t) => {
  writeFileSync(file('conf'), config)
  writeFileSync(file('index.txt'), '')
  writeFileSync(file('number'), '1000\n')
  const newKey = ['-newkey', 'gost2012_256', '-pkeyopt', 'paramset:TCB', '-nodes', '-md_gost12_256']
  const req = (name: string, ...more: string[]) =>
    openssl(['req', '-config', file('conf'), ...newKey, '-keyout', file(`${name}.key`), ...more])
  const ca = (...more: string[]) => openssl(['ca', '-batch', '-notext', '-config', file('conf'), ...more])
  req('ca', '-x509', '-days', '30', '-extensions', 'extensions', '-out', file('ca.crt'))
  for (const name of ['good', 'revoked', 'responder']) {
    req(name, '-subj', `/CN=${name}`, '-out', file(`${name}.csr`))
    const more = name === 'responder' ? ['-extensions', 'responder'] : []
    ca('-in', file(`${name}.csr`), '-out', file(`${name}.crt`), ...more)
  }
  ca('-revoke', file('revoked.crt'), '-crl_reason', 'keyCompromise')
  ca('-gencrl', '-out', file('list.pem'))
  const lists = must(readRevocationLists(readFileSync(file('list.pem'))))
  const issuer = certificateOf('ca')
  const status = (name: string, from: { lists?: RevocationList[]; answers?: OcspAnswer[] }) => {
    const certificate = certificateOf(name)
    const evidence = gatherEvidence(from.lists ?? [], from.answers ?? [])
    const at = new Date(Date.now() + 1000)
    const input = {
      certificate,
      issuer,
      evidence,
      candidates: [],
      pathOf: () => undefined,
      at,
      ageMaxMs: 60_000,
    }
    const facts = judgeRevocation(input)
    return [facts.status, facts.reason, ...facts.problems.map(({ problem }) => problem)]
      .filter(Boolean)
      .join(' ')
  }
  t.equal(status('good', { lists }), 'good')
  t.equal(status('revoked', { lists }), 'revoked keyCompromise')

  for (const signer of ['ca', 'responder']) {
    for (const [name, expected] of [
      ['good', 'good'],
      ['revoked', 'revoked keyCompromise'],
    ] as const) {
      const request = formOcspRequest({
        certificate: certificateOf(name),
        issuer,
        digest: 'sha1',
        nonce: Buffer.alloc(32, 5),
      })
      writeFileSync(file('request'), request.der)
      const by = ['-rsigner', file(`${signer}.crt`), '-rkey', file(`${signer}.key`), '-rmd', 'md_gost12_256']
      const from = ['-index', file('index.txt'), '-CA', file('ca.crt'), '-reqin', file('request')]
      openssl(['ocsp', ...from, ...by, '-ndays', '1', '-respout', file('answer')])
      const answer = must(parseOcspAnswer(readFileSync(file('answer'))))
      t.notOk(
        isRefusal(checkIsAnswerTo(request, answer)),
        `${signer} on ${name}: it is the answer to our request`,
      )
      t.same(answer.nonce, request.nonce, 'with our nonce')
      // The responder's own revocation stands in the list.
      t.equal(status(name, { answers: [answer], lists: signer === 'ca' ? [] : lists }), expected)
      const other = name === 'good' ? 'revoked' : 'good'
      t.equal(status(other, { answers: [answer] }), 'unknown revocation.no-source')
    }
  }
})
