// Powers of attorney in the facts of a message: who needs one, what is asked, frozen, thawed and judged again; the guard.

import t from 'tap'
import { Check } from 'typebox/value'
import { guardRegistry } from '../../hub/adapters/attorney-registry-guard.ts'
import { freeDocument, type SimulatedDocument } from '../../hub/simulate/documents.ts'
import { composeMessage } from '../../hub/simulate/messages.ts'
import { SimulatedAuthority } from '../../hub/simulate/subscriber.ts'
import { readSignedAttorney } from '../../hub/trust/attorney/file.ts'
import type { AttorneyRegistry } from '../../hub/trust/attorney/registry.ts'
import { askRegistry } from '../../hub/trust/attorney/registry-asked.ts'
import { createSignatureCheck } from '../../hub/trust/cms/check.ts'
import { type SigningIdentity, signDetached } from '../../hub/trust/sign.ts'
import { digestBytes } from '../../hub/trust/signature-scheme.ts'
import { makeAttorneyDesk } from '../../hub/trust/verdict/attorney-desk.ts'
import { freezeFacts, verdictDigest, verdictText } from '../../hub/trust/verdict/freeze.ts'
import { gatherMessage, type ReadSignature } from '../../hub/trust/verdict/gather.ts'
import { needsAttorney, withAttorneys } from '../../hub/trust/verdict/gather-attorneys.ts'
import { judgeMessage } from '../../hub/trust/verdict/judge.ts'
import { recheckVerdict } from '../../hub/trust/verdict/recheck.ts'
import { reportOf } from '../../hub/trust/verdict/report.ts'
import { reportPage } from '../../hub/trust/verdict/report-text.ts'
import { viewOfFiles } from '../../hub/trust/view/local-trust.ts'
import { readAttorneys, requisitesOf } from '../../hub/workers/attorneys.ts'
import { writeZip } from '../../operators/containers/zip/write.ts'
import { roseu } from '../../operators/dialects/roseu/index.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import type { MessageFacts } from '../../schemas/verdict/message-facts.ts'
import { VerdictPolicyRow, verdictPolicy } from '../../schemas/verdict/policy.ts'
import { AttorneySigners, dayFromNow } from '../support/attorney-signers.ts'
import { cast, numbers, originalXml, person, power, representative } from '../support/attorneys.ts'

const signers = new AttorneySigners()
const chief = signers.head(cast.organisation)
const employee = signers.person(cast.employee)
const other = signers.head({ ...cast.organisation, inn: cast.manager.inn, ogrn: cast.manager.ogrn })
const trust = viewOfFiles({ anchors: [signers.root], intermediates: [], lists: signers.lists() })
const now = new Date()
const at = now.toISOString()
const document = Buffer.from('document')
const dates = { issued: dayFromNow(-1), expires: dayFromNow(300) }
const never = new AbortController().signal

function read(id: string, by: SigningIdentity, changes: Partial<ReadSignature> = {}): ReadSignature {
  const check = createSignatureCheck(signDetached({ ...by, content: document, at: now }))
  for (const name of check.digests) check.giveDigest(name, digestBytes(name, document))
  const { facts, certificates } = check.finish()
  const participantInn = cast.organisation.inn
  return { id, document: 'd', participant: 'p', participantInn, facts, certificates, ...changes }
}

const gather = (signatures: readonly ReadSignature[], policy = verdictPolicy('default')): MessageFacts =>
  gatherMessage(
    {
      message: 'm',
      sender: 'p',
      receivedAt: at,
      judgedAt: at,
      documents: [
        {
          id: 'd',
          type: 'СФ',
          isEncrypted: false,
          body: 'message',
          sha256: undefined,
          streebog256: undefined,
        },
      ],
      signatures,
      policy,
    },
    trust,
  )
