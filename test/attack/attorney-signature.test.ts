// Every octet of a power of attorney and of its signature changed: it is never taken for signed.

import t from 'tap'
import { readSignedAttorney } from '../../hub/trust/attorney/file.ts'
import { gatherAttorney } from '../../hub/trust/attorney/gather.ts'
import { judgeAttorney } from '../../hub/trust/attorney/judge.ts'
import { askRegistry } from '../../hub/trust/attorney/registry-asked.ts'
import { checkSignature } from '../../hub/trust/cms/check.ts'
import { isInUnsignedRegion } from '../../hub/trust/cms/unsigned-regions.ts'
import { signDetached } from '../../hub/trust/sign.ts'
import type { AttorneySignatureFact } from '../../schemas/attorney/verdict.ts'
import { problemRow } from '../../schemas/verdict/problems.ts'
import { cast, certificateOf, factsOf, headCertificate, numbers, originalXml } from '../support/attorneys.ts'
import { identityOn } from '../support/signing.ts'

const xml = Buffer.from(originalXml())
const at = new Date('2026-02-01T09:00:00Z')
const signature = signDetached({ ...identityOn('TC26-256-B'), content: xml, at })

/** As the hub does, but for the chain; who signed is taken for the head of the principal. */
function verify(bytes: Uint8Array, signatures: readonly Uint8Array[]): readonly AttorneySignatureFact[] {
  return signatures.flatMap((file) => {
    const { facts } = checkSignature(file, bytes, { at })
    const of = (
      problems: readonly { problem: Parameters<typeof problemRow>[0] }[],
    ): AttorneySignatureFact => {
      const isSound = problems.every(({ problem }) => problemRow(problem).byDefault === 'note')
      return { indication: isSound ? 'passed' : 'failed', signer: headCertificate() }
    }
    if (facts.signers.length === 0) return [of(facts.problems)]
    return facts.signers.map(({ problems }) => of([...facts.problems, ...problems]))
  })
}

async function statusOf(bytes: Uint8Array, file: Uint8Array): Promise<string> {
  const asked = askRegistry({
    registry: undefined,
    signal: AbortSignal.timeout(60_000),
    read: async (read, signature) => readSignedAttorney(read, signature),
  })
  const gathered = await gatherAttorney(
    {
      files: [{ ...readSignedAttorney(bytes, file), fileName: `ON_EMCHD_20260110_${numbers.original}.xml` }],
      requisites: [],
      documentSigner: certificateOf(cast.employee),
      senderInn: cast.organisation.inn,
      verify: async () => verify(bytes, [file]),
    },
    asked,
  )
  asked.close()
  const registry = gathered.chain.map(
    ({ attorney }) => ({ number: attorney.number, status: 'valid' }) as const,
  )
  return judgeAttorney(factsOf({ ...gathered, registry })).status
}

t.test('every octet of a power of attorney changed: none is valid', async (t) => {
  t.equal(await statusOf(xml, signature), 'IsValid')
  const wrong: number[] = []
  for (let place = 0; place < xml.length; place += 1) {
    const changed = Uint8Array.from(xml)
    changed[place] = (changed[place] ?? 0) ^ (1 << (place % 8))
    if ((await statusOf(changed, signature)) === 'IsValid') wrong.push(place)
  }
  t.strictSame(wrong, [])
})

t.test('every octet of its signature changed: valid only where the report says nobody signs', async (t) => {
  const { regions } = checkSignature(signature, xml, { at })
  const wrong: number[] = []
  let passed = 0
  for (let place = 0; place < signature.length; place += 1) {
    const changed = Uint8Array.from(signature)
    changed[place] = (changed[place] ?? 0) ^ (1 << (place % 8))
    if ((await statusOf(xml, changed)) !== 'IsValid') continue
    passed += 1
    if (!isInUnsignedRegion(regions, place)) wrong.push(place)
  }
  t.strictSame(wrong, [])
  t.ok(passed > 0, 'something nobody signs can be changed')
})

t.test(
  'a power of attorney without a signature, with one of nothing or with another’s is not valid',
  async (t) => {
    for (const file of [new Uint8Array(0), Buffer.from('3000', 'hex'), signature.subarray(0, -1)]) {
      t.not(await statusOf(xml, file), 'IsValid')
    }
    const other = signDetached({ ...identityOn('TC26-256-B'), content: Buffer.from(`${xml} `), at })
    t.not(await statusOf(xml, other), 'IsValid')
  },
)
