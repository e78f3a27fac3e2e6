// From one edition of what is trusted to the next: paths that rest on nothing that changed stay, everything else is seen at once.

import t from 'tap'
import type { Certificate } from '../../hub/trust/certificate.ts'
import { certificatePem } from '../../hub/trust/pki/files.ts'
import { gatherEvidence } from '../../hub/trust/revocation/evidence.ts'
import { indexListed, type TrustList } from '../../hub/trust/trust-list/list.ts'
import { makeTrustView, type PathMemory } from '../../hub/trust/view/trust-view.ts'
import { openTrustDesk } from '../../hub/trust-desk.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { type ListForm, makeAuthority, makeList, makeParty, nameOf, times } from '../support/revocation.ts'

const root = makeAuthority('Root')
const ca = makeAuthority('CA', root)
const other = makeAuthority('Other')
const user = makeParty({ name: nameOf('User') }, ca).certificate

type Edition = {
  anchors?: readonly Certificate[]
  between?: readonly Certificate[]
  ca?: ListForm
  list?: TrustList
}

/** What an edition says of the user's certificate, and how many signatures were checked for it. */
function ask(memory: PathMemory, edition: Edition = {}) {
  const { anchors = [root.certificate], between = [ca.certificate], list } = edition
  const view = makeTrustView(
    {
      edition: 'any',
      anchors,
      intermediates: between,
      evidence: gatherEvidence([makeList(root), makeList(ca, edition.ca ?? {})], []),
      trustList: list,
    },
    memory,
  )
  const work = { signaturesLeft: 100, candidatesLeft: 1000 }
  const at = times.at.toISOString()
  const embedded = [user.der]
  const chain = view.chainOf({ certificate: user.thumbprint, embedded, at, now: at, work })
  return {
    chain,
    checked: 100 - work.signaturesLeft,
    // The makers of test certificates leave out what rules for issuers ask for.
    problems: chain.path.problems.map(({ problem }) => problem).filter((one) => one !== 'path.profile'),
    revocation: chain.revocations.map(({ status }) => status),
  }
}

function listOf(certificate: Certificate, text: string): TrustList {
  const key = {
    identifier: 'k',
    complex: 'c',
    protectionClass: undefined,
    revocationListAddresses: [],
    certificates: [certificate],
  }
  const names = { shortName: undefined, ogrn: undefined, inn: undefined, registryNumber: undefined }
  const authorities = [{ name: 'A', ...names, statuses: [{ text, from: new Date(0) }], keys: [key] }]
  return {
    version: 1,
    date: times.at,
    digest: text,
    signer: certificate,
    authorities,
    certificateCount: 1,
    faults: [],
    byThumbprint: indexListed(authorities),
  }
}

t.test(
  'certificates nothing tells of are named with their issuers, now and then while that lasts',
  async (t) => {
    const told: string[][] = []
    const names = [user, ca.certificate].map(({ thumbprint }) => thumbprint)
    const viewWith = (lists: ReturnType<typeof makeList>[], anchors = [root.certificate]) =>
      makeTrustView({
        edition: 'any',
        anchors,
        intermediates: [ca.certificate],
        evidence: gatherEvidence(lists, []),
        trustList: undefined,
        onUnanswered: (all) =>
          told.push(all.map(({ certificate, issuer }) => `${certificate.thumbprint} ${issuer.thumbprint}`)),
      })
    const [ofUser, ofCa] = [`${names[0]} ${names[1]}`, `${names[1]} ${root.certificate.thumbprint}`]
    const askAt = (view: ReturnType<typeof viewWith>, ms: number) => {
      const at = new Date(times.at.getTime() + ms).toISOString()
      const work = { signaturesLeft: 100, candidatesLeft: 1000 }
      view.chainOf({ certificate: user.thumbprint, embedded: [user.der], at, now: at, work })
      return told.splice(0)
    }
    const blind = viewWith([])
    t.strictSame(askAt(blind, 0), [[ofUser, ofCa]])
    t.strictSame(askAt(blind, limits.sourceRetryMs - 1), [])
    t.strictSame(askAt(blind, limits.sourceRetryMs), [[ofUser, ofCa]])
    t.strictSame(askAt(viewWith([makeList(root)]), 0), [[ofUser]])
    t.strictSame(askAt(viewWith([makeList(root), makeList(ca)]), 0), [])
    t.strictSame(askAt(viewWith([], [other.certificate]), 0), [], 'nobody vouches for what it names')
  },
)

