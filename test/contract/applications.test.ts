// Applications to operators without autoroaming: gathered, exported, answered by a person, from the command line.

import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { gatherApplications, settleApplications } from '../../hub/applications/gather.ts'
import { exitCodes } from '../../hub/cli/context.ts'
import { readList } from '../../hub/lists/read.ts'
import { findApplications, readApplicationRows } from '../../hub/store/applications/reads.ts'
import { acquireLease, type Lease, releaseLease } from '../../hub/store/lease.ts'
import { readInvite } from '../../hub/store/links/reads.ts'
import type { AdminApplicationDetails } from '../../schemas/bulk/admin.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { startTestPlane, type TestPlane, twoPartners } from '../support/admin-plane.ts'
import { waitingInvite, waitingInvites } from '../support/applications.ts'
import { runLine } from '../support/cli.ts'
import { innOf } from '../support/lists.ts'
import { sayTo } from '../support/waiting-invites.ts'

const open = new AbortController().signal
const folder = mkdtempSync(join(tmpdir(), 'hub applications '))

type Begun = TestPlane & {
  lease: Lease
  gather(): Promise<number>
  hub(...words: string[]): ReturnType<typeof runLine>
  show(id: string): Promise<AdminApplicationDetails>
}

async function begin(t: Parameters<typeof startTestPlane>[0]): Promise<Begun> {
  const plane = await startTestPlane(t)
  const applied = await plane.registry.apply(twoPartners, { actor: 'tests', reason: 'tests' })
  if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))
  Object.assign(plane.context.settings, { homeCodes: ['2AB', '2CD'], linkAnswerWithinMs: 1000 })
  const lease = await acquireLease(plane.store, { name: 'applications', owner: '1' })
  if (lease === undefined) throw new Error('no lease')
  return Object.assign(plane, {
    lease,
    gather: () => gatherApplications(plane.context, lease, open),
    hub: (...words: string[]) => {
      const line = ['applications', ...words, '--address', plane.address]
      return runLine(folder, line, { HUB_ADMIN_TOKEN: plane.token, USER: 'petrov' })
    },
    show: async (id: string) =>
      (await plane.ask(`/admin/v1/applications/${id}`)).json() as unknown as AdminApplicationDetails,
  })
}

const applicationsOf = ({ store }: Begun) => findApplications(store, { countMax: 200 })

t.test('gathers what waits: one operator, home code and subscriber each, at most a hundred', async (t) => {
  const hub = await begin(t)
  const max = limits.applicationRowsMax
  await hub.write({ invites: waitingInvites(max + 1) })
  await hub.write({ invites: [waitingInvite(900, { counterparty: '2ZA-other' })] })
  await hub.write({ invites: [waitingInvite(901, { home: '2CD', sender: '2CD-one' })] })
  await hub.write({ invites: [waitingInvite(902, { sender: '2ab-7707083893-770701001' })] })
  await hub.write({ invites: [waitingInvite(903, { counterparty: '9XX-nobody-knows' })] })
  await hub.write({ invites: [waitingInvite(904, { state: 'asked' })] })
  t.equal(await hub.gather(), max + 4)
  t.equal(await hub.gather(), 0)
  const rows = (await applicationsOf(hub)).map((one) => [one.home, one.operator, one.rows, one.is_filling])
  t.strictSame(rows.map(String).sort(), [
    '2AB,a,1,true',
    `2AB,b,${max},false`,
    '2AB,b,2,true',
    '2CD,b,1,true',
  ])
  await hub.write({ invites: [waitingInvite(905)] })
  t.equal(await hub.gather(), 1)
  t.equal((await applicationsOf(hub)).length, 4, 'the open one is filled first')
})

t.test('a node that lost its lease gathers nothing', async (t) => {
  const hub = await begin(t)
  await hub.write({ invites: waitingInvites(2) })
  await releaseLease(hub.store, hub.lease)
  await acquireLease(hub.store, { name: 'applications', owner: '2' })
  t.equal(await hub.gather(), 0)
  t.strictSame(await applicationsOf(hub), [])
})

