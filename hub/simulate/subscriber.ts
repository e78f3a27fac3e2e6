// Simulated operators and their subscribers: who they are and what they sign with, made in memory or read from a PKI.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type OperatorCode,
  type ParticipantId,
  parseOperatorCode,
  parseParticipantId,
} from '../../schemas/ids.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import type { Certificate } from '../trust/certificate.ts'
import { type Curve, curves } from '../trust/gost/curves.ts'
import type { DevelopmentPki, IssuedFiles } from '../trust/pki/development.ts'
import { type Issuer, issueCertificate, issueRevocationList } from '../trust/pki/issue.ts'
import { authorityName, organizationName } from '../trust/pki/subjects.ts'
import { PrivateKey } from '../trust/private-key.ts'
import type { SigningIdentity } from '../trust/sign.ts'
import { readSigningIdentity } from '../trust/signing-identity.ts'

/** An organisation that exchanges documents. */
export type SimulatedSubscriber = {
  id: ParticipantId
  name: string
  inn: string
  kpp: string
  identity: SigningIdentity
}

/** An operator: its code, name, ИНН and the identity it signs packages with. */
export type SimulatedParty = { code: OperatorCode; name: string; inn: string; identity: SigningIdentity }

const day = 86_400_000
const validDays = 3652

/** Issues identities under a root in memory. A key takes a few milliseconds; nothing is written anywhere. */
export class SimulatedAuthority {
  readonly #root: Issuer
  readonly #at: Date
  readonly #crlAddress: string

  /** `crlAddress` stands in its certificates. */
  constructor(at: Date = new Date(), crlAddress = 'http://crl.simulated.invalid/root.crl') {
    this.#at = at
    this.#crlAddress = crlAddress
    const privateKey = PrivateKey.generate(curveOf('TC26-256-B'))
    const subject = authorityName('УЦ испытательных узлов')
    this.#root = { privateKey, certificate: this.#issue('root', subject, privateKey) }
  }

  /** Who issues. */
  get root(): Issuer {
    return this.#root
  }

  /** A new operator. */
  operator(of: { code: string; name: string; inn: string; curve?: string }): SimulatedParty {
    const code = parseOperatorCode(of.code)
    assert(code !== undefined, of.code)
    return { code, name: of.name, inn: of.inn, identity: this.identity(of) }
  }

  /** A new subscriber; КПП is made from its ИНН. */
  subscriber(of: { id: string; name: string; inn: string; curve?: string }): SimulatedSubscriber {
    return {
      id: participant(of.id),
      name: of.name,
      inn: of.inn,
      kpp: kppOf(of.inn),
      identity: this.identity(of),
    }
  }

  /** A certificate of an organisation with a new key. */
  identity(of: { name: string; inn: string; curve?: string }): SigningIdentity {
    const privateKey = PrivateKey.generate(curveOf(of.curve ?? 'TC26-256-B'))
    const certificate = this.#issue('leaf', organizationName(of), privateKey, this.#root)
    return { certificate, privateKey }
  }

  /** What a hub must trust to judge what these identities sign: the root, and its list that revokes nobody. */
  trust(): { root: Certificate; list: Uint8Array } {
    const nextUpdate = new Date(this.#at.getTime() + validDays * day)
    const list = issueRevocationList({ number: 1, thisUpdate: this.#at, nextUpdate, revoked: [] }, this.#root)
    return { root: this.#root.certificate, list }
  }

  #issue(
    role: 'root' | 'leaf',
    subject: ReturnType<typeof organizationName>,
    subjectKey: PrivateKey,
    issuer?: Issuer,
  ) {
    const notBefore = new Date(this.#at.getTime() - day)
    const notAfter = new Date(this.#at.getTime() + validDays * day)
    const crlAddress = this.#crlAddress
    return issueCertificate({ role, subject, subjectKey, notBefore, notAfter, crlAddress }, issuer)
  }
}

/** Reads the operators and subscribers of a development PKI from its folder. */
export async function readParties(
  folder: string,
  pki: DevelopmentPki,
): Promise<{ operators: SimulatedParty[]; subscribers: SimulatedSubscriber[] }> {
  const operators = pki.operators.map(async ({ code, name, inn, ...files }) => {
    const known = parseOperatorCode(code)
    assert(known !== undefined, code)
    return { code: known, name, inn, identity: await readIdentity(folder, files) }
  })
  const subscribers = pki.subscribers.map(async ({ id, name, inn, kpp, ...files }) => ({
    id: participant(id),
    name,
    inn,
    kpp: kpp ?? kppOf(inn),
    identity: await readIdentity(folder, files),
  }))
  return { operators: await Promise.all(operators), subscribers: await Promise.all(subscribers) }
}

async function readIdentity(folder: string, files: IssuedFiles): Promise<SigningIdentity> {
  const identity = readSigningIdentity({
    certificate: await readFile(join(folder, files.certificate)),
    key: await readFile(join(folder, files.key), 'utf8'),
  })
  assert(!isRefusal(identity), `${files.certificate} and ${files.key} belong together`)
  return identity
}

function participant(text: string): ParticipantId {
  const id = parseParticipantId(text)
  assert(id !== undefined, `${text} is a participant`)
  return id
}

function kppOf(inn: string): string {
  return `${inn.slice(0, 4)}01001`
}

function curveOf(name: string): Curve {
  const curve = curves.find((candidate) => candidate.name === name)
  assert(curve !== undefined, `there is no parameter set ${name}`)
  return curve
}
