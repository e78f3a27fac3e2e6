// Source outage drill: lists and the trust list are away for the whole run, traffic flows, and verdicts say what was not checked.

import { mkdir, writeFile } from 'node:fs/promises'
import { createServer as createHttp } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { SimulatedAuthority } from '../../hub/simulate/subscriber.ts'
import { hastenSources, listSources } from '../../hub/store/trust-sources.ts'
import { readVerdict } from '../../hub/store/views/verdicts.ts'
import { certificatePem } from '../../hub/trust/pki/files.ts'
import { issueRevocationList } from '../../hub/trust/pki/issue.ts'
import type { MessageVerdict } from '../../schemas/verdict/verdict.ts'
import { makeReapedFolder } from '../support/reaper.ts'
import { type Relay, startRelay } from '../support/relay.ts'
import { listen, startOutage } from '../support/source-outages.ts'

type Test = { teardown(run: () => Promise<void>): void }

/** The ways of being away: nobody listens, somebody listens and says nothing, somebody answers 500. */
async function outages(t: Test) {
  const [refused, silent, failing] = await Promise.all(
    (['refuses', 'hangs', 'fails'] as const).map((kind) => startOutage(t, kind)),
  )
  if (refused === undefined || silent === undefined || failing === undefined) throw new Error('three kinds')
  return { refused: refused.port, silent: silent.port, failing: failing.port, hangUp: silent.hangUp }
}

async function verdictOf(relay: Relay, wireId: string): Promise<MessageVerdict> {
  const { id } = await relay.message(wireId)
  const row = await readVerdict(relay.hub.store, id)
  return JSON.parse(row?.verdict ?? 'null') as MessageVerdict
}

const foundIn = (verdict: MessageVerdict) =>
  verdict.signatures.flatMap(({ signers }) =>
    signers.flatMap(({ checks }) =>
      checks.flatMap(({ found }) =>
        found.filter(({ weight }) => weight === 'fail').map(({ problem, seen }) => `${problem}: ${seen}`),
      ),
    ),
  )

async function send(relay: Relay, from: string, to: string): Promise<MessageVerdict> {
  const { message } = await relay.send(relay.partner(from), relay.partner(to))
  await relay.waitForState(message.id, 'delivered')
  return verdictOf(relay, message.id)
}

t.test('with every source away traffic flows and is marked; afterwards it passes', async (t) => {
  const { refused, silent, failing, hangUp } = await outages(t)
  const authorities = new Map(
    Object.entries({ '2ZA': refused, '2ZB': silent, '2ZC': failing }).map(([code, port]) => {
      const address = `http://127.0.0.1:${port}/${code}.crl`
      return [code, { authority: new SimulatedAuthority(new Date(), address), address }]
    }),
  )
  const anchors = join(makeReapedFolder(), 'anchors')
  await mkdir(anchors)
  const codes = [...authorities.keys()]
  for (const [code, { authority }] of authorities) {
    await writeFile(join(anchors, `${code}.crt`), certificatePem(authority.root.certificate))
  }
  const relay = await startRelay(t, {
    partners: [...authorities].map(([code, { authority }]) => ({ code, authority })),
    settings: [
      `trust.anchorsFolder=${anchors}`,
      `trust.listUrl=http://127.0.0.1:${silent}/tsl`,
      `sources.lists=http://127.0.0.1:${failing}/more.crl`,
      'sources.allowPrivateAddresses=true',
    ],
  })
  const pairs = codes.flatMap((from, index) => [from, from].map((one) => [one, codes[(index + 1) % 3] ?? '']))
  const started = performance.now()
  for (const [from = '', to = ''] of pairs) {
    const verdict = await send(relay, from, to)
    t.match(verdict, { indication: 'INDETERMINATE', subIndication: 'TRY_LATER', action: 'mark' })
    const address = authorities.get(from)?.address
    t.strictSame(foundIn(verdict), [`time.revocation-unknown: revocation.no-source, CRL ${address}`])
  }
  const took = performance.now() - started
  t.comment(`${pairs.length} messages one after the other in ${Math.round(took)} ms`)
  const sources = await relay.until(async () => {
    const rows = await listSources(relay.hub.store)
    return rows.length === 5 ? rows : undefined
  }, 'sources that are wanted')
  // The silent one is given up after sourceIdleMs; the drill does not wait for that.
  const ending = setInterval(hangUp, 50)
  t.teardown(async () => clearInterval(ending))
  await relay.until(async () => {
    const rows = await listSources(relay.hub.store)
    relay.hub.trust.hasten()
    return rows.every(({ error }) => error !== undefined) ? true : undefined
  }, 'all of them tried in vain')
  t.ok(sources.every(({ evidence }) => evidence === undefined))

  // The first authority's source comes back.
  const now = new Date()
  const root = authorities.get('2ZA')?.authority.root
  if (root === undefined) throw new Error('no authority')
  const nextUpdate = new Date(now.getTime() + 86_400_000)
  const list = issueRevocationList({ number: 1, thisUpdate: now, nextUpdate, revoked: [] }, root)
  await listen(
    t,
    createHttp((_, response) => void response.end(list)),
    refused,
  )
  await hastenSources(relay.hub.store, now, `http://127.0.0.1:${refused}/2ZA.crl`)
  relay.hub.trust.hasten()
  await relay.until(
    async () =>
      relay.hub.trust.edition().revocation.listsOf(root.certificate.subject)[0] ? true : undefined,
    'the list in use',
  )
  await relay.until(async () => {
    const verdict = await send(relay, '2ZA', '2ZB')
    return verdict.indication === 'TOTAL-PASSED' ? verdict : undefined
  }, 'a message that passes')
  t.match(await send(relay, '2ZB', '2ZA'), { subIndication: 'TRY_LATER', action: 'mark' })
})
