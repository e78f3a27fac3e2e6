// RULES 25, domain rules 6: powers of attorney in messages, named by requisites, in a registry that answers or does not.

import { once } from 'node:events'
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { freeDocument, type SimulatedDocument } from '../../hub/simulate/documents.ts'
import { composeMessage, type SimulatedMessage } from '../../hub/simulate/messages.ts'
import { readVerdict } from '../../hub/store/views/verdicts.ts'
import type { AttorneyRegistry } from '../../hub/trust/attorney/registry.ts'
import { type SigningIdentity, signDetached } from '../../hub/trust/sign.ts'
import { makeAttorneyDesk } from '../../hub/trust/verdict/attorney-desk.ts'
import type { AttorneyVerdict } from '../../schemas/attorney/verdict.ts'
import type { MessageFacts } from '../../schemas/verdict/message-facts.ts'
import type { MessageVerdict } from '../../schemas/verdict/verdict.ts'
import { AttorneySigners, dayFromNow } from '../support/attorney-signers.ts'
import {
  type AttorneyParts,
  cast,
  head,
  headed,
  namingXml,
  numbers,
  originalXml,
  person,
  principal,
  type RetrustParts,
  representative,
  retrustXml,
} from '../support/attorneys.ts'
import { beside } from '../support/beside.ts'
import { runLine } from '../support/cli.ts'
import { postPackage } from '../support/door-client.ts'
import { makeReapedFolder } from '../support/reaper.ts'
import { type Relay, startRelay } from '../support/relay.ts'
import { fastPolicy } from '../support/relay-partners.ts'

t.setTimeout(120_000)

const signers = new AttorneySigners()
const employee = signers.person(cast.employee)
const dates = { issued: dayFromNow(-1), expires: dayFromNow(300) }

/** Of a partner from which nothing is taken without a power of attorney that is due. */
const strict = { verdict: { actions: { ATTORNEY_MISSING: 'refuse' as const } } }

/** A hub that trusts the signers, with two partners; of the first one's subscriber everybody here speaks. */
async function startScene(t: Test, settings: readonly string[] = []) {
  const { anchors, crls } = signers.write(join(makeReapedFolder(), 'trust'))
  const relay = await startRelay(t, {
    partners: [{ code: '2ZA' }, { code: '2ZB' }, { code: '2ZC', policy: strict }],
    settings: [`trust.anchorsFolder=${anchors}`, `trust.listsFolder=${crls}`, ...settings],
  })
  const [a, b] = relay.partners
  const organisation = { ...cast.organisation, inn: a.subscriber.inn }
  const ofSubscriber = principal(1, headed('РосОргДовер', head(person('СвФЛ', cast.director)), organisation))
  const chief = signers.head(organisation)
  return {
    relay,
    chief,
    original: (changes: Partial<AttorneyParts> = {}) =>
      originalXml({ principals: ofSubscriber, ...dates, ...changes }),
    retrust: (changes: Partial<RetrustParts> = {}) =>
      retrustXml({ ...dates, firstDates: [dates.issued, dates.expires], ...changes }),
    /** A message of documents, each signed by the employee unless it says who. */
    message: (...documents: SimulatedDocument[]) =>
      composeMessage({
        from: { ...a.subscriber, identity: employee },
        to: b.subscriber,
        at: new Date(),
        documents,
      }),
    deliver: (message: SimulatedMessage) => a.deliver(a.pack([message])),
  }
}

const bill = (signedBy: SigningIdentity = employee): SimulatedDocument => ({
  ...freeDocument({ at: new Date(), size: 500 }),
  signedBy,
})

const attorneyDocument = (xml: string, number: string, signedBy: SigningIdentity): SimulatedDocument => ({
  ...freeDocument({ at: new Date(), bytes: Buffer.from(xml), fileName: `ON_EMCHD_20260110_${number}.xml` }),
  signedBy,
})

/** A document that names a power of attorney by its number. */
const naming = (number: string): SimulatedDocument => ({
  ...freeDocument({
    at: new Date(),
    bytes: Buffer.from(namingXml(number)),
    fileName: 'акт.xml',
  }),
  signedBy: employee,
})

type Kept = {
  verdict: MessageVerdict
  facts: MessageFacts
  attorney: AttorneyVerdict | undefined
  state: string
}

