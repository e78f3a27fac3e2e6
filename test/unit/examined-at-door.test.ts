// What the door finds in small packages while it has them open, and how the process hop of the same node takes it.

import t from 'tap'
import { open } from '../../hub/pipeline/2-open.ts'
import type { PipelineContext } from '../../hub/pipeline/context.ts'
import { inspectPackage } from '../../hub/pipeline/open-package.ts'
import type { Passage } from '../../hub/pipeline/passage.ts'
import type { ExaminedMessage } from '../../hub/pipeline/ports.ts'
import { makeExaminedStore } from '../../hub/pipeline/verdict/examined-at-door.ts'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { composeMessage } from '../../hub/simulate/messages.ts'
import { SimulatedAuthority } from '../../hub/simulate/subscriber.ts'
import { signAttached } from '../../hub/trust/sign.ts'
import { examineAtDoor } from '../../hub/workers/examine.ts'
import { examineAll, inspectAll } from '../../hub/workers/tasks.ts'
import { writeZip, type ZipPart } from '../../operators/containers/zip/write.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'

const authority = new SimulatedAuthority()
const operator = authority.operator({ code: '2ZA', name: 'Оператор', inn: '7710000000' })
const from = authority.subscriber({ id: '2ZA-one', name: 'Один', inn: '7720000000' })
const to = authority.subscriber({ id: '2ZB-two', name: 'Два', inn: '7730000000' })
const at = new Date()

const composedOf = (size: number) =>
  composeMessage({ from, to, at, documents: [freeDocument({ at, size })] }).parts
const sign = (parts: readonly ZipPart[]) =>
  signAttached({ ...operator.identity, content: writeZip([...parts]), at })
/** A message with documents of so many bytes, signed or not, in a package of its own. */
const packageOf = (sizes: readonly number[], { signed = true } = {}) => {
  const documents = sizes.map((size) => freeDocument({ at, size }))
  return sign(composeMessage({ from, to, at, documents, signed }).parts)
}
function inspect(bytes: Uint8Array) {
  const [inspection] = inspectAll([{ bytes, registered: [] }])
  if (inspection === undefined || isRefusal(inspection)) throw new Error('not inspected')
  if (inspection.content.kind !== 'messages') throw new Error('no messages')
  const { messages } = inspection.content
  const files = messages.flatMap(({ entries }) => entries)
  return { ...inspection, messages, files, size: files.reduce((sum, file) => sum + file.size, 0) }
}

t.test('what the door finds in a message is what is found when it is opened again', async (t) => {
  const bytes = sign([300, 20_000].flatMap(composedOf))
  const { messages, examined } = inspect(bytes)
  t.equal(examined.length, 2)
  const again = examineAll([{ source: { bytes }, wanted: messages.map(({ id }) => id) }])
  t.strictSame([examined.map(({ message }) => message)], again)
  t.ok(examined.every(({ message }) => message.signatures[0]?.facts !== undefined))
  t.ok(examined.every(({ bytes }) => bytes > limits.publicKeyBytesMax / 8))
  const copied = structuredClone(examined)
  t.strictSame(copied, examined, 'it comes out of a thread as it is')
})

t.test('a package of more bytes than the sender can be kept waiting for is inspected alone', async (t) => {
  const most = limits.examinedAtDoorBytesMax
  const rest = inspect(packageOf([100_000])).size - 100_000
  const edge = inspect(packageOf([most - rest]))
  t.equal(edge.size, most)
  t.equal(edge.examined.length, 1)
  const over = inspect(packageOf([most - rest + 1]))
  t.equal(over.size, most + 1)
  t.strictSame(over.examined, [])
  t.equal(over.messages.length, 1)
})

t.test('so is a package of more files', async (t) => {
  const most = limits.examinedAtDoorEntriesMax
  const withFiles = (count: number) => inspect(packageOf(Array(count - 1).fill(1), { signed: false }))
  const [edge, over] = [withFiles(most), withFiles(most + 1)]
  t.strictSame([edge.files.length, edge.examined.length], [most, 1])
  t.strictSame([over.files.length, over.examined.length], [most + 1, 0])
})

