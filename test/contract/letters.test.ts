// Letters of invitations on a real database: sent, tried again, bounced, dropped; at least once, and by one node.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import PostalMime from 'postal-mime'
import t from 'tap'
import { configFaultText, loadConfig } from '../../hub/config.ts'
import type { Mailer, Posted, ReadyLetter } from '../../hub/mail/ports.ts'
import { startMail } from '../../hub/mail/wiring.ts'
import type { Change } from '../../hub/store/hot/change.ts'
import { makeCommitter } from '../../hub/store/hot/commit.ts'
import { newRowId } from '../../hub/store/ids.ts'
import type { KeptLetter } from '../../hub/store/links/letters.ts'
import { readInvite } from '../../hub/store/links/reads.ts'
import { keepPartitions } from '../../hub/store/partitions.ts'
import { createMetrics } from '../../monitoring/metrics.ts'
import { makeBook } from '../../routing/book.ts'
import { limits } from '../../schemas/limits.ts'
import { watchCommits } from '../support/commits.ts'
import { openFreshStore } from '../support/fresh-store.ts'
import { letteredInvite, letterRow } from '../support/letter-rows.ts'
import { makeReapedFolder } from '../support/reaper.ts'
import { startSmtp } from '../support/smtp.ts'
import { devTls } from '../support/tls.ts'

type Test = Parameters<typeof openFreshStore>[0]

const book = makeBook({
  edition: 1,
  operators: [{ id: 'kontur', name: 'АО «Оператор А»', active: true, codes: [{ code: '2BM' }] }],
  peers: [],
  grants: [],
  overrides: [],
  thumbprints: new Map(),
})

/** A store with the loop beside it; `mailer` stands in for the one of the settings. */
async function startOffice(
  t: Test,
  options: {
    settings?: readonly string[]
    mailer?: Mailer
    mint?: (invite: string) => string | undefined
    withoutClaims?: true
    pollMs?: number
  } = {},
) {
  const folder = join(makeReapedFolder(), 'data')
  const store = await openFreshStore(t)
  const clock = { now: () => new Date(), newId: () => newRowId(), random: () => 0.5 }
  await keepPartitions(store, clock.now())
  const committer = makeCommitter({ store, node: '1', isOutage: () => false })
  const watch = watchCommits({ context: { committer, intake: { submit: async () => undefined } } } as never)
  const loaded = loadConfig({
    env: {},
    cwd: '/',
    overrides: [
      `data.folder=${folder}`,
      'home.codes=2HH',
      `mail.pollMs=${options.pollMs ?? 50}`,
      ...(options.settings ?? []),
    ],
  })
  if (!loaded.ok) throw new Error(loaded.faults.map(configFaultText).join('\n'))
  const metrics = createMetrics({ version: '0' })
  t.teardown(async () => metrics.close())
  const faults: string[] = []
  const { mint = () => 'a-token' } = options
  const expiresAt = new Date('2026-12-11T15:00:00Z')
  const claims = {
    mint: async (invite: string) => {
      const token = mint(invite)
      return token === undefined ? undefined : { token, expiresAt }
    },
  }
  const start = () =>
    startMail({
      settings: loaded.settings,
      context: { store, committer, clock, book: () => book },
      store,
      node: '1',
      metrics,
      claims: options.withoutClaims ? undefined : claims,
      portalAddress: 'http://127.0.0.1:8084',
      onFault: (place, error) => faults.push(`${place} ${String(error)}`),
      ...(options.mailer === undefined ? {} : { mailer: options.mailer }),
    })
  const mail = await start()
  t.teardown(() => mail.stop())
  const letter = async (id: string) => {
    const { rows } = await store.query({ text: 'select * from letter where id = $1', values: [id] })
    return rows[0] as KeptLetter | undefined
  }
  return {
    store,
    folder,
    faults,
    metrics,
    write: async (change: Change) => void (await committer.submit(change)),
    letter,
    invite: (id: string) => readInvite(store, id),
    rows: async (text: string) => (await store.query(text)).rows,
    ended: (id: string, state: KeptLetter['state']) =>
      watch.until(async () => {
        const row = await letter(id)
        return row?.state === state ? row : undefined
      }, `the letter ${state}`),
    until: watch.until,
  }
}

/** Answers in order, the last one again and again. */
function answering(...answers: Posted[]): Mailer & { letters: ReadyLetter[] } {
  const letters: ReadyLetter[] = []
  return {
    letters,
    async post(letter) {
      letters.push(letter)
      const answer = answers[Math.min(letters.length, answers.length) - 1]
      return answer ?? { is: 'sent', file: undefined }
    },
    async close() {},
  }
}

