// The verbs of the command line against a real admin plane on a real database.

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { exitCodes } from '../../hub/cli/context.ts'
import { sealOnce } from '../../hub/journal/seal.ts'
import { composeLetter } from '../../hub/mail/compose.ts'
import { makeEmlMailer } from '../../hub/mail/eml-mailer.ts'
import { acquireLease } from '../../hub/store/lease.ts'
import type { EmailAddress } from '../../schemas/mail/email.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import {
  frozenWork,
  messageRow,
  packageInRow,
  packageOutRow,
  startTestPlane,
  type TestPlane,
  twoPartners,
} from '../support/admin-plane.ts'
import { makeTestSigner } from '../support/block-signer.ts'
import { runLine } from '../support/cli.ts'
import { letteredInvite, letterRow } from '../support/letter-rows.ts'
import { sampleLetters } from '../support/sample-letters.ts'

const folder = mkdtempSync(join(tmpdir(), 'hub admin '))

const lineOf = (plane: TestPlane) => (words: readonly string[]) =>
  runLine(folder, [...words, '--address', plane.address], { HUB_ADMIN_TOKEN: plane.token, USER: 'petrov' })

t.test('messages are found, shown, released and refused from the command line', async (t) => {
  const plane = await startTestPlane(t)
  const hub = lineOf(plane)
  const rows = [messageRow({ state: 'held', reason: 'deliver.exhausted' }), messageRow({ state: 'held' })]
  const [first, second] = rows as [(typeof rows)[0], (typeof rows)[0]]
  const document = {
    wire_id: 'd'.repeat(32),
    message: first.id,
    peer: 'pa',
    sender: first.sender,
    recipient: first.recipient,
    type: 'Акт',
    encrypted: false,
    parents: [],
    blob: null,
  }
  await plane.write({
    messages: rows,
    packagesIn: [packageInRow(first, 'first.cms')],
    documents: [{ ...document, size: 7, sha256: 'aa', streebog256: 'bb' }],
    work: rows.map(frozenWork),
  })
  const found = await hub(['messages', 'find', '--state', 'held', '--limit', '1'])
  t.equal(found.exit, exitCodes.ok)
  t.match(found.out, second.id)
  const after = /--after (\S+)/.exec(found.out)?.[1] ?? ''
  t.match((await hub(['messages', 'find', '--state', 'held', '--after', after])).out, 'deliver.exhausted')
  t.match((await hub(['messages', 'find', '--peer', 'none'])).out, 'Ничего не найдено')
  t.match(await hub(['messages', 'find', '--state', 'lost']), {
    exit: exitCodes.refused,
    err: /admin\.invalid.*state/,
  })

  const shown = await hub(['messages', 'show', first.wire_id])
  t.match(shown.out, /first\.cms.*d{32} {2}Акт {2}7/s)
  const released = await hub(['messages', 'release', first.wire_id, '--reason', 'адрес исправлен'])
  t.match(released, { exit: exitCodes.ok, out: `${first.wire_id}: accepted\n` })
  t.match(await hub(['messages', 'release', first.id, '--reason', 'x']), {
    exit: exitCodes.refused,
    err: /admin\.not-now/,
  })
  t.match((await hub(['messages', 'show', first.id])).out, /petrov {2}release {2}адрес исправлен/)
  const refused = await hub(['messages', 'refuse', second.id, '--reason', 'ответа нет', '--json'])
  t.match(refused.json(), { id: second.id, state: 'refused' })
  t.match(await hub(['messages', 'show', 'x']), { exit: exitCodes.refused })
})

t.test('held packages are listed and let go, and the overview shows what is under way', async (t) => {
  const plane = await startTestPlane(t)
  const hub = lineOf(plane)
  const answered = messageRow({ state: 'delivered', answer: 'owed', answer_code: 'success' })
  const held = messageRow({ state: 'held' })
  const out = packageOutRow([answered], { kind: 'receipts', peer: 'pa' })
  const work = [answered, held].map(frozenWork)
  await plane.write({ messages: [answered, held], packagesOut: [out], work })
  t.match((await hub(['packages', 'list'])).out, new RegExp(`${out.id} .*receipts {2} *pa`))
  const overview = await hub(['overview'])
  t.match(overview.out, /Задержано пакетов \(held packages\) {2}1/)
  t.match(overview.out, /held +1 +Ждёт решения дежурного/)
  const released = await hub(['packages', 'release', out.id, '--reason', 'приём починен'])
  t.match(released, { exit: exitCodes.ok, out: /abandoned.*: 1\n/ })
  t.match((await hub(['packages', 'list', '--state', 'held'])).out, 'Ничего не найдено')
  t.match((await hub(['overview', '--json'])).json(), { lanes: [{ hop: 'settle', lane: 'pa', count: 1 }] })
})

