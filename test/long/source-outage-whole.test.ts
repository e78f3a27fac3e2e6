// Source outage drill: CRL, OCSP, trust list and registry of powers of attorney, all away for the whole run, in each way.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { freeDocument, type SimulatedDocument } from '../../hub/simulate/documents.ts'
import { composeMessage, type SimulatedMessage } from '../../hub/simulate/messages.ts'
import { listSources } from '../../hub/store/trust-sources.ts'
import { certificatePem } from '../../hub/trust/pki/files.ts'
import type { SigningIdentity } from '../../hub/trust/sign.ts'
import type { AdminVerdict } from '../../schemas/admin.ts'
import type { MessageVerdict, SignerVerdict } from '../../schemas/verdict/verdict.ts'
import { AttorneySigners, dayFromNow, type RevocationAddresses } from '../support/attorney-signers.ts'
import {
  cast,
  head,
  headed,
  namingXml,
  numbers,
  originalXml,
  person,
  principal,
} from '../support/attorneys.ts'
import { runLine } from '../support/cli.ts'
import { makeReapedFolder } from '../support/reaper.ts'
import { type Relay, startRelay } from '../support/relay.ts'
import type { RelayPartner } from '../support/relay-partners.ts'
import { type OutageKind, outageKinds, startOutage } from '../support/source-outages.ts'

t.setTimeout(180_000)

/** What is to be found in the protocol of a message. */
type Sent = {
  message: SimulatedMessage
  from: RelayPartner
  to: RelayPartner
  sources: RevocationAddresses
  isAnchored: boolean
  attorney: 'not-due' | 'named' | 'attached'
}

const codes = ['2ZA', '2ZB', '2ZC'] as const

/** Authorities by the sources their certificates name; the last one is trusted by nothing but the list that is away. */
function makeAuthorities(at: (path: string) => string) {
  const named = {
    lists: { crlAddress: at('/lists.crl') },
    answers: { ocspAddress: at('/answers') },
    both: { crlAddress: at('/both.crl'), ocspAddress: at('/both') },
    listed: { crlAddress: at('/listed.crl'), ocspAddress: at('/listed') },
  }
  return Object.entries(named).map(([name, sources]) => ({
    name,
    sources,
    isAnchored: name !== 'listed',
    signers: new AttorneySigners(`УЦ ${name}`, sources),
  }))
}

type Authority = ReturnType<typeof makeAuthorities>[number]

async function startScene(t: Test, kind: OutageKind) {
  const outage = await startOutage(t, kind)
  const at = (path: string) => `http://127.0.0.1:${outage.port}${path}`
  const authorities = makeAuthorities(at)
  const anchors = join(makeReapedFolder(), 'anchors')
  mkdirSync(anchors)
  for (const { name, signers, isAnchored } of authorities) {
    if (isAnchored) writeFileSync(join(anchors, `${name}.crt`), certificatePem(signers.root))
  }
  const relay = await startRelay(t, {
    partners: codes.map((code) => ({ code })),
    settings: [
      `trust.anchorsFolder=${anchors}`,
      `trust.listUrl=${at('/tsl')}`,
      `attorney.registryUrl=${at('/registry')}`,
      'attorney.registryDeadlineMs=500',
      'attorney.breakerFailures=1000',
      'sources.allowPrivateAddresses=true',
    ],
  })
  return { relay, outage, at, authorities }
}

let numbered = 0
const nextNumber = () => {
  numbered += 1
  return numbers.original.slice(0, -4) + String(numbered).padStart(4, '0')
}

/** Three messages of one authority's signers: by the head, and by an employee whose power is named, or comes along. */
function messagesOf(relay: Relay, { signers, sources, isAnchored }: Authority, index: number): Sent[] {
  const from = relay.partner(codes[index % codes.length] ?? '')
  const to = relay.partner(codes[(index + 1) % codes.length] ?? '')
  const organisation = { ...cast.organisation, inn: from.subscriber.inn }
  const [chief, employee] = [signers.head(organisation), signers.person(cast.employee)]
  const compose = (identity: SigningIdentity, documents: SimulatedDocument[]) =>
    composeMessage({
      from: { ...from.subscriber, identity },
      to: to.subscriber,
      at: new Date(),
      documents,
    })
  const free = (signedBy: SigningIdentity, file: { bytes?: Uint8Array; fileName?: string } = {}) => ({
    ...freeDocument({ at: new Date(), size: 400, ...file }),
    signedBy,
  })
  const naming = free(employee, { bytes: Buffer.from(namingXml(nextNumber())), fileName: 'акт.xml' })
  const number = nextNumber()
  const xml = originalXml({
    number,
    principals: principal(1, headed('РосОргДовер', head(person('СвФЛ', cast.director)), organisation)),
    issued: dayFromNow(-1),
    expires: dayFromNow(300),
  })
  const attorney = free(chief, { bytes: Buffer.from(xml), fileName: `ON_EMCHD_20260110_${number}.xml` })
  const about = { from, to, sources, isAnchored }
  return [
    { ...about, attorney: 'not-due', message: compose(chief, [free(chief)]) },
    { ...about, attorney: 'named', message: compose(employee, [naming]) },
    { ...about, attorney: 'attached', message: compose(employee, [free(employee), attorney]) },
  ]
}