const fileOf = (xml: string, by: SigningIdentity | undefined = chief) => {
  const bytes = Buffer.from(xml)
  const signature = by && signDetached({ ...by, content: bytes, at: now })
  return { ...readSignedAttorney(bytes, signature), fileName: `ON_EMCHD_${numbers.original}.xml` }
}
const asking = {
  registry: undefined,
  signal: never,
  read: async (bytes: Uint8Array, signature: Uint8Array | undefined) => readSignedAttorney(bytes, signature),
  trust,
}
const noRequisites = new Map()
const valid: AttorneyRegistry = {
  fetch: async () => ({ outcome: 'not-found' }),
  status: async () => ({ outcome: 'valid' }),
}
const statusOf = (facts: MessageFacts, signature = 0) =>
  judgeMessage(facts).signatures[signature]?.signers[0]?.attorney?.status

t.test(
  'who needs one: a person and another organisation, not the head, nor what nobody can tell',
  async (t) => {
    t.notOk(needsAttorney(gather([read('s', chief)])))
    t.ok(needsAttorney(gather([read('s', employee)])))
    t.ok(needsAttorney(gather([read('s', other)])))
    const unknown = { participantInn: undefined }
    t.ok(needsAttorney(gather([read('s', employee, unknown)])), 'a person signs for somebody')
    const undecided = gather([read('s', other, unknown)])
    t.notOk(needsAttorney(undecided))
    t.match(judgeMessage(undecided), {
      action: 'forward',
      because: [],
      signatures: [{ signers: [{ attorney: { status: 'CanNotBeValidated' } }] }],
    })
    t.notOk(
      needsAttorney(gather([read('s', employee, { isOfAttorney: true })])),
      'its own signature needs none',
    )
    t.equal(
      await withAttorneys(gather([read('s', chief)]), { files: [], requisites: noRequisites }, asking).then(
        statusOf,
      ),
      'NotRequired',
    )
  },
)

t.test(
  'facts are frozen with what was found, once for all who rely on it, and judged again to the same',
  async (t) => {
    const files = [fileOf(originalXml(dates))]
    const facts = await withAttorneys(
      gather([read('s1', employee), read('s2', employee), read('s3', chief)]),
      { files, requisites: noRequisites },
      { ...asking, registry: valid },
    )
    t.equal(facts.attorneys?.length, 1)
    t.match(facts.signatures[1]?.signature?.signers[0]?.attorney?.found, {
      chain: [0],
      controlSource: 'receipt',
    })
    const verdict = judgeMessage(facts)
    t.match(verdict, { indication: 'TOTAL-PASSED', action: 'forward', because: [] })
    t.strictSame(
      [statusOf(facts, 0), statusOf(facts, 1), statusOf(facts, 2)],
      ['IsValid', 'IsValid', 'NotRequired'],
    )
    const { text, chains } = freezeFacts(facts)
    const kept = {
      facts: text,
      verdict: verdictText(verdict),
      digest: verdictDigest(text, verdictText(verdict)),
      chains,
    }
    t.match(recheckVerdict(kept), { unchanged: true, same: true, missingChains: [] })
    t.match(recheckVerdict({ ...kept, facts: text.replace(dates.expires, dayFromNow(-3)) }), {
      unchanged: false,
      same: false,
    })
    const page = reportPage(reportOf(verdict, { receivedAt: at, judgedAt: at }, facts))
    t.match(page, 'Доверенность подписанта 1 / 1')
    t.match(page, 'Петров Петр Петрович, ИНН 990000002200')
    const bare = reportPage(reportOf(verdict, { receivedAt: at, judgedAt: at }))
    t.match(bare, 'Доверенность действительна')
    t.notMatch(bare, 'Представитель (representative)', 'parties are in the facts only')
  },
)