t.test('the desk hands on what is told of paths to whoever is followed', async (t) => {
  const folder = t.testdir({ 'root.pem': certificatePem(root.certificate) })
  const none = { intermediatesFolder: '', listsFolder: '', listUrl: undefined, listFile: undefined }
  const desk = await openTrustDesk({ trust: { anchorsFolder: folder, listSigners: [], ...none } })
  if (isRefusal(desk)) throw new Error(desk.code)
  const told: string[] = []
  const thumbprints = (all: readonly Certificate[]) => all.map(({ thumbprint }) => thumbprint).join()
  const edition = { number: 1, revocation: gatherEvidence([], []), trustList: undefined, leftOut: 0 }
  desk.follow({
    edition: () => edition,
    onPath: (path) => told.push(`path ${thumbprints(path)}`),
    onUnanswered: (all) => told.push(`unanswered ${thumbprints(all.map(({ certificate }) => certificate))}`),
  })
  const work = { signaturesLeft: 100, candidatesLeft: 1000 }
  const at = times.at.toISOString()
  const embedded = [user.der, ca.certificate.der]
  desk.view().chainOf({ certificate: user.thumbprint, embedded, at, now: at, work })
  t.strictSame(told, [
    `path ${thumbprints([user, ca.certificate, root.certificate])}`,
    `unanswered ${thumbprints([user, ca.certificate])}`,
  ])
})

t.test('another list of revoked certificates is seen at once, and no path is built anew', async (t) => {
  const memory: PathMemory = {}
  const first = ask(memory)
  t.strictSame([first.problems, first.revocation], [[], ['good', 'good']])
  t.ok(first.checked > 0)
  const second = ask(memory, { ca: { number: 2, entries: [{ of: user }] } })
  t.strictSame([second.problems, second.revocation], [[], ['revoked', 'good']])
  t.equal(second.checked, 0)
  t.equal(second.chain.path.certificates, first.chain.path.certificates, 'the path that was found before')
  t.strictSame(ask(memory).revocation, ['good', 'good'], 'whatever edition comes next')
  t.ok(ask({}).checked > 0, 'without what was known it is looked for')
})

t.test('an anchor that is gone, and one that came, are seen at once', async (t) => {
  const memory: PathMemory = {}
  const first = ask(memory)
  t.strictSame(first.problems, [])
  t.ok(ask(memory, { anchors: [other.certificate] }).problems.includes('path.no-anchor'))
  const back = ask(memory, { anchors: [other.certificate, root.certificate] })
  t.strictSame(back.problems, [])
  t.equal(back.checked, 0, 'whether a key made a signature depends on nobody’s trust')
  t.not(back.chain.path.certificates, first.chain.path.certificates)
  t.ok(ask(memory, { between: [] }).problems.includes('path.no-anchor'), 'nor on intermediates that are gone')
})

t.test('another list of authorities is seen at once, though its certificates are the same', async (t) => {
  const memory: PathMemory = {}
  const listed = (text: string) =>
    ask(memory, { anchors: [other.certificate], list: listOf(root.certificate, text) })
  const first = listed('Действует')
  t.strictSame(first.problems, [])
  t.equal(first.chain.authority?.list, 'Действует')
  const second = listed('Прекращена')
  t.equal(second.chain.authority?.list, 'Прекращена')
  t.equal(second.chain.path.certificates, first.chain.path.certificates)
  t.ok(ask(memory, { anchors: [other.certificate] }).problems.includes('path.no-anchor'), 'and its absence')
})