t.test('the overview sums up the sources of what is trusted', async (t) => {
  const plane = await startTestPlane(t)
  const hub = lineOf(plane)
  t.match((await hub(['overview', '--json'])).json(), {
    sources: { states: [], silent: null, oldestIssuedAt: null },
  })
  await plane.store.query(
    'insert into trust_source (kind, address, subject, issuer, is_kept, wanted_at, due_at, succeeded_at, failures, error) ' +
      "select 'crl', 'http://' || name, '', '', kept, at, at, at, failures, error from (values " +
      "('quiet', true, timestamptz '2026-01-01Z', 3, 'source.slow'), " +
      "('other', true, timestamptz '2026-01-02Z', 1, 'source.unreachable'), " +
      "('new', true, timestamptz '2026-01-01Z', 0, null), " +
      "('old', false, timestamptz '2000-01-01Z', 9, 'source.slow')) as v(name, kept, at, failures, error)",
  )
  const { sources } = (await hub(['overview', '--json'])).json()
  t.match(sources, {
    states: [
      { state: 'awaited', count: 1 },
      { state: 'away', count: 2 },
      { state: 'forgotten', count: 1 },
    ],
    silent: { kind: 'crl', address: 'http://quiet', since: '2026-01-01T00:00:00.000Z', error: 'source.slow' },
  })
  const { out } = await hub(['overview'])
  t.match(out, /awaited 1, away 2, forgotten 1/)
  t.match(out, /crl http:\/\/quiet с \(since\) 2026-01-01T00:00:00.000Z source.slow/)
})

t.test(
  'partners are applied from a file, shown so that they can be applied again, checked and suspended',
  async (t) => {
    const plane = await startTestPlane(t)
    const hub = lineOf(plane)
    writeFileSync(join(folder, 'two.yaml'), JSON.stringify(twoPartners))
    const applied = await hub(['partners', 'apply', 'two.yaml', '--reason', 'договоры 1 и 2'])
    t.match(applied, { exit: exitCodes.ok, out: /Изменений \(changes\): 6; издание \(edition\) 1/ })
    t.match((await hub(['partners', 'list'])).out, /pa +active +2ZA +roseu/)

    const shown = (await hub(['partners', 'show', 'pa', '--json'])).json()
    t.match(shown, { id: 'pa', lacks: [], certificates: [{ notAfter: /^2099/ }] })
    t.match(shown.history, [{ edition: 1, actor: 'petrov', reason: 'договоры 1 и 2' }])
    t.strictSame(shown.settings.peers[0].policy, {}, 'defaults are not written down as wishes')
    writeFileSync(join(folder, 'again.yaml'), JSON.stringify(shown.settings))
    t.match((await hub(['partners', 'apply', 'again.yaml', '--reason', 'проба'])).out, 'Изменений нет')
    t.match(await hub(['partners', 'show', 'nobody']), { exit: exitCodes.refused, err: /admin\.not-found/ })

    t.match(await hub(['partners', 'check', '2ZB-1', '--from', '2ZA-1']), {
      exit: exitCodes.ok,
      out: /Отправитель: Оператор А \(a\), через pa.*Обмен: обмен идёт через pb/s,
    })
    t.match(await hub(['partners', 'check', '2ZA-1', '--from', '2ZA-2']), {
      exit: exitCodes.refused,
      out: /route\.loop/,
    })
    t.match(await hub(['partners', 'check', '2ZB-1', '--from', '2ZX-2']), {
      exit: exitCodes.refused,
      out: /grant\.missing/,
    })
    t.match(await hub(['partners', 'check', '2ZX-1']), {
      exit: exitCodes.refused,
      out: /route\.unknown-operator/,
    })

    t.match((await hub(['partners', 'state', 'pb', 'suspended', '--reason', 'работы'])).out, 'peer pb')
    t.match((await hub(['partners', 'check', '2ZB-1', '--from', '2ZA-1'])).out, 'обмен приостановлен')
    t.match(await hub(['partners', 'state', 'pb', 'off', '--reason', 'x']), {
      exit: exitCodes.refused,
      err: /admin\.invalid/,
    })
    writeFileSync(
      join(folder, 'clash.yaml'),
      JSON.stringify({ operators: [{ ...twoPartners.operators[0], id: 'c' }] }),
    )
    const clash = await hub(['partners', 'apply', 'clash.yaml', '--reason', 'проба'])
    t.match(clash, { exit: exitCodes.refused, err: /partner\.conflict/ })
  },
)

