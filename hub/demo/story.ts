// The story of the demo: each step is done for real and checked against what the simulated partners got.

import type { MessageId } from '../../schemas/ids.ts'
import { freeDocument, receiptNotice, transferDocument } from '../simulate/documents.ts'
import { composeInvitation, composeMessage, type SimulatedMessage } from '../simulate/messages.ts'
import { tamper } from '../simulate/packages.ts'
import type { RecordedMessage } from '../simulate/record.ts'
import type { Findings } from './checks.ts'
import type { Plot } from './plot.ts'
import { proveCounts, proveJournal } from './proofs.ts'
import type { Side, Stage } from './stage.ts'

/** A step. `run` throws when it did not happen. */
export type Step = {
  id: string
  ru: string
  en: string
  run(scene: { stage: Stage; plot: Plot; found: Findings }): Promise<void>
}

const transferBodyLines = 12
const answeredWithinMs = 15_000
const eightSizes = [500, 2_000, 8_000, 20_000, 40_000, 80_000, 120_000, 200_000]

/** The steps in their order. */
export const story: readonly Step[] = [
  {
    id: 'start',
    ru: 'Хаб запущен на встроенной базе, два оператора зарегистрированы',
    en: 'the hub runs on its embedded database, two operators are registered',
    async run({ stage, found }) {
      const { hub, a, b, readyMs, hubThumbprint } = stage
      found.fact('приём пакетов (packages go to)', hub.partnerAddress)
      found.fact('управление (admin plane)', hub.adminAddress)
      found.fact('сертификат хаба (hub certificate)', hubThumbprint)
      for (const { operator, party, subscriber } of [a, b]) {
        const { curve } = party.identity.privateKey
        found.fact(`${operator.code} ${operator.name}`, `${operator.address}, ${curve.name}`)
        found.fact(`  участник (subscriber)`, `${subscriber.name} ${subscriber.id}`)
      }
      found.fact(
        'запуск (started in)',
        `${readyMs.hub} мс хаб (hub), ${readyMs.partners} мс операторы (operators)`,
      )
      const states = [a, b].map(({ operator }) => peerState(stage, operator.code))
      found.check(
        'оба узла активны (both peers are active)',
        states.every((state) => state === 'active'),
      )
    },
  },
  {
    id: 'invitation',
    ru: 'Приглашение: «Ромашка» у А зовёт «Василёк» у Б к обмену',
    en: 'an invitation from a subscriber of A to a subscriber of B',
    run: (scene) => invite(scene, { from: scene.stage.a, to: scene.stage.b }),
  },
  {
    id: 'invitation-answer',
    ru: 'Ответ: «Василёк» присылает встречный запрос, связь установлена',
    en: 'its answer: B asks too, the relation stands',
    run: (scene) => invite(scene, { from: scene.stage.b, to: scene.stage.a }),
  },
  {
    id: 'transfer',
    ru: 'УПД 5.01 с подписью «Ромашки» доставлен «Васильку»',
    en: 'a signed УПД 5.01 goes from the subscriber of A to the subscriber of B',
    async run({ stage, plot, found }) {
      const { a, b } = stage
      const at = new Date()
      const document = transferDocument({
        seller: a.subscriber,
        buyer: b.subscriber,
        operator: a.party,
        number: '1834',
        at,
        lines: transferBodyLines,
      })
      const message = composeMessage({ from: a.subscriber, to: b.subscriber, at, documents: [document] })
      const sentAt = performance.now()
      const got = await carry({ stage, plot, found, from: a, to: b, message })
      plot.transfer = { message, got, sentAt }
      const [sent] = message.documents
      const [came] = got.documents
      found.fact('документ (document)', sent?.id ?? '')
      found.fact('файл (file)', sent?.fileName ?? '')
      found.fact('sha256', sent?.sha256 ?? '')
      found.check('тело дошло байт в байт (the body is the same)', came?.sha256 === sent?.sha256)
      const isSame = isSameBytes(got.signatures[0]?.bytes, sent?.signature?.bytes)
      found.check('подпись дошла байт в байт (so is its signature)', isSame)
      const isRight = got.signatures[0]?.isRight === true
      found.check('Б проверил подпись по ГОСТ, она верна (B verified it: right)', isRight)
    },
  },
  {
    id: 'transfer-receipt',
    ru: 'Технологическая квитанция Б об УПД вернулась к А',
    en: "B's processing receipt comes back to A",
    async run({ stage, plot, found }) {
      const { message, sentAt } = transferOf(plot)
      await expectSuccess({ stage, found, side: stage.a, id: message.id })
      found.fact(
        'от отправки до ответа (from sending to the answer)',
        `${Math.round(performance.now() - sentAt)} мс`,
      )
    },
  },
  {
    id: 'notice',
    ru: 'ИОП: «Василёк» подтверждает получение, извещение доставлено «Ромашке»',
    en: "B's ИОП on the УПД goes to A, and its receipt comes back to B",
    async run({ stage, plot, found }) {
      const { a, b } = stage
      const { got } = transferOf(plot)
      const [received] = got.documents
      const [signature] = got.signatures
      if (received === undefined || signature === undefined)
        throw new Error('the УПД came without a document')
      const at = new Date()
      const notice = receiptNotice({
        from: b.subscriber,
        to: a.subscriber,
        // Made of what B has, not of what A sent.
        received: { id: received.id as never, fileName: received.fileName, signature: signature.bytes },
        at,
      })
      const message = composeMessage({ from: b.subscriber, to: a.subscriber, at, documents: [notice] })
      const came = await carry({ stage, plot, found, from: b, to: a, message })
      const [document] = came.documents
      found.fact('КДокументу (answers)', document?.parents.join(', ') ?? '')
      const isSame = document?.sha256 === message.documents[0]?.sha256
      found.check('извещение дошло байт в байт (the notice is the same)', isSame)
      const namesParent = document?.parents.includes(received.id) === true
      found.check('оно ссылается на УПД (it names the УПД)', namesParent)
      await expectSuccess({ stage, found, side: b, id: message.id })
    },
  },
  {
    id: 'eight',
    ru: 'Пакет из восьми сообщений',
    en: 'a package of eight messages',
    async run({ stage, plot, found }) {
      const { a, b } = stage
      const at = new Date()
      const messages = eightSizes.map((size, index) =>
        composeMessage({
          from: a.subscriber,
          to: b.subscriber,
          at,
          documents: [
            freeDocument({ at, size, fileName: `приложение ${index + 1}.pdf`, number: String(index + 1) }),
          ],
        }),
      )
      const prepared = a.operator.pack(messages)
      found.fact('пакет (package)', `${prepared.name}, ${prepared.bytes.length} байт (bytes)`)
      const outcome = await a.operator.deliver(prepared, { withinMs: answeredWithinMs })
      found.check('хаб ответил 200 (the hub answered 200)', outcome.status === 200, outcome.text)
      for (const message of messages) plot.carried.push({ message, from: a, to: b })
      await Promise.all(messages.map((message) => b.operator.record.waitForContent(message.contentSha256)))
      found.check('Б получил все восемь байт в байт (B has all eight, unchanged)', true)
      await Promise.all(messages.map(({ id }) => a.operator.record.waitForReceipt(id)))
      const outcomes = messages
        .flatMap(({ id }) => a.operator.record.receiptsOf(id))
        .map(({ item }) => item.outcome)
      const isSuccess = outcomes.length === 8 && outcomes.every((one) => one === 'success')
      found.check('А получил восемь квитанций об успехе (A was told success eight times)', isSuccess)
    },
  },
  {
    id: 'tampered',
    ru: 'Испорченный пакет: один бит изменён в пути, хаб отказывает на входе',
    en: 'a tampered package: one bit was turned on the way, the hub refuses it at the door',
    async run({ stage, found }) {
      const { a, b, hub } = stage
      const at = new Date()
      const documents = [freeDocument({ at, size: 5_000 })]
      const message = composeMessage({ from: a.subscriber, to: b.subscriber, at, documents })
      const bad = tamper(a.operator.pack([message]))
      const outcome = await a.operator.send(bad)
      found.fact('пакет (package)', bad.name)
      found.fact('ответ (answer)', `${outcome.status} ${outcome.text}`)
      const isRefused = outcome.status === 400 && outcome.text.startsWith('cms.digest')
      found.check('отказ 400 с кодом cms.digest (refused with 400 and a code)', isRefused, outcome.text)
      const { rows } = await hub.store.query({
        text: "select entry from journal where kind = 'package.refused' and entry like '%' || $1 || '%'",
        values: [bad.sha256],
      })
      found.check('отказ записан в журнал (the journal has it)', rows.length === 1, `${rows.length}`)
    },
  },
  {
    id: 'counts',
    ru: 'Сверка: всё дошло один раз, ничего лишнего',
    en: 'the counts: everything came once, and nothing else',
    run: proveCounts,
  },
  {
    id: 'journal',
    ru: 'Журнал закрыт блоками, выгружен и проверен без хаба',
    en: 'the journal is sealed, exported and verified on its own',
    run: proveJournal,
  },
]

