// The clock at every edge of a verdict, a millisecond before, on it and behind it, from the files to the answer.

import t from 'tap'
import { oids } from '../../hub/trust/der/oids.ts'
import { context } from '../../hub/trust/der/reader.ts'
import { constructed, join } from '../../hub/trust/der/write.ts'
import type { TrustView } from '../../hub/trust/verdict/gather.ts'
import { limits } from '../../schemas/limits.ts'
import { cadesAttributes, digestOids, keyUsageExtension, tokenOf } from '../support/cms-makers.ts'
import { algorithmOf, attributeOf, type Forger, forge } from '../support/forged-cms.ts'
import {
  isAuthority,
  keyIdentifiers,
  makeAnswer,
  makeAuthority,
  makeList,
  makeParty,
  nameOf,
  type Party,
  usage,
} from '../support/revocation.ts'
import { answerOf, judgeWhole, viewOf } from '../support/whole-judge.ts'

const document = Buffer.from('Документ')
const day = (text: string): Date => new Date(`${text}T00:00:00Z`)
const wide = { notBefore: day('2020-01-01'), notAfter: day('2040-01-01') }
const current = { thisUpdate: day('2026-10-01'), nextUpdate: day('2026-11-01') }
const noon = new Date('2026-10-10T12:00:00Z')

function forgerOf({ certificate, key }: Party): Forger {
  return {
    certificate,
    digest: 'sha256',
    digestAlgorithm: algorithmOf(digestOids.sha256),
    signatureAlgorithm: join(key.algorithm),
    sign: key.sign,
  }
}

type Period = { notBefore?: Date; notAfter?: Date }
type World = {
  root?: Period
  authority?: Period
  user?: Period
  list?: Parameters<typeof makeList>[1]
  answer?: Omit<Parameters<typeof makeAnswer>[1][number], 'of' | 'issuer'> & { producedAt?: Date }
  /** genTime of a time-stamp, GeneralizedTime. */
  stamp?: string
  revokedAt?: Date
  authorityRevokedAt?: Date
}

type Judge = (asked: { receivedAt: Date; judgedAt?: Date; view?: TrustView | 'kept' }) => string

/** A file over the document in a world where everything else holds, and a judge of it at any time. */
function worldOf(world: World): Judge {
  const ofAuthority = [isAuthority, usage(5, 6)]
  const root = makeAuthority('Root', undefined, {
    extensions: [...ofAuthority, ...keyIdentifiers('Root')],
    ...wide,
    ...world.root,
  })
  const authority = makeAuthority('CA', root, {
    extensions: [...ofAuthority, ...keyIdentifiers('CA', 'Root')],
    ...wide,
    ...world.authority,
  })
  const user = makeParty(
    {
      name: nameOf('User'),
      extensions: [usage(0, 1), ...keyIdentifiers('User', 'CA')],
      ...wide,
      ...world.user,
    },
    authority,
  )
  const stamper = makeParty(
    {
      name: nameOf('TSA'),
      extensions: [keyUsageExtension([oids.timeStamping]), ...keyIdentifiers('TSA', 'CA')],
      ...wide,
    },
    authority,
  )
  const forger = forgerOf(user)
  const { stamp: time, revokedAt, answer } = world
  const stamped = (signature: Uint8Array) =>
    constructed(
      context(1),
      attributeOf(oids.signatureTimestamp, tokenOf(forgerOf(stamper), { signature, ...(time && { time }) })),
    )
  const timeless = (proper: Parameters<ReturnType<typeof cadesAttributes>>[0]): readonly Uint8Array[] =>
    cadesAttributes(forger)(proper).filter((_, index) => index !== 1)
  const file = forge(forger, {
    content: document,
    encapsulated: [],
    attributes: timeless,
    certificates: [user, authority].map(({ certificate }) => certificate.der),
    ...(time === undefined ? {} : { unsignedAttributes: stamped }),
  })
  const entries = revokedAt === undefined ? [] : [{ of: user.certificate, at: revokedAt, reason: 1 }]
  const above = world.authorityRevokedAt
  const rootEntries = above === undefined ? [] : [{ of: authority.certificate, at: above, reason: 2 }]
  const ever = { thisUpdate: day('2019-01-01'), nextUpdate: day('2041-01-01') }
  const list = answer === undefined ? [makeList(authority, { ...ever, entries, ...world.list })] : []
  const { producedAt = answer?.thisUpdate ?? noon, ...single } = answer ?? {}
  const about = { of: user.certificate, issuer: authority.certificate, ...single }
  const given = {
    anchors: [root.certificate],
    lists: [makeList(root, { ...ever, entries: rootEntries }), ...list],
    answers: answer === undefined ? [] : [makeAnswer(authority, [about], { producedAt })],
  }
  const kept = viewOf(given)
  return ({ receivedAt, judgedAt = receivedAt, view = viewOf(given) }) =>
    answerOf(
      judgeWhole({ file, document, view: view === 'kept' ? kept : view, receivedAt, judgedAt }).verdict,
    )
}

const passed = 'TOTAL-PASSED'
const later = 'INDETERMINATE TRY_LATER'
const early = 'TOTAL-FAILED NOT_YET_VALID'
const expired = 'INDETERMINATE OUT_OF_BOUNDS_NO_POE'
const revoked = 'INDETERMINATE REVOKED_NO_POE'

