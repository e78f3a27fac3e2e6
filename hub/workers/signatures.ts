// Reads one document of a message in a worker thread: the digests of its body, and the signatures over it.

import assert from 'node:assert/strict'
import { inflateEntry } from '../../operators/containers/zip/inflate.ts'
import type { EntryPlace, OpenedMessage, SignatureHeader } from '../../schemas/package.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import type { BodyDigests } from '../pipeline/ports.ts'
import type { SignatureAllowance } from '../trust/cms/allowance.ts'
import { createSignatureCheck } from '../trust/cms/check.ts'
import { type AnyDigest, digestBytes } from '../trust/signature-scheme.ts'
import type { ReadSignature } from '../trust/verdict/gather.ts'

/** A signature of a message with its file. */
export type SignatureFile = { header: SignatureHeader; bytes: Uint8Array | undefined }

/** The digests of one body, each computed once however many signatures ask for it. */
export class BodyReader {
  readonly #body: Uint8Array
  readonly #digests = new Map<AnyDigest, Uint8Array>()

  constructor(body: Uint8Array) {
    this.#body = body
  }

  digest(name: AnyDigest): Uint8Array {
    const known = this.#digests.get(name)
    if (known !== undefined) return known
    const fresh = digestBytes(name, this.#body)
    this.#digests.set(name, fresh)
    return fresh
  }

  /** What goes into the document index (RULES 28). */
  indexed(document: string): BodyDigests {
    return {
      document,
      size: this.#body.length,
      sha256: hex(this.digest('sha256')),
      streebog256: hex(this.digest('streebog256')),
    }
  }

  /**
   * Checks one signature over the body, octet by octet by its digests: nothing is remembered from another message. It takes
   * from the allowance, which is that of the message.
   */
  check({ header, bytes }: SignatureFile, allowance: SignatureAllowance): ReadSignature {
    if (bytes === undefined) return unread(header)
    const check = createSignatureCheck(bytes, { allowance })
    // An attached content is compared by a digest too.
    const wanted = check.digests.length > 0 ? check.digests : (['sha256'] as const)
    for (const name of wanted) check.giveDigest(name, this.digest(name))
    const { facts, certificates } = check.finish()
    return { ...unread(header), facts, certificates: certificates.map((der) => Uint8Array.from(der)) }
  }
}

/** A signature whose document is not at hand, or cannot be read by anybody but its recipient. */
export function unread({ id, document, signer }: SignatureHeader): ReadSignature {
  return { id, document, participant: signer, participantInn: undefined, facts: undefined, certificates: [] }
}

/** The signature files of a message over one document. */
export function signatureFiles(zip: Uint8Array, message: OpenedMessage, document: string): SignatureFile[] {
  return message.description.signatures
    .filter((header) => header.document === document)
    .map((header) => {
      const entry = entryNamed(message.entries, `${header.id}.p7s`)
      return { header, bytes: entry && inflated(zip, entry) }
    })
}

/** The entry of a file of a message by the end of its name. */
export function entryNamed(entries: readonly EntryPlace[], file: string): EntryPlace | undefined {
  return entries.find(({ name }) => name.endsWith(`/${file}`))
}

/** The content of an entry that passed the door. */
export function inflated(zip: Uint8Array, entry: EntryPlace): Uint8Array {
  const bytes: Uint8Array | Refusal = inflateEntry(zip, entry)
  assert(!isRefusal(bytes), 'an entry that was inflated at the door cannot be inflated again')
  return bytes
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}
