// What a simulated partner does with a package however it came: takes it apart once, keeps the answer of its name.

import { isRefusal, refusalText } from '../../schemas/refusals.ts'
import type { Behaviour, Conduct } from './behaviours.ts'
import { sha256 } from './messages.ts'
import type { PartnerRecord } from './record.ts'
import { type CheckDepth, type TakenPackage, takeApart } from './take.ts'

/** What a reception works with. */
export type ReceptionOptions = {
  record: PartnerRecord
  conduct: Conduct
  checks: CheckDepth
  /** Thumbprints of who may send packages here; undefined for anybody. */
  signers(): readonly string[] | undefined
  /** A package was taken; called once per package and effect. */
  onTaken(taken: TakenPackage, behaviour: Behaviour): void
}

/** One arrival as far as every transport knows it. */
export type Arriving = { name: string; bytes: Uint8Array; at: Date; behaviour: Behaviour }

/** The answer to an arrival. */
export type Given = { status: number; text: string; isRepeated: boolean }

/** The desk of one partner, for all its transports. */
export class Reception {
  readonly record: PartnerRecord
  readonly conduct: Conduct
  readonly #options: ReceptionOptions
  readonly #answers = new Map<string, { status: number; text: string; sha256: string }>()

  constructor(options: ReceptionOptions) {
    this.record = options.record
    this.conduct = options.conduct
    this.#options = options
  }

  /** The stored answer of a name, or a first look at the package. */
  take({ name, bytes, at, behaviour }: Arriving): Given {
    const { checks, signers, onTaken, record } = this.#options
    const key = name.toLowerCase()
    const stored = behaviour.keepsAnswers ? this.#answers.get(key) : undefined
    const digest = sha256(bytes)
    if (stored !== undefined) {
      return stored.sha256 === digest
        ? { status: stored.status, text: stored.text, isRepeated: true }
        : { status: 400, text: 'the name was used for other bytes', isRepeated: true }
    }
    const taken = takeApart({ name, bytes, at, checks, signers: signers() })
    const given = isRefusal(taken)
      ? { status: 400, text: refusalText(taken) }
      : { status: 200, text: 'accepted' }
    this.#answers.set(key, { ...given, sha256: digest })
    if (!isRefusal(taken)) {
      record.add(taken)
      onTaken(taken, behaviour)
    }
    return { ...given, isRepeated: false }
  }

  /** Records an arrival. `isCut`: its body did not come in whole; `status` 0: it was not answered. */
  note(
    arriving: Arriving,
    of: { status: number; repeated?: boolean; isCut?: boolean; receiptAddress?: string | undefined },
  ): void {
    const { name, bytes, at, behaviour } = arriving
    const { status, repeated = false, isCut = false, receiptAddress } = of
    this.record.add({
      arrival: {
        name,
        sha256: isCut || name === '' ? undefined : sha256(bytes),
        bytes: bytes.length,
        at,
        behaviour: behaviour.name,
        status,
        repeated,
        receiptAddress,
      },
    })
  }
}