function isSameBytes(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0
}

async function invite(
  { stage, plot, found }: Parameters<Step['run']>[0],
  { from, to }: { from: Side; to: Side },
): Promise<void> {
  const at = new Date()
  const message = composeInvitation({
    type: 'ask',
    from: from.subscriber,
    to: to.subscriber,
    comment: 'Предлагаем обмениваться документами',
    at,
  })
  const got = await carry({ stage, plot, found, from, to, message })
  const isAsk = got.kind === 'invitation' && got.invitation === 'ask'
  found.check('это Запрос, байт в байт (it is a Запрос, unchanged)', isAsk)
  await expectSuccess({ stage, found, side: from, id: message.id })
}

/** Sends one message and waits until the other side has it with the same digest. */
async function carry(of: {
  stage: Stage
  plot: Plot
  found: Findings
  from: Side
  to: Side
  message: SimulatedMessage
}): Promise<RecordedMessage> {
  const { plot, found, from, to, message, stage } = of
  const prepared = from.operator.pack([message])
  found.fact('ИдЛС (message)', message.id)
  found.fact('пакет (package)', `${prepared.name}, ${prepared.bytes.length} байт (bytes)`)
  const sentAt = performance.now()
  const outcome = await from.operator.deliver(prepared, { withinMs: answeredWithinMs })
  found.check('хаб ответил 200 (the hub answered 200)', outcome.status === 200, outcome.text)
  plot.carried.push({ message, from, to })
  const got = await to.operator.record.waitForContent(message.contentSha256)
  found.fact('в пути (on the way)', `${Math.round(performance.now() - sentAt)} мс`)
  const carrier = to.operator.record.packages.find(({ name }) => name === got.package)
  const isOfHub = carrier?.signer === stage.hubThumbprint
  found.check('пакет к получателю подписан хабом (what came is signed by the hub)', isOfHub)
  return got
}

async function expectSuccess(of: {
  stage: Stage
  found: Findings
  side: Side
  id: MessageId
}): Promise<void> {
  const { found, side, id } = of
  const { code, record } = side.operator
  const { item } = await record.waitForReceipt(id)
  found.check(`${code} узнал об успехе (was told success)`, item.outcome === 'success', item.outcome)
}

function transferOf(plot: Plot): NonNullable<Plot['transfer']> {
  if (plot.transfer === undefined) throw new Error('the УПД was not sent')
  return plot.transfer
}

function peerState({ hub }: Stage, code: string): string | undefined {
  return hub.registry.book().peers.get(`demo-${code.toLowerCase()}`)?.state
}