t.test(
  'goes from a draft to sent with a number to confirmed, each link open, who did it recorded',
  async (t) => {
    const hub = await begin(t)
    const invites = waitingInvites(3)
    await hub.write({ invites })
    await hub.gather()
    const [{ id } = { id: '' }] = await applicationsOf(hub)
    t.match(await hub.hub('confirm', id), { exit: exitCodes.refused, err: 'application.state' })
    t.match(await hub.hub('sent', id, '--number', 'К-17'), { exit: exitCodes.ok, out: /К-17/ })
    t.match(await hub.hub('sent', id, '--number', 'К-17'), { exit: exitCodes.ok }, 'again')
    t.match(await hub.show(id), { state: 'sent', number: 'К-17', sentBy: 'petrov' })
    await hub.write({ invites: [waitingInvite(4)] })
    await hub.gather()
    t.equal((await hub.show(id)).rows, 3, 'what was sent takes no more rows')

    t.match(await hub.hub('confirm', id, '--rows', '1,4'), {
      exit: exitCodes.refused,
      err: 'application.rows',
    })
    t.match(await hub.hub('confirm', id, '--rows', '1'), { exit: exitCodes.ok })
    t.match(await hub.hub('confirm', id, '--rows', '1'), { exit: exitCodes.ok }, 'again')
    t.match(await hub.hub('refuse', id, '--rows', '1'), { exit: exitCodes.refused, err: 'application.rows' })
    t.match(await hub.show(id), { state: 'sent', counterparties: [{ state: 'confirmed', by: 'petrov' }] })
    const [first, second] = invites
    const linked = await readInvite(hub.store, first?.id ?? '')
    t.match(linked, { state: 'linked', is_automatic: false, link: String })
    const links = await hub.store.query('select * from link')
    t.match(links.rows, [{ id: linked?.link, cell: 'linked', version: 1 }])
    t.match(links.rows[0]?.['sayings'], { length: 2 }, 'both sides said it, no message carries it')
    const events = await hub.store.query('select news from link_event order by id')
    t.strictSame(events.rows.map(({ news }) => news).sort(), ['accepted', 'invited', 'linked'])

    t.match(await hub.hub('refuse', id, '--rows', '2'), { exit: exitCodes.ok })
    t.match(await readInvite(hub.store, second?.id ?? ''), {
      state: 'refused',
      reason: 'application.refused',
    })
    t.match(await hub.hub('confirm', id), { exit: exitCodes.ok, out: /closed/ })
    t.match(await hub.show(id), { state: 'closed', endedBy: 'petrov' })
    t.match(await hub.hub('sent', id), { exit: exitCodes.refused, err: 'application.state' })
    const journal = await hub.store.query("select entry from journal where kind = 'application.changed'")
    const actions = journal.rows.map(({ entry }) => JSON.parse(String(entry)).facts.action)
    t.strictSame(actions.sort(), [
      'closed',
      'confirmed',
      'confirmed',
      'gathered',
      'gathered',
      'refused',
      'sent',
    ])
    t.notMatch(JSON.stringify(journal.rows), /Контрагент|К-17/, 'no names and no numbers')
  },
)

t.test('a confirmation opens a link from whatever cell it is in, and is one change', async (t) => {
  const hub = await begin(t)
  const invites = waitingInvites(2)
  await hub.write({ invites })
  await hub.gather()
  const [{ id } = { id: '' }] = await applicationsOf(hub)
  await hub.hub('sent', id)
  // Two people at once: of the two changes of a row one is stale, reads again and finds nothing to do.
  const both = await Promise.all([hub.hub('confirm', id), hub.hub('confirm', id)])
  t.strictSame(
    both.map(({ exit }) => exit),
    [exitCodes.ok, exitCodes.ok],
  )
  t.match(await hub.show(id), { state: 'confirmed' })
  const links = await hub.store.query('select cell, sayings from link')
  t.strictSame(
    links.rows.map(({ cell, sayings }) => [cell, (sayings as unknown[]).length]),
    [
      ['linked', 2],
      ['linked', 2],
    ],
  )
})

t.test('rows whose invitation ended otherwise are gone, and the application with them', async (t) => {
  const hub = await begin(t)
  const invites = waitingInvites(2)
  await hub.write({ invites })
  await hub.gather()
  const [application] = await applicationsOf(hub)
  const id = application?.id ?? ''
  await hub.hub('sent', id)
  const withdraw = async (index: number) => {
    const invite = await readInvite(hub.store, invites[index]?.id ?? '')
    if (invite === undefined) throw new Error('no invite')
    await hub.write({ invites: [{ ...invite, state: 'withdrawn', version: invite.version + 1 }] })
  }
  await withdraw(0)
  t.match(await hub.hub('refuse', id), { exit: exitCodes.ok, out: /refused/ })
  t.strictSame(
    (await readApplicationRows(hub.store, id)).map(({ state }) => state),
    ['gone', 'refused'],
  )
  t.match(await hub.hub('refuse', id), { exit: exitCodes.ok }, 'again')
  await hub.write({ invites: [waitingInvite(5)] })
  await hub.gather()
  await hub.store.query(
    "update invite set state = 'lapsed', version = version + 1 where state = 'application'",
  )
  t.equal(await settleApplications(hub.context), 1)
  t.equal(await settleApplications(hub.context), 0)
  t.match(await applicationsOf(hub), [{ state: 'closed', is_filling: false }, { state: 'refused' }])
})