t.test('a letter is kept as a file, and its invitation says that it went', async (t) => {
  const office = await startOffice(t)
  const invite = letteredInvite()
  const letter = letterRow(invite)
  await office.write({ invites: [invite], letters: [letter] })
  const row = await office.ended(letter.id, 'sent')
  t.match(row, {
    attempts: 1,
    reason: null,
    file: `${letter.id}.eml`,
    message_id: `<${letter.id}@hub.invalid>`,
  })
  t.match(await office.invite(invite.id), { mail: 'sent', version: 2 })
  const email = await PostalMime.parse(readFileSync(join(office.folder, 'mail', `${letter.id}.eml`)))
  t.match(email.text, 'ООО «Ромашка» (ИНН\u00a07707083893) приглашает вашу организацию (ИНН\u00a07736050003)')
  t.match(email.text, 'Приглашение направлено вашему оператору ЭДО: АО «Оператор А».')
  t.match(email.text, '> Переходим на ЭДО с 1 декабря.')
  t.match(await office.metrics.text(), /hub_letters_total\{kind="asked",outcome="sent"\} 1/)
  t.match(await office.metrics.text(), /hub_letters_queued 0/)
  t.strictSame(office.faults, [])
})

t.test('a claim letter carries a fresh link, and the database never holds the token', async (t) => {
  const office = await startOffice(t, {
    settings: ['portal.publicAddress=https://edo.example.ru/p', 'home.operatorName=ООО «Оператор Б»'],
    mint: () => 'secret-token-of-a-test',
  })
  const stand = '2HH-stand-in'
  const invite = letteredInvite({ kind: 'by-inn', state: 'unclaimed', counterparty: stand, stand_in: stand })
  const letter = letterRow(invite, { kind: 'claim' })
  await office.write({ invites: [invite], letters: [letter] })
  await office.ended(letter.id, 'sent')
  const email = await PostalMime.parse(readFileSync(join(office.folder, 'mail', `${letter.id}.eml`)))
  t.match(email.text, 'https://edo.example.ru/p/claim/secret-token-of-a-test')
  t.match(email.text, 'подключиться к оператору ЭДО ООО «Оператор Б»')
  t.match(email.text, 'до 11 декабря 2026 г. в 18:00 (МСК)')
  t.equal(email.from?.name, 'ООО «Оператор Б»')
  for (const table of ['letter', 'invite', 'journal', 'link_event']) {
    const kept = await office.rows(`select 1 from ${table} as x where x::text like '%secret-token%'`)
    t.strictSame(kept, [], table)
  }
})

t.test('letters that are not needed any more are dropped', async (t) => {
  const mailer = answering({ is: 'sent', file: undefined })
  const office = await startOffice(t, { mailer, mint: () => undefined })
  const withdrawn = letteredInvite({ state: 'withdrawn' })
  const claimed = letteredInvite({ state: 'unclaimed' })
  const letters = [
    letterRow(withdrawn),
    letterRow(claimed, { kind: 'claim' }),
    letterRow(claimed, { kind: 'linked' }),
    letterRow(letteredInvite()),
  ]
  await office.write({ invites: [withdrawn, claimed], letters })
  for (const { id } of letters) t.match(await office.ended(id, 'dropped'), { reason: 'mail.not-needed' })
  t.strictSame(mailer.letters, [])
  t.match(await office.invite(withdrawn.id), { mail: 'queued', version: 1 })
})

t.test('claim letters wait while nobody makes links', async (t) => {
  const office = await startOffice(t, { withoutClaims: true })
  const invite = letteredInvite({ state: 'unclaimed' })
  const asked = letteredInvite()
  const [claim, other] = [letterRow(invite, { kind: 'claim' }), letterRow(asked)]
  await office.write({ invites: [invite, asked], letters: [claim, other] })
  await office.ended(other.id, 'sent')
  t.match(await office.letter(claim.id), { state: 'queued', attempts: 0 })
})

t.test('a server that puts off is asked again by the schedule, under the same Message-ID', async (t) => {
  const mailer = answering(
    { is: 'later', reason: 'mail.later' },
    { is: 'later', reason: 'mail.away' },
    { is: 'sent', file: undefined },
  )
  const office = await startOffice(t, { mailer, settings: ['mail.retryMs=20,60'] })
  const invite = letteredInvite()
  const letter = letterRow(invite)
  await office.write({ invites: [invite], letters: [letter] })
  t.match(await office.ended(letter.id, 'sent'), { attempts: 3, reason: null })
  t.equal(new Set(mailer.letters.map(({ messageId }) => messageId)).size, 1)
  const tried = await office.rows("select entry from journal where kind = 'letter.tried' order by xid, id")
  t.strictSame(
    tried.map(({ entry }) => JSON.parse(String(entry)).facts.outcome),
    ['retry', 'retry', 'sent'],
  )
  t.notMatch(JSON.stringify(tried), /firma|Ромашка/)
})

