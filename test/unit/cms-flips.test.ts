// Signatures over documents changed octet by octet and cut: what still passes lies where the report says nobody signs.

import { readFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import t from 'tap'
import { type CheckedSignature, checkSignature } from '../../hub/trust/cms/check.ts'
import { isInUnsignedRegion } from '../../hub/trust/cms/unsigned-regions.ts'
import { derSteps } from '../../hub/trust/der/reader.ts'
import { writePem } from '../../hub/trust/pem.ts'
import { signAttached, signDetached } from '../../hub/trust/sign.ts'
import { limits } from '../../schemas/limits.ts'
import { problemRow } from '../../schemas/verdict/problems.ts'
import { authorityOf, cadesAttributes, nodeForger, stampedBy } from '../support/cms-makers.ts'
import { type Forger, forge, forgeSigner } from '../support/forged-cms.ts'
import { identityOn } from '../support/signing.ts'

const content = readFileSync(joinPath(import.meta.dirname, '../fixtures/cms/content.txt'))
const at = new Date('2026-10-01T09:00:00Z')
const on256 = identityOn('TC26-256-B')
const on512 = identityOn('TC26-512-A')

/** What a signature says: who signed what, for every signer; undefined when one did not pass. */
function statement({ facts }: CheckedSignature): string | undefined {
  const all = [...facts.problems, ...facts.signers.flatMap(({ problems }) => problems)]
  const hasPassed = all.every(({ problem }) => problemRow(problem).byDefault === 'note')
  if (!hasPassed || facts.signers.length === 0) return undefined
  return JSON.stringify(
    facts.signers.map(({ certificate, messageDigest, claimedTime }) => [
      certificate?.sha256,
      messageDigest,
      claimedTime,
    ]),
  )
}

const proper = (forger: Forger, more: object = {}): Uint8Array =>
  forge(forger, { content, encapsulated: [], attributes: cadesAttributes(forger), ...more })
const severalOf = (first: Forger, second: Forger): Uint8Array =>
  proper(first, {
    certificates: [first.certificate.der, second.certificate.der],
    digestAlgorithms: [first.digestAlgorithm, second.digestAlgorithm],
    moreSigners: [forgeSigner(second, { content, attributes: cadesAttributes(second) })],
  })
const stamped = stampedBy(authorityOf(identityOn('TC26-256-A')))
/** Of each octet one bit is changed, or several; which ones goes round with the place. */
const files: [string, Uint8Array, boolean, number][] = [
  ['256', signDetached({ ...on256, content, at }), true, 1],
  ['512', signDetached({ ...on512, content, at }), true, 1],
  ['attached', signAttached({ ...on256, content, at }), false, 1],
  ['a time-stamp', proper(nodeForger('ecdsa'), { unsignedAttributes: stamped }), true, 1],
  ['RSA', proper(nodeForger('rsa')), true, 4],
  ['RSASSA-PSS', proper(nodeForger('pss')), true, 1],
  ['ECDSA', proper(nodeForger('ecdsa')), true, 4],
  ['two signers', severalOf(nodeForger('ecdsa'), nodeForger('rsa')), true, 1],
  ['base64', Buffer.from(Buffer.from(proper(nodeForger('rsa'))).toString('base64')), true, 1],
  ['PEM', Buffer.from(writePem('CMS', proper(nodeForger('rsa')))), true, 1],
]

for (const [name, file, isDetached, bits] of files) {
  t.test(`${name}: no octet can be changed but where the report says nobody signs`, async (t) => {
    const document = isDetached ? content : undefined
    const original = checkSignature(file, document)
    const said = statement(original)
    t.ok(said !== undefined)
    t.ok(original.facts.unsigned.length === original.regions.length && original.regions.length > 0)
    const wrong: string[] = []
    let passed = 0
    const changed = Uint8Array.from(file)
    for (let place = 0; place < file.length; place += 1) {
      for (let bit = place; bit < place + 3 * bits; bit += 3) {
        const mask = 1 << (bit % 8)
        changed[place] = (file[place] ?? 0) ^ mask
        const result = checkSignature(changed, document)
        const saysNow = statement(result)
        if (saysNow === undefined) continue
        passed += 1
        if (saysNow !== said || !differsInRegionsOnly(original, result)) wrong.push(`${place} ^ ${mask}`)
      }
      changed[place] = file[place] ?? 0
    }
    t.strictSame(wrong, [])
    t.ok(passed > 0, 'something nobody signs can be changed')
    t.comment(`${passed} changes passed, all in: ${original.facts.unsigned.join('; ')}`)
  })
}

/** Whether the octets of two CMS differ, if at all, in places both reports name. */
function differsInRegionsOnly(one: CheckedSignature, other: CheckedSignature): boolean {
  if (one.octets.length !== other.octets.length) return false
  return one.octets.every(
    (octet, index) =>
      octet === other.octets[index] ||
      (isInUnsignedRegion(one.regions, index) && isInUnsignedRegion(other.regions, index)),
  )
}

t.test('cut anywhere, a signature passes nowhere', async (t) => {
  for (const [name, file, isDetached] of files) {
    const passed: number[] = []
    for (let cut = 0; cut < file.length; cut += 1) {
      const result = checkSignature(file.subarray(0, cut), isDetached ? content : undefined)
      // A line break behind the PEM is no part of it.
      if (statement(result) !== undefined && !differsInRegionsOnly(result, checkSignature(file)))
        passed.push(cut)
    }
    t.strictSame(passed, [], name)
  }
})

t.test('the work for hostile shapes is in proportion to their octets', async (t) => {
  const prefix = Buffer.from('06092a864886f70d010702', 'hex')
  const behind = (inner: Uint8Array): Uint8Array =>
    Buffer.concat([Uint8Array.of(0x30, 0x80), prefix, Uint8Array.of(0xa0, 0x80), inner])
  const megabyte = 1024 * 1024
  const shapes: [string, Uint8Array][] = [
    ['nested without end', behind(Buffer.alloc(megabyte, Uint8Array.of(0x30, 0x80)))],
    ['empty elements', behind(Buffer.alloc(megabyte, Uint8Array.of(0x05, 0)))],
    ['empty sequences', behind(Buffer.alloc(megabyte, Uint8Array.of(0x30, 0)))],
    ['open and closed', behind(Buffer.alloc(megabyte, Uint8Array.of(0x30, 0x80, 0, 0)))],
    ['zeros', behind(Buffer.alloc(megabyte))],
    ['ones', behind(Buffer.alloc(megabyte, 0xff))],
    ['a length without end', Buffer.concat([Buffer.from('3088ff00000000000000', 'hex'), prefix])],
    ['a huge length', Buffer.concat([Buffer.from('3084ffffffff', 'hex'), prefix])],
    ['a length of nothing', Buffer.concat([Buffer.from('3000', 'hex'), prefix])],
    ['nothing', new Uint8Array(0)],
    ['segments', segmented(20_000)],
    ['attributes', manyAttributes(5000)],
    ['unsigned attributes', manyAttributes(5000, true)],
  ]
  for (const [name, bytes] of shapes) {
    const before = derSteps()
    const result = checkSignature(bytes, content)
    const steps = derSteps() - before
    // An element takes two octets at least and is looked at a few times; below that, the limit of elements counts.
    const bound = 4 * Math.max(limits.derElementsMax, bytes.length / 2)
    t.ok(steps <= bound, `${name}: ${steps} steps for ${bytes.length} bytes`)
    t.ok(statement(result) === undefined || name.includes('attributes') || name === 'segments', name)
  }
})

/** An attached content in segments of one octet each. */
function segmented(count: number): Uint8Array {
  const segments = Buffer.alloc(count * 3, Uint8Array.of(4, 1, 0x61))
  const octets = Buffer.concat([Uint8Array.of(0x24, 0x80), segments, Uint8Array.of(0, 0)])
  return proper(nodeForger('ecdsa'), { content: Buffer.alloc(count, 0x61), encapsulated: [octets] })
}

function manyAttributes(count: number, isUnsigned = false): Uint8Array {
  const attribute = Buffer.from('300606022a033100', 'hex')
  const list = Buffer.alloc(count * attribute.length, attribute)
  if (!isUnsigned) return proper(nodeForger('ecdsa'), { attributes: () => [list] })
  const header = Buffer.from([0xa1, 0x82, list.length >> 8, list.length & 0xff])
  return proper(nodeForger('ecdsa'), { unsignedAttributes: Buffer.concat([header, list]) })
}