/** The verdict as monitoring and engineers get it: JSON and the page. */
async function readVerdict(relay: Relay, { id }: SimulatedMessage) {
  const token = readFileSync(join(relay.settings.data.folder, 'admin.token'), 'utf8').trim()
  const ask = async (form: string) => {
    const address = `${relay.hub.adminAddress}/admin/v1/messages/${id}/verdict?form=${form}`
    const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } })
    return answer.text()
  }
  const { verdict } = JSON.parse(await ask('json')) as AdminVerdict
  return { verdict: verdict as MessageVerdict, page: await ask('html') }
}

const checkOf = ({ checks }: SignerVerdict, wanted: string) => checks.find(({ check }) => check === wanted)

/** Lines of the page that say of a check that it was not made. */
const saysNotChecked = (page: string, label: string) =>
  new RegExp(`<dt>${label} [^<]*</dt><dd class="plain">не проверялось`).test(page)

function checkSigner(t: Test, { sources, isAnchored }: Sent, signer: SignerVerdict, page: string): void {
  const [revocation, authority] = [checkOf(signer, 'revocation'), checkOf(signer, 'authority')]
  t.equal(signer.indication, 'INDETERMINATE')
  t.equal(revocation?.outcome, 'not-checked')
  t.equal(authority?.outcome, 'not-checked')
  t.ok(saysNotChecked(page, 'Сертификаты не отозваны'))
  t.ok(saysNotChecked(page, 'Аккредитация удостоверяющего центра'))
  if (!isAnchored) {
    const [found] = checkOf(signer, 'chain')?.found ?? []
    t.match(checkOf(signer, 'chain'), { outcome: 'not-checked' })
    t.equal(found?.problem, 'trust.list-absent')
    t.ok(saysNotChecked(page, 'Цепочка сертификатов до доверенного центра'))
    t.match(page, 'Перечень аккредитованных центров задан, но ещё не получен')
    return
  }
  const named = Object.entries({ CRL: sources.crlAddress, OCSP: sources.ocspAddress })
    .filter(([, address]) => address !== undefined)
    .map(([source, address]) => `${source} ${address}`)
  const [found] = revocation?.found ?? []
  t.equal(found?.seen, ['revocation.no-source', ...named].join(', '))
  t.match(page, 'Отзыв сертификата не проверен: нет свежего списка или ответа удостоверяющего центра')
  for (const one of named) t.match(page, one)
}

/** What a registry that is away in some way is told to have done. */
const silences: Record<OutageKind, string> = {
  refuses: 'ECONNREFUSED',
  fails: 'answer.500',
  hangs: 'deadline',
  babbles: 'answer.garbage',
}

function checkAttorney(t: Test, sent: Sent, found: { verdict: MessageVerdict; page: string; seen: string }) {
  const { verdict, page, seen } = found
  const own = verdict.signatures.find(({ isOfAttorney }) => isOfAttorney !== true)
  const attorney = own?.signers[0]?.attorney
  const outcomes = verdict.because.map(({ outcome }) => outcome)
  if (sent.attorney === 'not-due') {
    t.equal(attorney?.status, 'NotRequired')
    t.notOk(outcomes.includes('ATTORNEY_UNCHECKED'))
    return
  }
  t.ok(outcomes.includes('ATTORNEY_UNCHECKED'), outcomes.join())
  const [finding, text] =
    sent.attorney === 'named'
      ? ['found-silent', 'Доверенность указана, но реестр не ответил']
      : ['registry-silent', 'Реестр не ответил: отмена не проверена']
  const silent = attorney?.checks.find((check) => check.finding === finding)
  t.equal(silent?.seen, seen, `${finding}, by ${attorney?.status}`)
  t.match(page, text)
}

for (const kind of outageKinds) {
  t.test(
    `with every source away (${kind}) for the whole run messages flow and say what was not checked`,
    async (t) => {
      const { relay, outage, at, authorities } = await startScene(t, kind)
      const sent = authorities.flatMap((authority, index) => messagesOf(relay, authority, index))
      for (const code of codes) {
        const partner = relay.partner(code)
        const own = sent.filter(({ from }) => from === partner).map(({ message }) => message)
        await partner.deliver(partner.pack(own))
      }
      for (const one of sent) {
        const { message, from, to } = one
        await relay.waitForState(message.id, 'delivered')
        t.equal(to.record.countOf(message.contentSha256), 1, 'at the next operator')
        t.match(await from.record.waitForReceipt(message.id), { item: { outcome: 'success' } })
        const { verdict, page } = await readVerdict(relay, message)
        t.match(verdict, { indication: 'INDETERMINATE', subIndication: 'TRY_LATER', action: 'mark' })
        for (const signer of verdict.signatures.flatMap(({ signers }) => signers)) {
          checkSigner(t, one, signer, page)
        }
        checkAttorney(t, one, { verdict, page, seen: silences[kind] })
      }

      const wanted = [at('/tsl'), at('/lists.crl'), at('/answers'), at('/both.crl')]
      const sources = await relay.until(async () => {
        // What hangs is given up after sourceIdleMs; the drill does not wait for that.
        outage.hangUp()
        relay.hub.trust.hasten()
        const rows = await listSources(relay.hub.store)
        const tried = rows.filter(({ error }) => error !== undefined).map(({ address }) => address)
        return wanted.every((address) => tried.includes(address)) ? rows : undefined
      }, 'all sources tried in vain')
      t.ok(sources.every(({ evidence }) => evidence === undefined))
      t.notOk(
        sources.some(({ address }) => address.includes('/listed')),
        'nobody vouches for these addresses',
      )
      const where = ['--address', relay.hub.adminAddress]
      const listed = await runLine(relay.settings.data.folder, ['sources', 'list', ...where])
      for (const address of wanted) t.match(listed.out, address)
    },
  )
}