t.test('another organisation with a power of attorney that holds acts for the sender', async (t) => {
  const plain = gather([read('s', other)])
  const without = await withAttorneys(plain, { files: [], requisites: noRequisites }, asking)
  t.match(judgeMessage(without).because, [
    { outcome: 'SIG_CONSTRAINTS_FAILURE' },
    { outcome: 'ATTORNEY_MISSING' },
  ])
  const representatives = representative(
    1,
    `<СведОрг НаимОрг="${cast.manager.name}" ИННЮЛ="${cast.manager.inn}" КПП="${cast.manager.kpp}" ОГРН="${cast.manager.ogrn}"/>`,
  )
  const files = [fileOf(originalXml({ ...dates, representatives }))]
  const covered = await withAttorneys(
    plain,
    { files, requisites: noRequisites },
    { ...asking, registry: valid },
  )
  t.equal(statusOf(covered), 'IsValid')
  t.match(judgeMessage(covered), { indication: 'TOTAL-PASSED', action: 'forward', because: [] })
})

t.test('policy: findings, powers wanted and sub-indications are data of a partner', async (t) => {
  const row = {
    attorney: { outcomes: { 'registry-not-asked': 'ok' as const }, powersWanted: ['SIGN_DOCUMENTS'] },
  }
  const places = { files: [fileOf(originalXml(dates))], requisites: noRequisites }
  const of = (policy: ReturnType<typeof verdictPolicy>) =>
    withAttorneys(gather([read('s', employee)], policy), places, asking)
  t.match(judgeMessage(await of(verdictPolicy('default', row))), { action: 'forward', because: [] })
  const wants = { attorney: { powersWanted: ['OTHER'] } }
  t.match(judgeMessage(await of(verdictPolicy('default', wants))).because, [{ outcome: 'ATTORNEY_INVALID' }])
  t.ok(Check(VerdictPolicyRow, row))
  t.notOk(Check(VerdictPolicyRow, { attorney: { outcomes: { nothing: 'ok' } } }))
  const wanted = (count: number, length: number) =>
    Check(VerdictPolicyRow, {
      attorney: { powersWanted: Array.from({ length: count }, () => 'x'.repeat(length)) },
    })
  t.ok(wanted(limits.powersWantedMax, limits.powerCodeLengthMax))
  t.notOk(wanted(limits.powersWantedMax + 1, 1))
  t.notOk(wanted(1, limits.powerCodeLengthMax + 1))
})

t.test('its own signature is judged like others: unsigned, broken, by nobody who is trusted', async (t) => {
  const xml = originalXml(dates)
  const bytes = Buffer.from(xml)
  const status = async (file: ReturnType<typeof readSignedAttorney>) => {
    const facts = await withAttorneys(
      gather([read('s', employee)]),
      { files: [file], requisites: noRequisites },
      { ...asking, registry: valid },
    )
    return [facts.attorneys?.[0]?.signatures[0]?.subIndication, statusOf(facts)]
  }
  t.strictSame(await status(readSignedAttorney(bytes, undefined)), [undefined, 'IsNotValid'])
  t.strictSame(await status(readSignedAttorney(bytes, Buffer.from('no CMS'))), [
    'FORMAT_FAILURE',
    'IsNotValid',
  ])
  const over = (content: string, by: SigningIdentity) =>
    signDetached({ ...by, content: Buffer.from(content), at: now })
  t.strictSame(await status(readSignedAttorney(bytes, over('another', chief))), [
    'HASH_FAILURE',
    'IsNotValid',
  ])
  const stranger = new AttorneySigners('Чужой УЦ').head(cast.organisation)
  t.strictSame(await status(readSignedAttorney(bytes, over(xml, stranger))), [
    'NO_CERTIFICATE_CHAIN_FOUND',
    'IsNotValid',
  ])
  const large = Buffer.concat([over(xml, chief), Buffer.alloc(limits.signatureBytesMax)])
  t.strictSame(await status(readSignedAttorney(bytes, large)), ['FORMAT_FAILURE', 'IsNotValid'])
})

