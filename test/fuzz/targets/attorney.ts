// Fuzz target: powers of attorney, documents that name them, and the verdict on what was read.
//
// The signature is detached and covers every octet of the file: nothing of it is unsigned.

import assert from 'node:assert/strict'
import { judgeAttorney } from '../../../hub/trust/attorney/judge.ts'
import { readAttorney } from '../../../hub/trust/attorney/read.ts'
import { findRequisites, scanDocument } from '../../../hub/trust/attorney/scan.ts'
import { checkSignature } from '../../../hub/trust/cms/check.ts'
import { signDetached } from '../../../hub/trust/sign.ts'
import { isRefusal } from '../../../schemas/refusals.ts'
import {
  attorneyOf,
  factsOf,
  link,
  numbers,
  originalXml,
  retrustXml,
  secondRetrustXml,
} from '../../support/attorneys.ts'
import { identityOn } from '../../support/signing.ts'
import type { FuzzTarget } from '../target.ts'
import { workDone } from '../work.ts'

const document = `<?xml version="1.0" encoding="windows-1251"?>
<Файл ИдФайл="ON_NSCHFDOPPR" ВерсФорм="5.03"><Документ><Подписант СпосПодтПолном="3"><СвДоверЭл НомДовер="${numbers.original}"
 ДатаВыдДовер="10.01.2026" ИдСистХран="https://registry.invalid"/></Подписант></Документ></Файл>`

const samples: readonly Uint8Array[] = [
  ...[originalXml(), retrustXml(), secondRetrustXml()].map((text) => Buffer.from(text)),
  Buffer.from(document.replace('windows-1251', 'utf-8')),
]
const original = attorneyOf(originalXml())
const at = new Date('2026-02-01T09:00:00Z')

let signatures: readonly Uint8Array[] | undefined

function signatureOf(index: number): Uint8Array {
  signatures ??= samples.map((content) => signDetached({ ...identityOn('TC26-256-B'), content, at }))
  return signatures[index] as Uint8Array
}

function isSigned(bytes: Uint8Array, index: number): boolean {
  const { facts } = checkSignature(signatureOf(index), bytes)
  return facts.signers.every(({ problems }) => !problems.some(({ problem }) => problem === 'cms.digest'))
}

export const attorneyTarget: FuzzTarget = {
  name: 'attorney',
  group: 'trust',
  form: 'xml',
  share: 8,
  samples: () => samples,
  judge(input, index) {
    const scan = scanDocument(input)
    const requisites = findRequisites(input)
    assert(isRefusal(requisites) || isRefusal(scan) || requisites.length <= scan.requisites.length)
    const attorney = readAttorney(input)
    if (isRefusal(attorney)) return attorney.code
    // What is written and read again is the same: nothing depends on how it was put.
    assert.deepEqual(JSON.parse(JSON.stringify(attorney)), attorney)
    const chain = attorney.retrust === undefined ? [link(attorney)] : [link(attorney), link(original)]
    const { status } = judgeAttorney(factsOf({ chain }))
    const isSame = samples.some((sample) => Buffer.compare(sample, input) === 0)
    assert(isSame || !isSigned(input, index), 'a changed power of attorney is signed')
    return status
  },
  steps: workDone,
  // Scanned twice, read once; a signature is read where the reader had no objection.
  stepsMax: (octets) => 3 * octets + 20_000,
}