t.test('exports a workbook that can be read back and a letter that escapes what others wrote', async (t) => {
  const hub = await begin(t)
  const person = waitingInvite(2, { inn: '500100732259', kpp: null, name: 'Иванов <Иван>' })
  const formula = waitingInvite(3, { name: '=1+1', inn: null })
  await hub.write({ invites: [waitingInvite(1), person, formula] })
  await hub.gather()
  const [{ id } = { id: '' }] = await applicationsOf(hub)
  await hub.hub('sent', id, '--number', '<17>')
  t.match(await hub.hub('export', id), { exit: exitCodes.usage })
  const files = ['a.xlsx', 'a.html'].map((name) => join(folder, name)) as [string, string]
  t.match(await hub.hub('export', id, '--xlsx', files[0], '--letter', files[1]), { exit: exitCodes.ok })
  const listed = await readList(readFileSync(files[0]))
  if (isRefusal(listed)) throw new Error(listed.code)
  t.strictSame(
    listed.map(({ inn, name }) => [inn, name]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    [
      ['500100732259', undefined],
      [innOf(1), 'ООО "Контрагент 1"'],
      [innOf(3), '=1+1'],
    ],
  )
  const letter = readFileSync(files[1], 'utf8')
  t.match(letter, 'Номер заявки: <b>&lt;17&gt;</b>')
  t.match(letter, '<td>Иванов &lt;Иван&gt;</td>')
  t.match(letter, 'Кому: Оператор Б')
  t.match(letter, 'Всего контрагентов: 3.')
})

t.test('lists by operator, home code and state, page by page; what is not there is told', async (t) => {
  const hub = await begin(t)
  await hub.write({ invites: [waitingInvite(1), waitingInvite(2, { counterparty: '2ZA-x' })] })
  await hub.gather()
  const page = await hub.ask('/admin/v1/applications?limit=1')
  t.match(page.json(), { items: [{ operator: { id: 'a', name: 'Оператор А' } }], next: String })
  t.match((await hub.hub('list', '--limit', '1', '--after', String(page.json()['next']))).out, 'Оператор Б')
  t.match((await hub.hub('list', '--operator', 'b', '--state', 'draft', '--home', '2AB')).out, 'Оператор Б')
  t.match((await hub.hub('list', '--home', '2CD')).out, 'Заявок нет')
  t.match(await hub.hub('show', '00000000-0000-7000-8000-000000000000'), { err: /admin\.not-found/ })
  t.match(await hub.hub('sent', '00000000-0000-7000-8000-000000000000'), { err: /admin\.not-found/ })
  t.match(await hub.hub('confirm', '00000000-0000-7000-8000-000000000000'), { err: /admin\.not-found/ })
  t.match(await hub.hub('export', '00000000-0000-7000-8000-000000000000', '--xlsx', 'x'), {
    err: /admin\.not-found/,
  })
  t.match(await hub.hub('confirm', 'x', '--rows', 'one'), { exit: exitCodes.usage })
  t.match(await hub.hub('convert', 'nobody'), { err: /admin\.not-found/ })
  const long = 'я'.repeat(limits.applicationNumberLengthMax)
  const [{ id } = { id: '' }] = await applicationsOf(hub)
  t.match(await hub.hub('sent', id, '--number', `${long}я`), { err: /admin\.invalid/ })
  t.match(await hub.hub('sent', id, '--number', long), { exit: exitCodes.ok })
})

t.test(
  'a confirmation ends other invitations of the two, and is news also where the other one had asked',
  async (t) => {
    const hub = await begin(t)
    const invite = waitingInvite(1)
    const other = waitingInvite(1, { state: 'asked' })
    await hub.write({ invites: [invite, other] })
    await sayTo(hub.context, invite.counterparty, invite.sender)
    await hub.gather()
    const [{ id } = { id: '' }] = await applicationsOf(hub)
    await hub.hub('sent', id)
    t.match(await hub.hub('confirm', id), { exit: exitCodes.ok })
    for (const one of [invite, other]) t.match(await readInvite(hub.store, one.id), { state: 'linked' })
    const events = await hub.store.query('select news from link_event where invite is null order by id')
    t.strictSame(
      events.rows.map(({ news }) => news),
      ['invited', 'accepted'],
    )
  },
)

t.test('a cursor of a conversion is of its operator alone', async (t) => {
  const hub = await begin(t)
  const convert = (operator: string, after = '') =>
    hub.ask(`/admin/v1/applications/convert${after}`, { method: 'POST', body: { operator } })
  await hub.write({ invites: waitingInvites(limits.applicationsGatherRows) })
  const { next } = (await convert('a')).json()
  t.match(next, /^[0-9a-f-]{36}[.]/, 'a page of invitations to others is full, and there may be more behind')
  t.match((await convert('a', `?after=${next}`)).json(), { converted: 0, left: 0, next: null })
  t.match(await convert('b', `?after=${next}`), { status: 400, text: /admin\.invalid/ })
})
