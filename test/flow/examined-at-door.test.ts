// A message is opened once: what the door found in it is what is recorded and judged, as if it had been opened again.

import t from 'tap'
import { makeDoor } from '../../hub/pipeline/1-accept.ts'
import type { SimulatedMessage } from '../../hub/simulate/messages.ts'
import { readVerdict } from '../../hub/store/views/verdicts.ts'
import { parsePackageName } from '../../schemas/ids.ts'
import type { Arrival } from '../../schemas/transport.ts'
import { freshName } from '../support/door-client.ts'
import { nothingExamined } from '../support/gates.ts'
import { startRelay } from '../support/relay.ts'

const relay = await startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB' }] })
const [a, b] = relay.partners

/** Counts how often messages are opened again. */
const countExamined = (of: { kept: boolean }) => {
  const { context } = relay.hub
  const { workers, examinedAtDoor } = context
  let count = 0
  context.workers = {
    ...workers,
    examine(source, wanted) {
      count += 1
      return workers.examine(source, wanted)
    },
  }
  if (!of.kept) context.examinedAtDoor = nothingExamined
  return () => {
    Object.assign(context, { workers, examinedAtDoor })
    return count
  }
}
type Recorded = { digests: string[]; facts: string; verdict: string }
/** What was recorded of a message, without what differs between any two. */
const recorded = async (message: SimulatedMessage): Promise<Recorded> => {
  const [row] = await relay.rows<{ id: string; digests: string[] }>(
    `select id, array(select concat_ws(' ', size, sha256, streebog256, blob is null) from document
       where message = m.id) as digests from message m where m.wire_id = $1`,
    [message.id],
  )
  const kept = row && (await readVerdict(relay.hub.context.store, row.id))
  if (kept === undefined) throw new Error('no verdict')
  const { signatures, documents } = JSON.parse(kept.facts)
  return {
    digests: row?.digests ?? [],
    facts: JSON.stringify({ signatures, documents }),
    verdict: kept.verdict,
  }
}

t.test('RULES 16 and 28: what the door found is recorded and judged as what is opened again', async (t) => {
  const message = a.message(b)
  const atDoor = countExamined({ kept: true })
  await a.deliver(a.pack([message]))
  await relay.waitForState(message.id, 'delivered')
  t.equal(atDoor(), 0, 'it is not opened again')
  const found = await recorded(message)
  t.match(found.digests, [/^\d+ [0-9a-f]{64} [0-9a-f]{64} f$/])

  // The same under another ИдЛС, on a node that knows nothing of the door.
  const other = { ...message, ...renamed(message) }
  const later = countExamined({ kept: false })
  await a.deliver(a.pack([other]))
  await relay.waitForState(other.id, 'delivered')
  t.equal(later(), 1)
  t.strictSame((await recorded(other)).digests, found.digests)
  t.equal((await recorded(other)).facts, found.facts)
})

/** The files of a message under another ИдЛС: its own documents and signatures, octet by octet. */
function renamed({ id, parts }: SimulatedMessage): Pick<SimulatedMessage, 'id' | 'parts'> {
  const other = `${id.slice(1)}${id.startsWith('0') ? '1' : '0'}` as typeof id
  return { id: other, parts: parts.map((part) => ({ ...part, name: part.name.replace(id, other) })) }
}

t.test('only the package that was taken in leaves something, though it comes twice at once', async (t) => {
  const kept: [string, string[]][] = []
  const door = makeDoor({
    ...relay.hub.context,
    examinedAtDoor: {
      ...nothingExamined,
      keep: (id, examined) => kept.push([id, examined.map(({ message }) => message.id)]),
    },
  })
  const message = a.message(b)
  const { bytes } = a.pack([message])
  const name = parsePackageName(freshName())
  if (name === undefined) throw new Error('no name')
  const arrival: Arrival = {
    transport: 'http',
    name,
    bytes,
    receiptAddress: undefined,
    remote: 'x',
    at: new Date(),
  }
  const answers = await Promise.all([door.accept(arrival), door.accept(arrival), door.accept(arrival)])
  t.strictSame(new Set(answers.map(({ status }) => status)), new Set([200]))
  t.strictSame(kept, [[answers[0]?.packageId, [message.id]]])
  await b.record.waitForContent(message.contentSha256)
  await relay.idle()
})
