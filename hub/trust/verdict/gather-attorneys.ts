// Finds the powers of attorney behind the signers of a message, and adds them to the facts before these are frozen.

import type { Attorney, AttorneyRequisites } from '../../../schemas/attorney/value.ts'
import type {
  AttorneyLink,
  AttorneySignatureFact,
  AttorneySigner,
  SignerAttorney,
} from '../../../schemas/attorney/verdict.ts'
import type { SignerFacts } from '../../../schemas/verdict/facts.ts'
import type { MessageFacts, SignedFacts } from '../../../schemas/verdict/message-facts.ts'
import { cosignersOf } from '../attorney/check-parties.ts'
import { seeksAttorney, senderOf } from '../attorney/due.ts'
import type { DetachedSignature, ReadAttorneyFile } from '../attorney/file.ts'
import { gatherAttorney } from '../attorney/gather.ts'
import { type AskedRegistry, type AskOptions, askRegistry } from '../attorney/registry-asked.ts'
import { workOfMessage } from '../path/build.ts'
import { type TrustView, withChains } from './gather.ts'
import { judgeSigner } from './judge-signer.ts'
import { provenTime } from './proven-time.ts'
import type { Turn } from './turns.ts'

/** Where powers of attorney of a message may be. */
export type AttorneyPlaces = {
  /** Of the message, read by a worker. */
  files: readonly ReadAttorneyFile[]
  /** By id of the signature they are named for. */
  requisites: ReadonlyMap<string, readonly AttorneyRequisites[]>
}

/** Whether any signer of the message may need a power of attorney. Pure. */
export function needsAttorney({ signatures }: MessageFacts): boolean {
  return signatures.some(({ signature }) => signature?.signers.some(seeks) ?? false)
}

function seeks({ attorney, certificate }: SignerFacts): boolean {
  return attorney !== undefined && certificate !== undefined && seeksAttorney(certificate.names, attorney.due)
}

/**
 * The facts with what was found for each signer that may need a power of attorney. Everything the registry is asked has one
 * deadline for the message; rejects only where reading what it gave does. `turn` is awaited before each signer and signature
 * that is judged.
 */
export async function withAttorneys(
  facts: MessageFacts,
  places: AttorneyPlaces,
  { trust, turn, ...asking }: AskOptions & { trust: TrustView; turn?: Turn },
): Promise<MessageFacts> {
  if (!needsAttorney(facts)) return facts
  const asked = askRegistry(asking)
  try {
    const finder = new AttorneyFinder(facts, places, { asked, trust, turn: turn ?? (async () => {}) })
    const signatures = await Promise.all(facts.signatures.map((signed) => finder.signed(signed)))
    return { ...facts, signatures, attorneys: finder.links }
  } finally {
    asked.close()
  }
}

/** Somebody whose signature passed: the certificate and what it names. */
type Cosigner = { sha256: string; names: AttorneySigner }

/** Finds for one message; a power of attorney is judged and kept once, however many signers rely on it. */
class AttorneyFinder {
  readonly links: AttorneyLink[] = []
  readonly #facts: MessageFacts
  readonly #places: AttorneyPlaces
  readonly #asked: AskedRegistry
  readonly #trust: TrustView
  readonly #turn: Turn
  /** What its own signatures may cost, as those of documents. */
  readonly #work = workOfMessage()
  readonly #cosignersOf = new Map<Attorney, Map<string, Promise<Cosigner[]>>>()
  readonly #placeOf = new Map<Attorney, number>()
  readonly #verified = new Map<ReadAttorneyFile, Promise<readonly AttorneySignatureFact[]>>()

  constructor(
    facts: MessageFacts,
    places: AttorneyPlaces,
    { asked, trust, turn }: { asked: AskedRegistry; trust: TrustView; turn: Turn },
  ) {
    this.#facts = facts
    this.#places = places
    this.#asked = asked
    this.#trust = trust
    this.#turn = turn
  }