t.test('the journal is exported whole, or not at all', async (t) => {
  const plane = await startTestPlane(t)
  const hub = lineOf(plane)
  const held = messageRow({ state: 'held' })
  await plane.write({ messages: [held], work: [frozenWork(held)] })
  await hub(['messages', 'release', held.id, '--reason', 'для журнала'])
  const fence = await acquireLease(plane.store, { name: 'seal', owner: '1' })
  if (fence === undefined) throw new Error('the lease is not free')
  const signer = makeTestSigner()
  const { store } = plane
  let blocks = 0
  while (blocks === 0) {
    const sealed = await sealOnce({ store, signer, now: () => new Date(), entriesMax: 10, fence })
    if (isRefusal(sealed)) throw new Error(sealed.seen)
    blocks = sealed.blocks.length
  }
  const exported = await hub(['journal', 'export', '--out', 'journal.jsonl'])
  t.equal(exported.exit, exitCodes.ok)
  const lines = readFileSync(join(folder, 'journal.jsonl'), 'utf8').trimEnd().split('\n')
  t.match(JSON.parse(lines.at(-1) ?? ''), { blocks: 1, entries: 2 })
  t.notMatch(lines.join(''), 'для журнала')
  t.equal((await hub(['journal', 'export'])).out, `${lines.join('\n')}\n`)
  t.match(await hub(['journal', 'export', '--from', '5']), {
    exit: exitCodes.refused,
    out: '',
    err: /Ничего не выгружено/,
  })
})

t.test('letters are listed with masked recipients, and one kept as a file is read', async (t) => {
  const plane = await startTestPlane(t)
  const data = mkdtempSync(join(tmpdir(), 'hub mail '))
  const hub = lineOf(plane)
  t.match((await hub(['mail', 'list'])).out, 'Писем нет')
  const invite = letteredInvite()
  const [first, second] = [letterRow(invite), letterRow(invite, { kind: 'linked', state: 'dropped' })]
  await plane.write({ invites: [invite], letters: [first, second] })
  const page = await hub(['mail', 'list', '--limit', '1'])
  t.equal(page.exit, exitCodes.ok)
  t.match(page.out, second.id)
  const after = /--after (\S+)/.exec(page.out)?.[1] ?? ''
  const rest = await hub(['mail', 'list', '--after', after])
  t.match(rest.out, first.id)
  t.match(rest.out, 'b***@firma.example.ru')
  t.notMatch(rest.out, /buh@|Ромашка/)
  const queued = await hub(['mail', 'list', '--state', 'queued', '--invite', invite.id, '--json'])
  t.strictSame(
    JSON.parse(queued.out).items.map(({ id, state }: Record<string, string>) => [id, state]),
    [[first.id, 'queued']],
  )
  t.match(await hub(['mail', 'list', '--state', 'lost']), { exit: exitCodes.refused, err: /admin\.invalid/ })

  const show = (id: string, ...more: string[]) =>
    runLine(folder, ['mail', 'show', id, '--set', `data.folder=${data}`, ...more], {})
  t.match(await show(first.id), { exit: exitCodes.refused, err: /письма здесь нет/ })
  t.match(await show('../../etc/passwd'), { exit: exitCodes.usage })
  const mailer = makeEmlMailer(join(data, 'mail'))
  const words = composeLetter(sampleLetters('claim'))
  await mailer.post(
    {
      ...words,
      id: first.id,
      from: { name: 'ООО «Оператор Б»', address: 'edo@hub.example.ru' as EmailAddress },
      to: 'buh@xn--80a1acny.xn--p1ai' as EmailAddress,
      messageId: '<1@hub.example.ru>',
      at: new Date(),
    },
    new AbortController().signal,
  )
  const shown = await show(first.id)
  t.equal(shown.exit, exitCodes.ok)
  t.match(shown.out, `Тема (subject): ${words.subject}`)
  t.match(shown.out, 'ООО «Оператор Б» <edo@hub.example.ru>')
  t.match(shown.out, words.text.trimEnd())
  t.match(JSON.parse((await show(first.id, '--json')).out), {
    subject: words.subject,
    messageId: '<1@hub.example.ru>',
  })
})
