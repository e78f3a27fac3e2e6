// Third act of the demo: many messages at once, and one that was spoiled.

import { freeDocument } from '../../simulate/documents.ts'
import { composeMessage } from '../../simulate/messages.ts'
import { tamper } from '../../simulate/packages.ts'
import { answeredWithinMs, type Step } from '../steps.ts'

const eightSizes = [500, 2_000, 8_000, 20_000, 40_000, 80_000, 120_000, 200_000]

/** The steps of the act. */
export const packages: readonly Step[] = [
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
]
