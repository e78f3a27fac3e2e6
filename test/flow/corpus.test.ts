// Traffic made with other tools, sent over HTTP: every package gets what the index of the corpus says, and goes its way.

import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { beside } from '../support/beside.ts'
import { postPackage } from '../support/door-client.ts'
import { startRelay } from '../support/relay.ts'
import { fastPolicy } from '../support/relay-partners.ts'

const { path: corpus, absent } = beside('corpus')

/** What the note of the index comes to: answer, sub-indication and action of the verdict, state of the message. */
const verdicts: Readonly<Record<string, string>> = {
  // A natural person signed and no power of attorney is there: forwarded, marked (RULES 25).
  'message-needs-attorney.cms': 'TOTAL-PASSED  mark sent',
  'verdict-revoked.cms': 'INDETERMINATE REVOKED_NO_POE refuse refused',
  'verdict-expired.cms': 'INDETERMINATE OUT_OF_BOUNDS_NO_POE refuse refused',
  'verdict-untrusted.cms': 'INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND refuse refused',
  'verdict-tampered.cms': 'TOTAL-FAILED HASH_FAILURE refuse refused',
}
const invitation = 'NOT-SIGNED  forward'

type CorpusPackage = { file: string; expect: 'accepted' | 'refused'; sha256: string; messages?: string[] }
type CorpusOperator = { code: string; name: string; certificate: string }

/** The code that tells why, where the index says what is wrong. */
const codes: Readonly<Record<string, string>> = {
  'refused-flipped-byte.cms': 'cms.digest',
  'refused-unknown-operator.cms': 'peer.unknown',
  'refused-not-cms.cms': 'cms.not-cms',
  'refused-mixed-receipts.cms': 'package.mixed',
  'refused-no-description.cms': 'package.no-description',
  'refused-nested-directory.cms': 'package.nested',
  'refused-bad-name.cms': 'zip.name',
  'refused-empty.cms': 'zip.empty',
  'refused-foreign-sender.cms': 'grant.missing',
}

/** The message of which receipts-mixed.cms says that its document is not known. */
const toldUnknown = '7ffc918f5debab42bf83c04d740131c2'

type VerdictRow = { indication: string; sub_indication: string | null; action: string; digest: string }

/** Anchors, intermediates and revocation lists of the corpus as folders of an installation. */
function trustOf(folder: string): string[] {
  const put = (to: string, files: readonly string[]) => {
    for (const file of files) copyFileSync(join(corpus, 'pki', file), join(folder, to, file))
  }
  put('anchors', ['root.crt'])
  put('intermediates', ['inter.crt'])
  put('crls', ['root.crl', 'inter.crl'])
  return [
    `trust.anchorsFolder=${join(folder, 'anchors')}`,
    `trust.intermediatesFolder=${join(folder, 'intermediates')}`,
    `trust.listsFolder=${join(folder, 'crls')}`,
  ]
}

t.test(
  'every package of the corpus gets what its index says, and is relayed',
  { skip: absent },
  async (t) => {
    const relay = await startRelay(t, {
      partners: [{ code: '2ZA' }, { code: '2ZB' }],
      settings: trustOf(t.testdir({ anchors: {}, intermediates: {}, crls: {} })),
    })
    for (const partner of relay.partners) partner.behave('no-receipt')
    const index = JSON.parse(readFileSync(join(corpus, 'index.json'), 'utf8')) as {
      operators: CorpusOperator[]
      packages: CorpusPackage[]
    }
    await registerKeys(index.operators)
    const address = relay.hub.partnerAddress
    const send = ({ file }: CorpusPackage) =>
      postPackage(address, { name: file, bytes: readFileSync(join(corpus, 'packages', file)) })
    const accepted = index.packages.filter(({ expect }) => expect === 'accepted')
    for (const expected of index.packages) {
      const reply = await send(expected)
      if (expected.expect === 'accepted') t.match(reply, { status: 200, code: 'accepted' }, expected.file)
      else t.match(reply, { status: 400, code: codes[expected.file] }, expected.file)
      t.same(await send(expected), reply, `${expected.file} again: the same answer`)
    }
    for (const { file, messages = [] } of accepted) {
      for (const id of messages) {
        const row = await relay.until(async () => {
          const found = (await relay.messages(id)).at(-1)
          return ['sent', 'delivered', 'refused'].includes(found?.state ?? '') ? found : undefined
        }, `${file} ${id}`)
        const judged = await relay.rows<VerdictRow>(
          'select indication, sub_indication, action, digest from verdict where message = $1',
          [row.id],
        )
        const [verdict] = judged
        const told = [verdict?.indication, verdict?.sub_indication ?? '', verdict?.action].join(' ')
        const expected = verdicts[file] ?? (row.kind === 'invitation' ? invitation : 'TOTAL-PASSED  forward')
        t.equal(`${told}${verdicts[file] === undefined ? '' : ` ${row.state}`}`, expected, `${file} ${id}`)
        const moved = (await relay.entries('message.moved')).filter(({ subject }) => subject === row.id)
        t.ok(
          moved.some(({ facts }) => facts['verdictDigest'] === verdict?.digest),
          `${file} ${id}: the journal has the digest`,
        )
        if (row.state === 'refused' && file in verdicts) continue
        const sink = relay.partner(row.next_peer === '2za' ? '2ZA' : '2ZB')
        // A receipt of the corpus may overtake the delivery of what it answers.
        await sink.record.waitForContent(row.content_sha256)
        const count = sink.record.countOf(row.content_sha256)
        // RULES 18: its document was on its way when the corpus tells that it is unknown, so it is sent once more.
        if (id === toldUnknown) t.ok(count === 1 || count === 2, `${file} ${id}: again after an unknown id`)
        else t.equal(count, 1, `${file} ${id}: once, byte for byte`)
      }
    }
    const stored = await relay.rows<{ name: string; sha256: string }>('select name, sha256 from package_in')
    const sent = new Map(accepted.map(({ file, sha256 }) => [file, sha256]))
    t.equal(stored.length, accepted.length, 'nothing is stored of what was refused')
    for (const { name, sha256 } of stored) {
      const bytes = readFileSync(join(corpus, 'packages', name))
      t.equal(sha256, createHash('sha256').update(bytes).digest('hex'), name)
      t.ok(sent.has(name))
    }

    async function registerKeys(operators: readonly CorpusOperator[]): Promise<void> {
      const peers = relay.partners.map((partner) => {
        const operator = operators.find(({ code }) => code === partner.code)
        if (operator === undefined) throw new Error(`no ${partner.code} in the corpus`)
        const pem = readFileSync(join(corpus, 'pki', `${operator.certificate}.crt`), 'utf8')
        return {
          id: partner.peer,
          name: partner.name,
          state: 'active' as const,
          dialect: 'roseu',
          address: partner.address,
          receiptAddresses: [],
          certificates: [{ pem: partner.certificate }, { pem }],
          policy: fastPolicy,
        }
      })
      const applied = await relay.hub.registry.apply({ peers }, { actor: 'test', reason: 'corpus' })
      if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))
    }
  },
)