  async signed(signed: SignedFacts): Promise<SignedFacts> {
    const { signature } = signed
    if (signature === undefined || !signature.signers.some(seeks)) return signed
    const signers = await Promise.all(signature.signers.map((signer) => this.#signer(signer, signed)))
    return { ...signed, signature: { ...signature, signers } }
  }

  async #signer(signer: SignerFacts, signed: SignedFacts): Promise<SignerFacts> {
    const { attorney, certificate, claimedTime } = signer
    if (!seeks(signer) || attorney === undefined || certificate === undefined) return signer
    await this.#turn()
    const documentSigner = namesOf(certificate.names)
    const sender = senderOf(signed.participantInn)
    const requisites = this.#places.requisites.get(signed.id) ?? []
    const { chain, ...rest } = await gatherAttorney(
      {
        files: this.#places.files,
        requisites,
        documentSigner,
        senderInn: sender.inn,
        verify: (file) => this.#verify(file),
      },
      this.#asked,
    )
    const proven = provenTime(signer.timestamps, this.#facts.receivedAt, this.#facts.policy)
    const found: SignerAttorney['found'] = {
      ...rest,
      chain: chain.map((link) => this.#place(link)),
      requisites,
      documentSigner,
      cosigners: await this.#cosigners(signer, signed.document, chain[0]?.attorney),
      sender,
      controlTime: proven.time,
      controlSource: proven.by === 'timestamp' ? 'time-stamp' : 'receipt',
      ...(claimedTime === undefined ? {} : { claimedTime }),
      powersWanted: this.#facts.policy.attorney.powersWanted,
    }
    return { ...signer, attorney: { due: attorney.due, found } }
  }

  #place(link: AttorneyLink): number {
    const known = this.#placeOf.get(link.attorney)
    if (known !== undefined) return known
    const place = this.links.push(link) - 1
    this.#placeOf.set(link.attorney, place)
    return place
  }

  #verify(file: ReadAttorneyFile): Promise<readonly AttorneySignatureFact[]> {
    const known = this.#verified.get(file) ?? this.#judgeAll(file)
    this.#verified.set(file, known)
    return known
  }

  async #judgeAll({ signatures }: ReadAttorneyFile): Promise<AttorneySignatureFact[]> {
    const facts: AttorneySignatureFact[] = []
    for (const one of signatures) {
      await this.#turn()
      facts.push(...this.#judge(one))
    }
    return facts
  }

  /** By the judge of documents, but for whom the signer acts; a file nobody can be named in has failed. */
  #judge({ facts, certificates }: DetachedSignature): AttorneySignatureFact[] {
    const { receivedAt, judgedAt, policy } = this.#facts
    if (facts?.problems.some(({ problem }) => problem === 'signature.many')) {
      return [{ indication: 'indeterminate', subIndication: 'GENERIC', signer: {} }]
    }
    if (facts === undefined || facts.problems.length > 0 || facts.signers.length === 0) {
      return [{ indication: 'failed', subIndication: 'FORMAT_FAILURE', signer: {} }]
    }
    const around = {
      receivedAt,
      now: judgedAt,
      trust: this.#trust,
      policy,
      embedded: certificates,
      work: this.#work,
    }
    return withChains(facts, around).signers.map((signer) => this.#factOf(signer))
  }

  #factOf(signer: SignerFacts): AttorneySignatureFact {
    const { receivedAt, policy } = this.#facts
    const judged = judgeSigner(signer, { receivedAt, senderInn: undefined, identity: 'by-attorney', policy })
    return {
      indication: indications[judged.indication],
      ...(judged.subIndication === undefined ? {} : { subIndication: judged.subIndication }),
      signer: namesOf(signer.certificate?.names ?? {}),
    }
  }

  /**
   * Others who signed the same document and whose signatures passed, where powers are held jointly: those who hold them. Found
   * once for a document and a power of attorney, for there may be a thousand who rely on it.
   */
  async #cosigners(
    own: SignerFacts,
    document: string,
    attorney: Attorney | undefined,
  ): Promise<AttorneySigner[]> {
    if (attorney === undefined || !attorney.powers.heldJointly) return []
    const known = this.#cosignersOf.get(attorney) ?? new Map<string, Promise<Cosigner[]>>()
    this.#cosignersOf.set(attorney, known)
    const found = known.get(document) ?? this.#passed(document).then((all) => cosignersOf(attorney, all))
    known.set(document, found)
    return (await found).filter(({ sha256 }) => sha256 !== own.certificate?.sha256).map(({ names }) => names)
  }

  /** Those whose signatures over a document passed, each certificate once. */
  async #passed(document: string): Promise<Cosigner[]> {
    const { signatures, receivedAt, policy } = this.#facts
    const around = { receivedAt, senderInn: undefined, identity: 'by-attorney', policy } as const
    const passed = new Map<string, Cosigner>()
    for (const { document: over, signature } of signatures) {
      if (over !== document || signature?.problems.length !== 0) continue
      await this.#turn()
      for (const signer of signature.signers) {
        const { certificate } = signer
        if (certificate === undefined || passed.has(certificate.sha256)) continue
        if (judgeSigner(signer, around).indication !== 'TOTAL-PASSED') continue
        passed.set(certificate.sha256, { sha256: certificate.sha256, names: namesOf(certificate.names) })
      }
    }
    return [...passed.values()]
  }
}

const indications = {
  'TOTAL-PASSED': 'passed',
  INDETERMINATE: 'indeterminate',
  'TOTAL-FAILED': 'failed',
} as const

const compared = [
  'commonName',
  'surname',
  'givenName',
  'innLegal',
  'inn',
  'ogrn',
  'ogrnip',
  'snils',
] as const satisfies (keyof AttorneySigner)[]

function namesOf(names: Readonly<Record<string, string>>): AttorneySigner {
  return Object.fromEntries(
    compared.flatMap((name) => (names[name] === undefined ? [] : [[name, names[name]]])),
  )
}