/** What is kept of a message once it was judged and went its way. */
async function judged(relay: Relay, { id }: { id: string }): Promise<Kept> {
  const row = await relay.until(async () => {
    const found = await relay.message(id)
    return ['sent', 'delivered', 'refused'].includes(found.state) ? found : undefined
  }, `${id} on its way`)
  const kept = await readVerdict(relay.hub.context.store, row.id)
  if (kept === undefined) throw new Error(`${id} was not judged`)
  const verdict = JSON.parse(kept.verdict) as MessageVerdict
  const own = verdict.signatures.find(({ isOfAttorney }) => isOfAttorney !== true)
  return {
    verdict,
    facts: JSON.parse(kept.facts) as MessageFacts,
    attorney: own?.signers[0]?.attorney,
    state: row.state,
  }
}

const outcomesOf = ({ verdict }: Kept) => verdict.because.map(({ outcome }) => outcome)
const findingsOf = ({ attorney }: Kept) =>
  attorney?.checks.filter(({ outcome }) => outcome === 'error').map(({ finding }) => finding)

t.test('what is due and missing is marked; what is there is judged by itself', async (t) => {
  const { relay, chief, original, retrust, message } = await startScene(t)
  const attorney = (xml: string, number = numbers.original, by = chief) => attorneyDocument(xml, number, by)
  const deputy = signers.person(cast.deputy)
  const other = { ...cast.organisation, inn: cast.manager.inn }
  const broken = message(bill(), attorney(original()))
  const spoilt = broken.documents[1]?.signature
  // The last octet of the power of attorney's signature value.
  spoilt?.bytes.set([(spoilt.bytes.at(-1) ?? 0) ^ 1], spoilt.bytes.length - 1)
  const messages = {
    head: message(bill(chief)),
    missing: message(bill()),
    valid: message(bill(), attorney(original())),
    expired: message(bill(), attorney(original({ issued: dayFromNow(-9), expires: dayFromNow(-3) }))),
    otherRepresentative: message(
      bill(),
      attorney(original({ representatives: representative(3, person('СведФизЛ', cast.deputy)) })),
    ),
    otherPrincipal: message(
      bill(),
      attorney(
        original({
          principals: principal(1, headed('РосОргДовер', head(person('СвФЛ', cast.director)), other)),
        }),
        numbers.original,
        signers.head(other),
      ),
    ),
    byEmployee: message(bill(), attorney(original(), numbers.original, employee)),
    broken,
    retrusted: message(bill(deputy), attorney(retrust(), numbers.retrust, employee), attorney(original())),
    torn: message(bill(deputy), attorney(retrust(), numbers.retrust, employee)),
  }
  const [a] = relay.partners
  await a.deliver(a.pack(Object.values(messages)))
  const kept = Object.fromEntries(
    await Promise.all(
      Object.entries(messages).map(async ([name, one]) => [name, await judged(relay, one)] as const),
    ),
  ) as Record<keyof typeof messages, Kept>

  t.match(kept.head, { attorney: { status: 'NotRequired' }, verdict: { action: 'forward', because: [] } })
  t.match(kept.missing, { attorney: { status: 'IsNotAttached' }, verdict: { action: 'mark' } })
  t.strictSame(outcomesOf(kept.missing), ['ATTORNEY_MISSING'])
  t.equal(kept.missing.verdict.indication, 'TOTAL-PASSED', 'the signature itself is sound')
  // Nobody was asked whether it was revoked, which is said and marked.
  t.match(kept.valid, {
    attorney: { status: 'HasWarnings', summary: 'warning' },
    verdict: { action: 'mark' },
  })
  t.strictSame(outcomesOf(kept.valid), ['ATTORNEY_UNCHECKED'])
  t.match(kept.valid.verdict.signatures, [{}, { isOfAttorney: true, indication: 'TOTAL-PASSED' }])
  t.strictSame(
    kept.valid.verdict.signatures[1]?.signers[0]?.checks.some(({ check }) => check === 'signer'),
    false,
    'whoever gave it need not act for the sender',
  )
  for (const [name, finding] of [
    ['expired', 'dates-late'],
    ['otherRepresentative', 'representative-other'],
    ['otherPrincipal', 'principal-other'],
    ['byEmployee', 'signer-other'],
  ] as const) {
    t.match(kept[name], {
      attorney: { status: 'IsNotValid' },
      verdict: { action: 'mark' },
      state: /sent|delivered/,
    })
    t.ok(
      findingsOf(kept[name])?.some((one) => one.startsWith(finding)),
      `${name}: ${findingsOf(kept[name])}`,
    )
    t.strictSame(outcomesOf(kept[name]), ['ATTORNEY_INVALID'], name)
  }
  t.match(kept.torn, { attorney: { status: 'HasWarnings' }, facts: { attorneys: [{}] } })
  t.match(
    kept.torn.attorney?.checks.find(({ id }) => id === 'chain'),
    { outcome: 'warning' },
  )
  t.strictSame(outcomesOf(kept.torn), ['ATTORNEY_UNCHECKED'], 'nobody was asked for the parent')
  t.match(kept.broken, { attorney: { status: 'IsNotValid' }, state: 'refused' })
  t.strictSame(findingsOf(kept.broken), ['signature-failed'])
  t.strictSame(
    outcomesOf(kept.broken),
    ['SIG_CRYPTO_FAILURE', 'ATTORNEY_INVALID'],
    'what refuses stands first',
  )
  t.match(kept.retrusted, { attorney: { status: 'HasWarnings' }, facts: { attorneys: [{}, {}] } })

  const where = [
    '--address',
    relay.hub.adminAddress,
    '--token-file',
    join(relay.settings.data.folder, 'admin.token'),
  ]
  for (const name of ['valid', 'retrusted', 'missing', 'broken'] as const) {
    const again = await runLine(makeReapedFolder(), [
      'verdict',
      'recheck',
      messages[name].id,
      ...where,
      '--json',
    ])
    t.match(again.json(), { same: true, unchanged: true }, name)
    t.equal(again.exit, 0, name)
  }
  const c = relay.partner('2ZC')
  const from = { ...c.subscriber, identity: employee }
  const to = relay.partner('2ZB').subscriber
  const unwanted = composeMessage({ from, to, at: new Date(), documents: [bill()] })
  await c.deliver(c.pack([unwanted]))
  t.equal((await relay.waitForState(unwanted.id, 'refused')).reason, 'verdict.attorney', 'by policy')

  const shown = await runLine(makeReapedFolder(), ['verdict', 'show', messages.valid.id, ...where])
  t.match(shown.out, `Номер (number): ${numbers.original}, ON_EMCHD_20260110_${numbers.original}.xml`)
  t.match(shown.out, /Доверенность действительна, есть замечания/)
  t.match(shown.out, 'Доверитель (principal): ООО Юг, ИНН')
  t.match(shown.out, 'Представитель (representative): Петров Петр Петрович, ИНН 990000002200')
})