t.test('powers held jointly: everybody who signed the same document counts', async (t) => {
  const deputy = signers.person(cast.deputy)
  const both =
    representative(3, person('СведФизЛ', cast.employee)) + representative(3, person('СведФизЛ', cast.deputy))
  const files = [
    fileOf(originalXml({ ...dates, representatives: both, jointly: 2, powers: power('SIGN_DOCUMENTS') })),
  ]
  const of = (...who: SigningIdentity[]) =>
    withAttorneys(
      gather(who.map((one, index) => read(`s${index}`, one))),
      { files, requisites: noRequisites },
      { ...asking, registry: valid },
    )
  t.equal(statusOf(await of(employee)), 'IsNotValid')
  const jointly = await of(employee, deputy, employee, deputy, chief)
  t.equal(statusOf(jointly), 'IsValid')
  const cosigners = jointly.signatures.map(({ signature }) =>
    signature?.signers[0]?.attorney?.found?.cosigners.map(({ snils }) => snils),
  )
  const [one, other] = [cast.employee, cast.deputy].map(({ snils }) => snils.replace(/\D/g, ''))
  t.strictSame(cosigners, [[other], [one], [other], [one], undefined], 'representatives alone, each once')
})

t.test('a thousand who rely on one power of attorney are found in turns', async (t) => {
  const count = 20
  const files = [fileOf(originalXml(dates))]
  let turns = 0
  const turn = async () => {
    turns += 1
  }
  let answers = 0
  const registry: AttorneyRegistry = {
    ...valid,
    status: async () => {
      answers += 1
      return { outcome: 'valid' }
    },
  }
  const facts = await withAttorneys(
    gather(Array.from({ length: count }, (_, number) => read(`s${number}`, employee))),
    { files, requisites: noRequisites },
    { ...asking, registry, turn },
  )
  t.equal(statusOf(facts), 'IsValid')
  t.equal(turns, count + 1, 'each signer, and the signature of the power of attorney')
  t.equal(answers, 1)
  t.strictSame(facts.signatures[0]?.signature?.signers[0]?.attorney?.found?.cosigners, [])
})

t.test('the same is asked once, and no more than registryQuestionsMax in all', async (t) => {
  const asked: string[] = []
  const registry: AttorneyRegistry = {
    fetch: async ({ number }) => {
      asked.push(number)
      return { outcome: 'not-found' }
    },
    status: async () => ({ outcome: 'valid' }),
  }
  const until = askRegistry({ ...asking, registry })
  for (let index = 0; index < limits.registryQuestionsMax; index += 1) {
    const key = { number: String(index), principalInn: '1' }
    t.match(await until.fetch(key), { outcome: 'not-found' })
    await until.fetch(key)
  }
  t.equal(asked.length, limits.registryQuestionsMax)
  t.match(await until.fetch({ number: 'more', principalInn: '1' }), { outcome: 'silent', reason: 'too-many' })
  until.close()
})

t.test('a registry gives no more than attorneysPerMessageBytesMax in all', async (t) => {
  const sizes = [limits.attorneysPerMessageBytesMax - 8000, 8000, 1]
  const registry: AttorneyRegistry = {
    ...valid,
    fetch: async ({ number }) => {
      const bytes = Buffer.alloc(sizes[Number(number)] ?? 0)
      return { outcome: 'found', bytes, signature: undefined }
    },
  }
  const until = askRegistry({ ...asking, registry })
  const outcomes = []
  for (const number of ['0', '1', '2']) {
    outcomes.push(await until.fetch({ number, principalInn: '1' }))
  }
  until.close()
  t.match(outcomes, [{ outcome: 'found' }, { outcome: 'found' }, { outcome: 'silent', reason: 'too-large' }])
})

/** A registry whose questions stay open until they are let go. */
function gated() {
  const open: (() => void)[] = []
  const registry: AttorneyRegistry = {
    ...valid,
    status: () => new Promise((resolve) => open.push(() => resolve({ outcome: 'valid' }))),
  }
  return { registry, open }
}

