// Fuzz target: signed lists of accredited authorities.
//
// Signed is the canonical form of the document without its Signature. Not signed are what canonicalisation evens out
// (white space inside of tags, quotation marks, character references, CDATA, the XML declaration), comments, and KeyInfo
// as long as its signer is the one that is pinned.

import assert from 'node:assert/strict'
import type { Certificate } from '../../../hub/trust/certificate.ts'
import { readSignedTrustList } from '../../../hub/trust/trust-list/edition.ts'
import type { TrustList } from '../../../hub/trust/trust-list/list.ts'
import { isRefusal } from '../../../schemas/refusals.ts'
import { enveloped, inclusive, listXml, signXml } from '../../support/signed-lists.ts'
import { identityOn } from '../../support/signing.ts'
import type { FuzzTarget } from '../target.ts'
import { workDone } from '../work.ts'

const at = new Date('2026-08-26T03:00:00Z')
const one = identityOn('TC26-256-B')
const other = identityOn('TC26-512-A')
const options = { pinned: new Set([one, other].map(({ certificate }) => certificate.thumbprint)), at }

const standing = {
  name: 'УЦ',
  ogrn: '1027700132195',
  status: { text: 'Действует', from: '2022-01-01T00:00:00Z' },
}
const gone = { text: 'Прекращена', from: '2024-01-01T00:00:00Z' }
const small = listXml({ authorities: [{ ...standing, certificates: [] }] })
const large = listXml({
  version: 16327,
  authorities: [
    { ...standing, certificates: [one.issuer.certificate], addresses: ['http://crl.test.invalid/1.crl'] },
    { ...standing, name: 'УЦ-2', status: gone, history: [standing.status], certificates: [] },
  ],
  extra: '<Новое а="1">что-то</Новое>',
})
const named = small.replace('Центры>', 'Центры Id="a">')

const samples: readonly Uint8Array[] = [
  signXml(small, one),
  `<?xml version="1.0" encoding="utf-8"?>\n${signXml(large, one).replace('<Дата>', '<!-- заметка --><Дата>')}`,
  signXml(small, { ...other, canonicalization: inclusive, transforms: [enveloped, inclusive] }),
  signXml(named, { ...one, uri: '#a' }),
].map((text) => Buffer.from(text))

/** Everything a list says. */
function statementOf({ digest, byThumbprint, ...said }: TrustList): string {
  return JSON.stringify([said, [...byThumbprint.keys()]], (key, value) => {
    return key === 'signer' || key === 'certificates' ? thumbprints(value as Certificate) : (value as unknown)
  })
}

function thumbprints(value: Certificate | readonly Certificate[]): string[] {
  return [value].flat().map(({ thumbprint }) => thumbprint)
}

let known: ReadonlySet<string> | undefined

function knownStatements(): ReadonlySet<string> {
  return new Set(
    samples.map((sample) => {
      const list = readSignedTrustList(sample, options)
      assert(!isRefusal(list), 'a sample is refused')
      return statementOf(list)
    }),
  )
}

export const trustListTarget: FuzzTarget = {
  name: 'trust-list',
  group: 'trust',
  form: 'xml',
  share: 4,
  samples() {
    known ??= knownStatements()
    return samples
  },
  judge(input) {
    const list = readSignedTrustList(input, options)
    if (isRefusal(list)) return list.code
    assert(known?.has(statementOf(list)), 'a list is believed that nobody has signed')
    return 'believed'
  },
  steps: workDone,
  // The document is scanned, its Signature read again, and its signed text once more.
  stepsMax: (octets) => 3 * octets + 100,
}