t.test('a bounce marks the invitation, and its service hears of it', async (t) => {
  const smtp = await startSmtp(t, { behaviour: { rcptTo: () => '550 5.1.1 no such user' } })
  const ca = join(t.testdir({ 'ca.pem': devTls.cert }), 'ca.pem')
  const office = await startOffice(t, {
    settings: [
      'mail.smtpHost=localhost',
      `mail.smtpPort=${smtp.port}`,
      'mail.from=edo@hub.example.ru',
      'portal.publicAddress=https://edo.example.ru',
      `mail.caFile=${ca}`,
    ],
  })
  const invite = letteredInvite()
  const letter = letterRow(invite)
  await office.write({ invites: [invite], letters: [letter] })
  t.match(await office.ended(letter.id, 'bounced'), { attempts: 1, reason: 'mail.refused' })
  t.match(await office.invite(invite.id), { state: 'asked', mail: 'bounced', version: 2 })
  t.match(await office.rows('select * from link_event'), [
    { invite: invite.id, news: 'bounced', said_by: 'hub' },
  ])
  t.match(await office.rows('select home, kind from home_arrival'), [{ home: '2HH', kind: 'invite' }])

  delete smtp.behaviour.rcptTo
  const second = letterRow(invite)
  await office.write({ letters: [second] })
  await office.ended(second.id, 'sent')
  t.match(await office.invite(invite.id), { mail: 'sent', version: 3 })
  t.match(smtp.letters, [{ from: 'edo@hub.example.ru', isSecure: true }])
})

t.test('an address that is none bounces without a conversation', async (t) => {
  const mailer = answering()
  const office = await startOffice(t, { mailer })
  const invite = letteredInvite()
  const letter = letterRow(invite, { recipient: 'buh@firma.ru\r\nBcc: all@firma.ru' })
  await office.write({ invites: [invite], letters: [letter] })
  t.match(await office.ended(letter.id, 'bounced'), { reason: 'mail.address' })
  t.strictSame(mailer.letters, [])
})

t.test('a letter that does not go in its time bounces', async (t) => {
  const mailer = answering({ is: 'later', reason: 'mail.away' })
  const office = await startOffice(t, { mailer, settings: ['mail.retryMs=1000', 'mail.retryForMs=500'] })
  const invite = letteredInvite()
  const letter = letterRow(invite)
  await office.write({ invites: [invite], letters: [letter] })
  t.match(await office.ended(letter.id, 'bounced'), { attempts: 1, reason: 'mail.expired' })
  t.match(await office.invite(invite.id), { mail: 'bounced' })
})

t.test('a change of the invitation that came first is put up with', async (t) => {
  const invite = letteredInvite()
  const letter = letterRow(invite)
  const mailer: Mailer = {
    async post() {
      await office.write({ invites: [{ ...invite, comment: 'changed meanwhile', version: 2 }] })
      return { is: 'sent', file: undefined }
    },
    async close() {},
  }
  const office = await startOffice(t, { mailer })
  await office.write({ invites: [invite], letters: [letter] })
  await office.ended(letter.id, 'sent')
  t.match(await office.invite(invite.id), { comment: 'changed meanwhile', mail: 'sent', version: 3 })
})

t.test('more letters than one run takes all go', async (t) => {
  const mailer = answering()
  const office = await startOffice(t, { mailer, pollMs: 600_000 })
  const invites = Array.from({ length: limits.lettersPerRunMax + 1 }, () => letteredInvite())
  const letters = invites.map((invite) => letterRow(invite))
  await office.write({ invites, letters })
  await office.until(async () => {
    const [row] = await office.rows("select count(*)::int as left from letter where state = 'queued'")
    return row?.['left'] === 0 ? true : undefined
  }, 'no letter left')
  t.equal(mailer.letters.length, letters.length)
})

t.test('letters that are over go after their time, with their files', async (t) => {
  const office = await startOffice(t, { settings: ['mail.keepMs=60000'] })
  const invite = letteredInvite()
  const [old, fresh] = [letterRow(invite), letterRow(invite)]
  await office.write({ invites: [invite], letters: [old, fresh] })
  await office.ended(old.id, 'sent')
  await office.ended(fresh.id, 'sent')
  await office.store.query({
    text: "update letter set ended_at = ended_at - interval '2 minutes' where id = $1",
    values: [old.id],
  })
  await office.until(
    async () => ((await office.letter(old.id)) === undefined ? true : undefined),
    'the sweep',
  )
  const file = join(office.folder, 'mail', `${old.id}.eml`)
  await office.until(async () => (existsSync(file) ? undefined : true), 'the file gone')
  t.strictSame(readdirSync(join(office.folder, 'mail')), [`${fresh.id}.eml`])
  t.ok(await office.letter(fresh.id))
})

t.test('a letter whose file cannot be removed is kept and told, and goes with it later', async (t) => {
  const office = await startOffice(t, { settings: ['mail.keepMs=60000'] })
  const invite = letteredInvite()
  const letter = letterRow(invite)
  await office.write({ invites: [invite], letters: [letter] })
  await office.ended(letter.id, 'sent')
  const file = join(office.folder, 'mail', `${letter.id}.eml`)
  rmSync(file)
  mkdirSync(file)
  await office.store.query("update letter set ended_at = ended_at - interval '2 minutes'")
  await office.until(async () => (office.faults.length > 0 ? true : undefined), 'a fault')
  t.ok(await office.letter(letter.id))
  rmdirSync(file)
  writeFileSync(file, 'a letter')
  await office.until(
    async () => ((await office.letter(letter.id)) === undefined ? true : undefined),
    'the sweep',
  )
  t.notOk(existsSync(file))
})