t.test('the guard: so many at once, so many waiting, and none whose deadline has passed', async (t) => {
  const { registry, open } = gated()
  const guarded = guardRegistry(registry, { atOnceMax: 1, breakerFailures: 5, breakerOpenMs: 1000 })
  const key = { number: 'n', principalInn: '1' }
  const first = guarded.status(key, never)
  const late = guarded.status(key, AbortSignal.abort())
  const waiting = Array.from({ length: limits.registryWaitingMax - 1 }, () => guarded.status(key, never))
  t.match(await guarded.status(key, never), { outcome: 'silent', reason: 'busy' })
  t.equal(open.length, 1)
  open[0]?.()
  t.match(await first, { outcome: 'valid' })
  t.match(await late, { outcome: 'silent', reason: 'deadline' })
  for (let index = 1; index <= waiting.length; index += 1) {
    open[index]?.()
    t.match(await waiting[index - 1], { outcome: 'valid' })
  }
})

t.test('the guard: after so many failures in a row nobody is asked for a while', async (t) => {
  let asked = 0
  const failing: AttorneyRegistry = {
    ...valid,
    status: async () => {
      asked += 1
      if (asked === 2) throw new TypeError('broken')
      return { outcome: 'silent', reason: 'timeout' }
    },
  }
  const guarded = guardRegistry(failing, { atOnceMax: 4, breakerFailures: 3, breakerOpenMs: 3_600_000 })
  const ask = () => guarded.status({ number: 'n', principalInn: '1' }, never)
  t.strictSame(
    [await ask(), await ask(), await ask(), await ask()].map((one) => 'reason' in one && one.reason),
    ['timeout', 'TypeError', 'timeout', 'breaker.open'],
  )
  t.equal(asked, 3)
})

t.test(
  'the desk: asked once while it waits, taken once, and forgotten beyond what it remembers',
  async (t) => {
    const { registry, open } = gated()
    const desk = makeAttorneyDesk({ registry, deadlineMs: 60_000, read: asking.read })
    const places = { files: [fileOf(originalXml(dates))], requisites: noRequisites }
    const facts = gather([read('s', employee)])
    t.match(await desk.gather(gather([read('s', chief)]), places, trust), { facts: {} }, 'needs none')
    t.strictSame(await desk.gather(facts, places, trust), { since: new Date(at) })
    t.strictSame(await desk.gather(facts, places, trust), { since: new Date(at) })
    t.equal(open.length, 1)
    open[0]?.()
    const found = await desk.gather(facts, places, trust)
    t.equal('facts' in found && statusOf(found.facts), 'IsValid')
    t.match(await desk.gather(facts, places, trust), { since: new Date(at) }, 'taken, so asked anew')
    t.equal(open.length, 2)
    for (let index = 0; index < limits.attorneysPendingMax - 1; index += 1) {
      await desk.gather({ ...facts, message: `m${index}` }, places, trust)
    }
    await desk.gather(facts, places, trust)
    t.equal(open.length, limits.attorneysPendingMax + 1, 'still remembered')
    await desk.gather({ ...facts, message: 'one more' }, places, trust)
    await desk.gather({ ...facts, message: 'm0' }, places, trust)
    t.equal(open.length, limits.attorneysPendingMax + 3, 'the oldest is asked about anew')
    desk.stop()
    const stopped = await desk.gather(facts, places, trust)
    t.match('facts' in stopped && judgeMessage(stopped.facts).because, [{ outcome: 'ATTORNEY_UNCHECKED' }])
  },
)