/** World, edge, and the answer so many milliseconds after it. */
const rows: [name: string, world: World, edge: Date, answers: Record<number, string>][] = [
  ['notBefore', { user: { notBefore: noon } }, noon, { [-1]: early, 0: passed, 1: passed }],
  // Periods are in whole seconds (RFC 5280, 4.1.2.5): the last one is part of them.
  [
    'notAfter',
    { user: { notAfter: noon } },
    noon,
    { [-1]: passed, 0: passed, 1: passed, 999: passed, 1000: expired, 1001: expired },
  ],
  [
    'notBefore of the authority',
    { authority: { notBefore: noon } },
    noon,
    { [-1]: early, 0: passed, 1: passed },
  ],
  [
    'notAfter of the authority',
    { authority: { notAfter: noon } },
    noon,
    { [-1]: passed, 0: passed, 1: passed, 999: passed, 1000: expired },
  ],
  [
    'notAfter of the anchor',
    { root: { notAfter: noon } },
    noon,
    { [-1]: passed, 0: passed, 1: passed, 999: passed, 1000: 'INDETERMINATE CHAIN_CONSTRAINTS_FAILURE' },
  ],
  ['thisUpdate of a list', { list: { thisUpdate: noon } }, noon, { [-1]: later, 0: passed, 1: passed }],
  ['nextUpdate of a list', { list: { nextUpdate: noon } }, noon, { [-1]: passed, 0: passed, 1: later }],
  [
    'thisUpdate of an answer',
    { answer: { ...current, thisUpdate: noon } },
    noon,
    { [-1]: later, 0: passed, 1: passed },
  ],
  [
    'nextUpdate of an answer',
    { answer: { ...current, nextUpdate: noon } },
    noon,
    { [-1]: passed, 0: passed, 1: later },
  ],
  [
    'producedAt of an answer',
    { answer: { ...current, producedAt: noon } },
    noon,
    { [-1]: later, 0: passed, 1: passed },
  ],
  [
    'a list that names no next update',
    { list: { thisUpdate: noon, nextUpdate: undefined } },
    new Date(noon.getTime() + limits.revocationAgeMaxMs),
    { [-1]: passed, 0: passed, 1: later },
  ],
  ['a revocation', { revokedAt: noon }, noon, { [-1]: passed, 0: revoked, 1: revoked }],
  [
    'a revocation of the authority',
    { authorityRevokedAt: noon },
    noon,
    { [-1]: passed, 0: 'INDETERMINATE REVOKED_CA_NO_POE', 1: 'INDETERMINATE REVOKED_CA_NO_POE' },
  ],
]

for (const [name, world, edge, answers] of rows) {
  t.test(`${name}: the answer changes at the edge and nowhere else`, async (t) => {
    const judge = worldOf(world)
    for (const [offset, answer] of Object.entries(answers)) {
      t.equal(judge({ receivedAt: new Date(edge.getTime() + Number(offset)) }), answer, `${offset} ms`)
    }
  })
}

/** World with a time-stamp of noon, when it is received, and the answer. */
const stamped: [name: string, world: World, answers: [receivedAt: string, answer: string][]][] = [
  [
    'genTime behind the receipt is out of order, and at the receipt proves no more than it',
    { revokedAt: noon },
    [
      ['2026-10-10T11:59:59.999Z', 'INDETERMINATE TIMESTAMP_ORDER_FAILURE'],
      ['2026-10-10T12:00:00.000Z', revoked],
      ['2026-10-10T12:00:00.001Z', revoked],
    ],
  ],
  [
    'a revocation a second after genTime leaves the signature standing',
    { revokedAt: new Date(noon.getTime() + 1000) },
    [['2026-10-12T00:00:00Z', passed]],
  ],
  [
    'a certificate that ends at genTime was valid then',
    { user: { notAfter: noon } },
    [['2026-10-12T00:00:00Z', passed]],
  ],
  [
    'a certificate that ended a second before genTime was not',
    { user: { notAfter: new Date(noon.getTime() - 1000) } },
    [['2026-10-12T00:00:00Z', expired]],
  ],
  [
    'a certificate that begins at genTime was valid then',
    { user: { notBefore: noon } },
    [['2026-10-12T00:00:00Z', passed]],
  ],
  [
    'a certificate that began a second after genTime was not',
    { user: { notBefore: new Date(noon.getTime() + 1000) } },
    [['2026-10-12T00:00:00Z', early]],
  ],
]

for (const [name, world, answers] of stamped) {
  t.test(name, async (t) => {
    const judge = worldOf({ ...world, stamp: '20261010120000Z' })
    for (const [receivedAt, answer] of answers) {
      t.equal(judge({ receivedAt: new Date(receivedAt) }), answer, receivedAt)
    }
  })
}

t.test('a clock set back asks again: what was remembered of later does not answer for earlier', async (t) => {
  const judge = worldOf({ list: { thisUpdate: noon } })
  const ask = (offset: number): string =>
    judge({ receivedAt: noon, judgedAt: new Date(noon.getTime() + offset), view: 'kept' })
  t.equal(ask(1000), passed)
  t.equal(ask(-1), later)
  t.equal(ask(0), later, 'what is not known is asked about again after a while only')
  t.equal(ask(limits.chainUnknownForMs), passed)
})
