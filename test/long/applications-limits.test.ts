// Limits of applications at both sides of their edges: pages that are gathered, settled and converted.

import t from 'tap'
import { convertApplications } from '../../hub/applications/convert.ts'
import { gatherApplications, settleApplications } from '../../hub/applications/gather.ts'
import { exitCodes } from '../../hub/cli/context.ts'
import { acquireLease } from '../../hub/store/lease.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, refuse } from '../../schemas/refusals.ts'
import { startTestPlane, twoPartners } from '../support/admin-plane.ts'
import { waitingInvite, waitingInvites } from '../support/applications.ts'
import { runLine } from '../support/cli.ts'

const open = new AbortController().signal

/** Both sides are of our code 2ZB, so that what is converted is said without a message; nothing goes to others. */
const ours = { home: '2ZB', sender: '2ZB-own' }

async function begin(t: Parameters<typeof startTestPlane>[0]) {
  const plane = await startTestPlane(t)
  const peers = twoPartners.peers.map((peer) => ({ ...peer, policy: { invitations: true } }))
  const applied = await plane.registry.apply({ ...twoPartners, peers }, { actor: 'tests', reason: 'tests' })
  if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))
  Object.assign(plane.context, {
    workers: { formMessage: async () => refuse('invite.text', 'of the tests') },
  })
  const settings = { homeCodes: ['2AB', '2ZB'], homeIdentities: [], linkAnswerWithinMs: 3_600_000 }
  Object.assign(plane.context.settings, settings)
  const lease = await acquireLease(plane.store, { name: 'applications', owner: '1' })
  if (lease === undefined) throw new Error('no lease')
  const convert = async (after?: string) => {
    const done = await convertApplications(plane.context, {
      operator: 'b',
      actor: 'petrov',
      after,
      signal: open,
    })
    if (isRefusal(done)) throw new Error(done.code)
    return done
  }
  const count = async (text: string) => Number((await plane.store.query(text)).rows[0]?.['count'])
  return { ...plane, convert, count, gather: () => gatherApplications(plane.context, lease, open) }
}

t.test(
  'more waiting invitations than a page takes are gathered, and nobody keeps the others back',
  async (t) => {
    const hub = await begin(t)
    const page = limits.applicationsGatherRows
    // Those of an operator nobody knows fill a page and stay.
    const unknown = Array.from({ length: page }, (_, n) =>
      waitingInvite(n, { counterparty: `9XX-${n}-unknown` }),
    )
    await hub.write({ invites: unknown })
    await hub.write({ invites: waitingInvites(page) })
    t.equal(await hub.gather(), page)
    await hub.write({ invites: waitingInvites(page + 1, { sender: '2AB-other' }) })
    t.equal(await hub.gather(), page + 1)
    const full = `select count(*)::int from application where rows = ${limits.applicationRowsMax}`
    t.equal(await hub.count(full), (2 * page) / limits.applicationRowsMax)
    t.equal(await hub.count('select count(*)::int from application_row'), 2 * page + 1)
  },
)

t.test('so many applications are settled in a round, the rest in the next', async (t) => {
  const hub = await begin(t)
  const page = limits.applicationsGatherRows
  const senders = Array.from({ length: page + 1 }, (_, n) => ({ sender: `2AB-${n}-own` }))
  await hub.write({ invites: senders.slice(0, page).map((one) => waitingInvite(1, one)) })
  await hub.write({ invites: senders.slice(page).map((one) => waitingInvite(1, one)) })
  t.equal(await hub.gather(), page + 1)
  await hub.store.query("update invite set state = 'lapsed', version = version + 1")
  t.equal(await settleApplications(hub.context), page)
  t.equal(await settleApplications(hub.context), 1)
  t.equal(await settleApplications(hub.context), 0)
  t.equal(await hub.count("select count(*)::int from application where state = 'closed'"), page + 1)
})

t.test('so many are converted at a time; of one more it is told where to go on', async (t) => {
  const hub = await begin(t)
  const max = limits.applicationsConvertedMax
  await hub.write({ invites: waitingInvites(max, ours) })
  t.strictSame(await hub.convert(), { converted: max, left: 0, refused: {}, next: undefined })
  const more = waitingInvites(max + 1, { ...ours, sender: '2ZB-other' })
  await hub.write({ invites: more })
  const next = more.map(({ id }) => id).sort()[max - 1]
  t.strictSame(await hub.convert(), { converted: max, left: 0, refused: {}, next })
  t.strictSame(await hub.convert(next), { converted: 1, left: 0, refused: {}, next: undefined })
})

t.test('as many that cannot be sent as are tried at a time keep nobody back', async (t) => {
  const hub = await begin(t)
  const max = limits.applicationsConvertedMax
  const stuck = waitingInvites(max)
  await hub.write({ invites: stuck })
  await hub.write({ invites: waitingInvites(3, ours) })
  const first = await hub.convert()
  t.match(first, { converted: 0, left: max, refused: { 'invite.text': max }, next: String })
  const token = { HUB_ADMIN_TOKEN: hub.token, USER: 'petrov' }
  const line = ['--json', 'applications', 'convert', 'b', '--address', hub.address]
  const told = await runLine(t.testdir(), line, token)
  t.equal(told.exit, exitCodes.refused)
  t.strictSame(told.json(), { converted: 3, left: max, refused: { 'invite.text': max } })
  t.strictSame((await runLine(t.testdir(), line, token)).json(), {
    converted: 0,
    left: max,
    refused: { 'invite.text': max },
  })
})