t.test('what cannot be examined is left to the process hop, and the package is not refused', async (t) => {
  const opened = inspectPackage(packageOf([300]), [])
  if (isRefusal(opened)) throw new Error(opened.seen)
  const { zip, content } = opened
  t.equal(examineAtDoor(zip, content).length, 1)
  t.strictSame(examineAtDoor(zip.subarray(0, 100), content), [])
  const receipts = { kind: 'receipts', receipts: {} } as unknown as typeof content
  t.strictSame(examineAtDoor(zip, receipts), [])
})

const foundOf = (id: string) => ({ id }) as ExaminedMessage

t.test('what the door found is given once, under its package alone', async (t) => {
  const store = makeExaminedStore()
  store.keep('p', [{ message: foundOf('m'), bytes: 1 }])
  t.equal(store.take('q', 'm'), undefined)
  t.equal(store.take('p', 'n'), undefined)
  t.strictSame(store.take('p', 'm'), foundOf('m'))
  t.equal(store.take('p', 'm'), undefined)
})

t.test('of more messages or bytes than are kept the oldest are dropped', async (t) => {
  const names = ['a', 'b', 'c', 'd']
  const left = (bounds: { messagesMax: number; bytesMax: number } | undefined, bytes: number) => {
    const store = makeExaminedStore(bounds)
    for (const name of names) store.keep('p', [{ message: foundOf(name), bytes }])
    return names.filter((name) => store.take('p', name) !== undefined)
  }
  t.strictSame(left({ messagesMax: 2, bytesMax: 100 }, 1), ['c', 'd'])
  t.strictSame(left({ messagesMax: 9, bytesMax: 30 }, 10), ['b', 'c', 'd'])
  t.strictSame(left({ messagesMax: 9, bytesMax: 9 }, 10), [], 'larger than all together')
  t.strictSame(left(undefined, Math.floor(limits.examinedKeptBytesMax / 3)), ['b', 'c', 'd'])
  const store = makeExaminedStore()
  const many = Array.from({ length: limits.examinedKeptMax + 1 }, (_, number) => `${number}`)
  store.keep(
    'p',
    many.map((name) => ({ message: foundOf(name), bytes: 1 })),
  )
  t.strictSame([store.take('p', '0'), store.take('p', '1')], [undefined, foundOf('1')])
})

t.test('the process hop opens again what the door has not left, and all of it the second time', async (t) => {
  const examinedAtDoor = makeExaminedStore()
  const asked: unknown[] = []
  const context = {
    examinedAtDoor,
    blobs: { get: async (ref: string) => Buffer.from(ref) },
    workers: {
      examine: async ({ bytes }: { bytes: Uint8Array }, wanted: readonly string[]) => {
        asked.push([`${bytes}`, ...wanted])
        return wanted.map((id) => ({ ...foundOf(id), references: ['again'] }))
      },
    },
    watcher: { fault: (_: string, error: unknown) => t.fail(`${error}`) },
  } as unknown as PipelineContext
  const batch = () =>
    ['one', 'two'].map(
      (id) => ({ message: { id, wire_id: id }, packageIn: { id: 'p', blob: 'blob', bytes: 1 } }) as Passage,
    )
  examinedAtDoor.keep('p', [{ message: foundOf('one'), bytes: 1 }])
  const first = batch()
  await open.run(context, first, at)
  t.strictSame(asked, [['blob', 'two']])
  const again = (id: string) => ({ id, references: ['again'] })
  t.strictSame(
    first.map(({ examined }) => examined),
    [{ id: 'one' }, again('two')],
  )
  const second = batch()
  await open.run(context, second, at)
  t.strictSame(asked, [
    ['blob', 'two'],
    ['blob', 'one', 'two'],
  ])
  t.strictSame(
    second.map(({ examined }) => examined),
    [again('one'), again('two')],
  )
  examinedAtDoor.keep('p', [
    { message: foundOf('one'), bytes: 1 },
    { message: foundOf('two'), bytes: 1 },
  ])
  await open.run(context, batch(), at)
  t.equal(asked.length, 2, 'nothing is read when nothing is missing')
})
