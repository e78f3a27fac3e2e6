// Forms the names of certificates (order ФСБ №795) and public keys (RFC 9215) as pkijs structures.

import * as asn1js from 'asn1js'
import { AlgorithmIdentifier, PublicKeyInfo, RelativeDistinguishedNames } from 'pkijs'
import { algorithmsOf } from '../algorithms.ts'
import { oids } from '../der/oids.ts'
import { tags } from '../der/reader.ts'
import { join, objectIdentifier, octetString, primitive, sequence, setOf } from '../der/write.ts'
import type { NameAttributes, NameField } from '../distinguished-name.ts'
import { keyParameters, type PrivateKey } from '../private-key.ts'

const numericFields: readonly NameField[] = ['inn', 'innLegal', 'ogrn', 'ogrnip', 'snils']

/**
 * A Name with the attributes in the order given, each in a SET of its own. pkijs would put all of them into one SET,
 * which makes one component of many values, so the bytes are written here.
 */
export function formName(attributes: NameAttributes): RelativeDistinguishedNames {
  return nameFromBytes(nameBytes(attributes))
}

/** The DER of that Name. */
export function nameBytes(attributes: NameAttributes): Uint8Array {
  const entries = Object.entries(attributes) as [NameField, string][]
  const components = entries.map(([field, value]) =>
    setOf(sequence(objectIdentifier(oids[field]), primitive(textTag(field), Buffer.from(value, 'utf8')))),
  )
  return join(sequence(...components))
}

function textTag(field: NameField): number {
  if (field === 'country') return tags.printableString
  return numericFields.includes(field) ? tags.numericString : tags.utf8String
}

/** A Name as it stands in bytes, so that issuer and subject agree to the byte. */
export function nameFromBytes(raw: Uint8Array): RelativeDistinguishedNames {
  return new RelativeDistinguishedNames({ schema: asn1js.fromBER(arrayBuffer(raw)).result })
}

/** SubjectPublicKeyInfo of a key. */
export function formPublicKey(key: PrivateKey): PublicKeyInfo {
  const parameters = asn1js.fromBER(arrayBuffer(join(keyParameters(key.curve)))).result
  return new PublicKeyInfo({
    algorithm: new AlgorithmIdentifier({
      algorithmId: algorithmsOf(key.curve.bits).keyOid,
      algorithmParams: parameters,
    }),
    subjectPublicKey: new asn1js.BitString({ valueHex: arrayBuffer(publicKeyBits(key)) }),
  })
}

/** What the BIT STRING of a GOST public key holds: an OCTET STRING. */
export function publicKeyBits(key: PrivateKey): Uint8Array {
  return join(octetString(key.publicKey()))
}

/** Bytes in the form pkijs takes. */
export function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer
}
