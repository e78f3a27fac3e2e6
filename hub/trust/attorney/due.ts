// Decides whether a signature needs a power of attorney (domain rules 6.3).

import type { AttorneyDue, AttorneySender, AttorneySigner } from '../../../schemas/attorney/verdict.ts'
import { organisationInn, personalInn } from './match.ts'

/**
 * Whether a power of attorney is to be looked for: one is due, or the sender's number is not known and no organisation or
 * entrepreneur is named by the certificate, so that a person signed for somebody.
 */
export function seeksAttorney(signer: AttorneySigner, { due }: AttorneyDue): boolean {
  if (due !== 'undecided') return due === 'required'
  return organisationInn(signer) === undefined && signer.ogrn === undefined && signer.ogrnip === undefined
}

/** The sender by the ИНН of its id: of ten digits an organisation's, of twelve an entrepreneur's. */
export function senderOf(inn: string | undefined): AttorneySender {
  return { kind: inn?.length === 12 ? 'entrepreneur' : 'organisation', ...(inn === undefined ? {} : { inn }) }
}

/**
 * Whether whoever signed needs a power of attorney for the sender. It applies to every act of signing alike: a document,
 * a notice of receipt, a request for clarification, a refusal, an annulment.
 *
 * Not required: the certificate is the organisation's own (ИННЮЛ, "00" with ten digits, or ОГРН when there is no ИНН), which
 * the law gives to its head only; or it is the entrepreneur's own (ИНН of twelve digits). Whether such a certificate is
 * still lawful and who issued it is judged with the signature.
 */
export function attorneyDue(signer: AttorneySigner, sender: AttorneySender): AttorneyDue {
  if (sender.inn === undefined) return { due: 'undecided', reason: 'sender-unknown' }
  const inn = organisationInn(signer)
  if (inn === 'contradictory') return { due: 'required', reason: 'contradictory' }
  if (sender.kind === 'entrepreneur') {
    if (inn === undefined && signer.ogrn === undefined && personalInn(signer) === sender.inn) {
      return { due: 'not-required', reason: 'own-entrepreneur' }
    }
    return { due: 'required', reason: inn === undefined ? 'natural-person' : 'other-organisation' }
  }
  const isSameOgrn = signer.ogrn !== undefined && signer.ogrn === sender.ogrn
  if (inn === undefined) {
    if (isSameOgrn) return { due: 'not-required', reason: 'head-of-sender' }
    return { due: 'required', reason: signer.ogrn === undefined ? 'natural-person' : 'other-organisation' }
  }
  if (inn === sender.inn) {
    const isOtherOgrn = signer.ogrn !== undefined && sender.ogrn !== undefined && !isSameOgrn
    if (isOtherOgrn) return { due: 'required', reason: 'contradictory' }
    return { due: 'not-required', reason: 'head-of-sender' }
  }
  return { due: 'required', reason: isSameOgrn ? 'contradictory' : 'other-organisation' }
}