/** A gateway of a registry that answers by number; a number it has no answer for hangs. */
async function startGateway(t: Test, answers: ReadonlyMap<string, object>) {
  const asked: string[] = []
  const server = http.createServer((request, response) => {
    const [, number = '', status] = /attorneys\/([^/?]+)(\/status)?/.exec(request.url ?? '') ?? []
    asked.push(`${number}${status ?? ''}`)
    const answer = answers.get(number)
    if (answer === undefined) return
    const principalInn = new URL(request.url ?? '', 'http://x').searchParams.get('principal')
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ number, principal: principalInn, ...answer }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { asked, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/registry` }
}

t.test('a registry is asked for what is named, and holds up nobody else', async (t) => {
  const answers = new Map<string, object>()
  const gateway = await startGateway(t, answers)
  const { relay, chief, original, message, deliver } = await startScene(t, [
    `attorney.registryUrl=${gateway.address}`,
    'attorney.registryDeadlineMs=1000',
    'attorney.breakerFailures=1000',
  ])
  const numbered = (last: string) => numbers.original.slice(0, -2) + last
  const kept = (number: string, status: object) => {
    const file = Buffer.from(original({ number }))
    const signature = signDetached({ ...chief, content: file, at: new Date() })
    answers.set(number, {
      ...status,
      file: file.toString('base64'),
      signature: Buffer.from(signature).toString('base64'),
    })
  }
  kept(numbered('a1'), { status: 'valid' })
  kept(numbered('a2'), { status: 'revoked', revokedAt: dayFromNow(-1) })
  answers.set(numbered('a3'), { status: 'unknown' })

  const silent = message(naming(numbered('a4')))
  await deliver(silent)
  const plain = message(bill(chief))
  const found = message(naming(numbered('a1')))
  const revoked = message(naming(numbered('a2')))
  const unknown = message(naming(numbered('a3')))
  const attached = message(
    bill(),
    attorneyDocument(original({ number: numbered('a1') }), numbered('a1'), chief),
  )
  for (const one of [plain, found, revoked, unknown, attached]) await deliver(one)

  t.match(await judged(relay, plain), { attorney: { status: 'NotRequired' } })
  const good = await judged(relay, found)
  t.match(good, { attorney: { status: 'IsValid' }, verdict: { action: 'forward', because: [] } })
  t.match(good.facts.attorneys, [{ source: 'registry', signatures: [{ indication: 'passed' }] }])
  t.strictSame(outcomesOf(await judged(relay, revoked)), ['ATTORNEY_INVALID'])
  t.strictSame(outcomesOf(await judged(relay, unknown)), ['ATTORNEY_MISSING'])
  t.match(await judged(relay, attached), { attorney: { status: 'IsValid' }, verdict: { action: 'forward' } })
  const late = await judged(relay, silent)
  t.strictSame(outcomesOf(late), ['ATTORNEY_UNCHECKED'])
  t.match(late.attorney?.checks.at(-1), { finding: 'found-silent', seen: 'deadline' })

  const { context } = relay.hub
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
  const slow: AttorneyRegistry = {
    async fetch() {
      reach()
      await answered
      return { outcome: 'not-found' }
    },
    status: async () => ({ outcome: 'unknown' }),
  }
  const read: typeof context.workers.readAttorney = (bytes, of) => context.workers.readAttorney(bytes, of)
  context.attorneys = makeAttorneyDesk({ registry: slow, deadlineMs: 60_000, read })
  const waiting = message(naming(numbered('a5')))
  await deliver(waiting)
  await reached
  const overtaking = message(bill(chief))
  await deliver(overtaking)
  await judged(relay, overtaking)
  t.equal((await relay.message(waiting.id)).state, 'accepted', 'what asks nobody overtakes what waits')
  answer()
  t.strictSame(outcomesOf(await judged(relay, waiting)), ['ATTORNEY_MISSING'])
})

t.test('a registry that fails again and again is left alone, and messages go on at once', async (t) => {
  const gateway = await startGateway(t, new Map())
  const { relay, message, deliver } = await startScene(t, [
    `attorney.registryUrl=${gateway.address}`,
    'attorney.registryDeadlineMs=300',
    'attorney.breakerFailures=2',
    'attorney.breakerOpenMs=3600000',
  ])
  for (const last of ['b1', 'b2', 'b3', 'b4']) {
    const one = message(naming(numbers.original.slice(0, -2) + last))
    await deliver(one)
    const { attorney, verdict } = await judged(relay, one)
    t.equal(verdict.action, 'mark')
    const seen = last === 'b1' || last === 'b2' ? 'deadline' : 'breaker.open'
    t.match(attorney?.checks.at(-1), { finding: 'found-silent', seen }, last)
  }
  t.equal(gateway.asked.length, 2)
  const page = await (await fetch(new URL('/metrics', relay.hub.adminAddress))).text()
  const silent = (reason: string) =>
    `hub_registry_answers_total{question="file",outcome="silent",reason="${reason}"} 2`
  for (const reason of ['deadline', 'breaker.open']) t.ok(page.includes(silent(reason)), reason)
})

const { path: corpus, absent } = beside('corpus')

t.test('made with other tools: required and missing, so it goes on marked', { skip: absent }, async (t) => {
  const folder = makeReapedFolder()
  const anchors = join(folder, 'anchors')
  mkdirSync(anchors)
  copyFileSync(join(corpus, 'pki/root.crt'), join(anchors, 'root.crt'))
  const intermediates = join(folder, 'intermediates')
  mkdirSync(intermediates)
  copyFileSync(join(corpus, 'pki/inter.crt'), join(intermediates, 'inter.crt'))
  const lists = join(folder, 'lists')
  mkdirSync(lists)
  for (const name of ['root.crl', 'inter.crl']) copyFileSync(join(corpus, 'pki', name), join(lists, name))
  const relay = await startRelay(t, {
    partners: [{ code: '2ZA' }, { code: '2ZB' }],
    settings: [
      `trust.anchorsFolder=${anchors}`,
      `trust.intermediatesFolder=${intermediates}`,
      `trust.listsFolder=${lists}`,
    ],
  })
  const [a, b] = relay.partners
  const pem = readFileSync(join(corpus, 'pki/operator-a.crt'), 'utf8')
  const peers = [
    {
      id: a.peer,
      name: a.name,
      state: 'active' as const,
      dialect: 'roseu',
      address: a.address,
      receiptAddresses: [],
      certificates: [{ pem: a.certificate }, { pem }],
      policy: fastPolicy,
    },
  ]
  const applied = await relay.hub.registry.apply({ peers }, { actor: 'test', reason: 'corpus' })
  t.notOk('refusals' in applied)
  const name = 'message-needs-attorney.cms'
  const bytes = readFileSync(join(corpus, 'packages', name))
  t.match(await postPackage(relay.hub.partnerAddress, { name, bytes }), { status: 200 })
  const kept = await judged(relay, { id: 'c73c26b03e1e0009e78e4422d5252688' })
  t.match(kept, {
    state: /sent|delivered/,
    attorney: { status: 'IsNotAttached' },
    verdict: { indication: 'TOTAL-PASSED', action: 'mark' },
  })
  t.strictSame(outcomesOf(kept), ['ATTORNEY_MISSING'])
  const { content_sha256: content } = await relay.message('c73c26b03e1e0009e78e4422d5252688')
  await b.record.waitForContent(content)
})