t.test(
  'its certificate may run out before it: that decides about who relies on it, not about the message',
  async (t) => {
    const late = new Date(now.getTime() + 401 * 86_400_000).toISOString()
    const own = { ...read('s2', chief), document: 'a', isOfAttorney: true as const }
    const times = { receivedAt: late, judgedAt: late }
    const documents = ['d', 'a'].map((id) => ({
      id,
      type: 'СФ',
      isEncrypted: false,
      body: 'message' as const,
      sha256: undefined,
      streebog256: undefined,
    }))
    const of = (signatures: readonly ReadSignature[]) =>
      gatherMessage(
        { message: 'm', sender: 'p', ...times, documents, signatures, policy: verdictPolicy('default') },
        trust,
      )
    const verdict = judgeMessage(of([own]))
    t.equal(verdict.signatures[0]?.indication, 'INDETERMINATE')
    t.match(verdict, { action: 'forward', because: [] })
    const ordinary = judgeMessage(of([{ ...read('s2', chief), document: 'a' }]))
    t.match(ordinary, { action: 'refuse', because: [{ outcome: 'OUT_OF_BOUNDS_NO_POE' }] })
    const { facts } = own
    const broken = facts && {
      ...facts,
      signers: facts.signers.map((one) => ({
        ...one,
        problems: [{ problem: 'cms.digest' as const, seen: '' }],
      })),
    }
    t.match(judgeMessage(of([{ ...own, facts: broken }])), {
      action: 'refuse',
      because: [{ outcome: 'HASH_FAILURE' }],
    })
  },
)

/** A message of documents as a worker opens it. */
function opened(documents: readonly SimulatedDocument[]) {
  const authority = new SimulatedAuthority()
  const party = (id: string) => authority.subscriber({ id, name: 'ООО Юг', inn: cast.organisation.inn })
  const from = party(`2ZA-${cast.organisation.inn}-990001001-1`)
  const message = composeMessage({ from, to: party('2ZBx'), at: now, documents, signed: false })
  const zip = writeZip(message.parts)
  const content = roseu.openContent(zip)
  if (isRefusal(content) || content.kind !== 'messages') throw new Error('the message cannot be opened')
  const [first] = content.messages
  if (first === undefined) throw new Error('no message')
  return { zip, message: first }
}

const sized = (bytes: number, index: number): SimulatedDocument => {
  const xml = Buffer.from(originalXml(dates))
  const padding = Buffer.alloc(bytes - xml.length, '\n')
  const fileName = `ON_EMCHD_20260110_${index}.xml`
  return freeDocument({ at: now, bytes: Buffer.concat([xml, padding]), fileName })
}

t.test('a worker reads powers of attorney up to a size in all', async (t) => {
  const half = limits.attorneysPerMessageBytesMax / 2
  const read = (last: number) => {
    const { zip, message } = opened([sized(half, 1), sized(half - 8000, 2), sized(last, 3)])
    return readAttorneys(zip, message, new Map())
  }
  const all = read(8000)
  t.equal(all.length, 3)
  t.match(all[2]?.attorney, { number: numbers.original })
  t.equal(read(8001).length, 2, 'one octet more')
})

t.test('requisites come from the description and, of XML only, from inside the document', async (t) => {
  const inside = '<Файл><Документ><Подписант><СвДоверЭл НомДовер="7"/></Подписант></Документ></Файл>'
  const { message } = opened([freeDocument({ at: now, bytes: Buffer.from(inside), fileName: 'a.xml' })])
  const [header] = message.description.documents
  if (header === undefined) throw new Error('no document')
  t.match(requisitesOf(header, Buffer.from(inside)), [{ source: 'document', number: '7' }])
  t.match(requisitesOf(header, Buffer.from(`\ufeff${inside}`)), [{ number: '7' }])
  t.strictSame(requisitesOf(header, Buffer.from(` ${inside}`)), [], 'no XML begins so')
  t.strictSame(requisitesOf(header, Buffer.from(inside.slice(0, -3))), [], 'broken')
  const parameters = [{ name: 'МЧД', value: numbers.original }]
  t.match(requisitesOf({ ...header, parameters }, Buffer.from('%PDF')), [
    { source: 'description', number: numbers.original },
  ])
})
