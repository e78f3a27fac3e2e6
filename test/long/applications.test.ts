// An operator turns autoroaming on: what was applied for becomes invitations, each sent once, whatever is killed.

import { readFile } from 'node:fs/promises'
import t from 'tap'
import { convertApplications } from '../../hub/applications/convert.ts'
import { exitCodes } from '../../hub/cli/context.ts'
import type { PipelineContext } from '../../hub/pipeline/context.ts'
import { makeCommitter } from '../../hub/store/hot/commit.ts'
import { makeIntake } from '../../hub/store/hot/intake.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { waitingInvites } from '../support/applications.ts'
import { runLine } from '../support/cli.ts'
import { type Relay, type RelayOptions, startRelay } from '../support/relay.ts'
import { partnerRows } from '../support/relay-partners.ts'

const open = new AbortController().signal
const order = { operator: 'op-2zb', actor: 'petrov', signal: open }
const count = 12

async function begin(t: Parameters<typeof startRelay>[0], invited = count): Promise<Relay> {
  const partners = [
    { code: '2AB', over: 'home' },
    { code: '2ZB', policy: { invitations: false } },
  ] as const satisfies RelayOptions['partners']
  const relay = await startRelay(t, { partners })
  await relay.hub.context.committer.submit({ invites: waitingInvites(invited) })
  await relay.until(async () => {
    const rows = await relay.rows('select from application_row')
    return rows.length === invited ? true : undefined
  }, 'applications')
  return relay
}

async function turnOn(relay: Relay): Promise<void> {
  const rows = partnerRows(relay.partners, ({ code }) => ({ code }), { invitations: true })
  const applied = await relay.hub.registry.apply(rows, { actor: 'test', reason: 'autoroaming' })
  if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))
}

/** Another node on the same database: queues of its own. */
function otherNode(context: PipelineContext): PipelineContext {
  const options = { store: context.store, node: context.node, isOutage: () => false }
  const committer = makeCommitter(options)
  return {
    ...context,
    committer,
    intake: makeIntake({ ...options, announce: (rows) => context.committer.announce(rows) }),
  }
}

async function convert(context: PipelineContext) {
  const done = await convertApplications(context, order)
  if (isRefusal(done)) throw new Error(done.code)
  return done
}

/** Each counterparty got one Запрос, and its invitation says so. */
async function checkOnce(t: Tap, relay: Relay, expected = count): Promise<void> {
  await relay.idle()
  const sent = await relay.rows<{ recipient: string; count: number; wire_id: string }>(
    "select recipient, count(*)::int, min(wire_id) as wire_id from message where kind = 'invitation' group by 1",
  )
  t.equal(sent.length, expected)
  t.ok(sent.every((one) => one.count === 1))
  const { record } = relay.partner('2ZB')
  t.ok(sent.every(({ wire_id }) => record.messagesOf(wire_id).length === 1))
  const invites = await relay.rows("select from invite where state = 'asked' and said_message is not null")
  t.equal(invites.length, expected)
  const links = await relay.rows("select from link where cell in ('asked-by-us', 'asked-by-them')")
  t.equal(links.length, expected)
}

type Tap = { equal(a: unknown, b: unknown): void; ok(value: unknown): void }

t.test('refuses to convert while the operator takes no invitations', async (t) => {
  const relay = await begin(t)
  t.match(await convertApplications(relay.hub.context, order), { code: 'application.no-autoroaming' })
  await turnOn(relay)
  t.match(await convert(relay.hub.context), { converted: count, left: 0, refused: {} })
  t.match(await convert(relay.hub.context), { converted: 0, left: 0 }, 'twice')
  await checkOnce(t, relay)
  const rows = await relay.rows('select distinct state, by from application_row')
  t.strictSame(rows, [{ state: 'converted', by: 'petrov' }])
})

t.test('converts each once, though two nodes do it at once and one is killed in between', async (t) => {
  const relay = await begin(t)
  await turnOn(relay)
  const { context } = relay.hub
  let left = 5
  const dying: PipelineContext = {
    ...otherNode(context),
    intake: {
      ...context.intake,
      submit: async (item) => {
        left -= 1
        if (left === 2) {
          await context.intake.submit(item)
          throw new Error('killed after the commit')
        }
        if (left <= 0) throw new Error('killed before the commit')
        return context.intake.submit(item)
      },
    },
  }
  await t.rejects(convertApplications(dying, order), /killed/)
  const done = await Promise.all([convert(context), convert(otherNode(context)), convert(otherNode(context))])
  const converted = done.reduce((sum, one) => sum + one.converted, 0)
  t.ok(converted > 0 && converted < count)
  await checkOnce(t, relay)
})

t.test('an engineer converts over the admin plane, by the route and by the verb', async (t) => {
  // More than are worked on at once: a request taken for gone would end early.
  const many = limits.bulkInvitesAtOnceMax + 10
  const relay = await begin(t, many)
  const { adminAddress } = relay.hub
  const folder = relay.settings.data.folder
  const line = ['applications', 'convert', 'op-2zb', '--address', adminAddress, '--actor', 'petrov', '--json']
  const early = await runLine(folder, line)
  t.equal(early.exit, exitCodes.refused)
  t.match(early.err + early.out, 'application.no-autoroaming')
  await turnOn(relay)
  const token = (await readFile(relay.settings.admin.tokenFile, 'utf8')).trim()
  const answer = await fetch(`${adminAddress}/admin/v1/applications/convert`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'x-hub-actor': 'petrov',
    },
    body: JSON.stringify({ operator: 'op-2zb' }),
  })
  t.equal(answer.status, 200)
  t.strictSame(
    await answer.json(),
    { converted: many, left: 0, refused: {}, next: null },
    'to the end, at one go',
  )
  await checkOnce(t, relay, many)

  const more = waitingInvites(many + count).slice(many)
  await relay.hub.context.committer.submit({ invites: more })
  const told = await runLine(folder, line)
  t.equal(told.exit, exitCodes.ok, told.err)
  t.strictSame(told.json(), { converted: count, left: 0, refused: {} })
  t.strictSame(
    (await runLine(folder, line)).json(),
    { converted: 0, left: 0, refused: {} },
    'nothing is left',
  )
  await checkOnce(t, relay, many + count)
})

t.test('goes page by page past what cannot be converted', async (t) => {
  const max = limits.applicationsConvertedMax
  const relay = await begin(t, 0)
  const waiting = waitingInvites(max + 2 + limits.applicationsGatherRows)
  // One more than are converted at one go cannot be; behind them two can, and behind a page of other operators one.
  const invites = waiting.map((invite, n) => {
    if (n <= max) return { ...invite, sender_inn: '12' }
    const isTheirs = n <= max + 2 || n === waiting.length - 1
    return isTheirs ? invite : { ...invite, counterparty: `9XX-${n}` }
  })
  await relay.hub.context.committer.submit({ invites })
  await turnOn(relay)
  const { context } = relay.hub
  const first = await convert(context)
  t.match(first, { converted: 0, left: max, next: invites[max - 1]?.id })
  const { adminAddress } = relay.hub
  const line = ['applications', 'convert', 'op-2zb', '--address', adminAddress, '--actor', 'petrov', '--json']
  const told = await runLine(relay.settings.data.folder, line)
  t.equal(told.exit, exitCodes.refused)
  const refused = { 'description.attribute': max + 1 }
  t.strictSame(told.json(), { converted: 3, left: max + 1, refused })
  await checkOnce(t, relay, 3)
})
