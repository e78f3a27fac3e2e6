// Second act of the demo: two operators over HTTP, from an invitation to the answer to a УПД.

import { receiptNotice, transferDocument } from '../../simulate/documents.ts'
import { composeInvitation, composeMessage } from '../../simulate/messages.ts'
import type { Plot } from '../plot.ts'
import type { Side } from '../sides.ts'
import { carry, compareDocument, expectSuccess, type Scene, type Step } from '../steps.ts'

const transferBodyLines = 12

/** The steps of the act. */
export const partners: readonly Step[] = [
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
    async run(scene) {
      const { stage, plot, found } = scene
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
      const got = await carry(scene, { from: a, to: b, message })
      plot.transfer = { message, got, sentAt }
      found.fact('документ (document)', message.documents[0]?.id ?? '')
      compareDocument(found, { message, got })
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
      await expectSuccess(found, stage.a, message.id)
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
    async run(scene) {
      const { stage, plot, found } = scene
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
      const came = await carry(scene, { from: b, to: a, message })
      const [document] = came.documents
      found.fact('КДокументу (answers)', document?.parents.join(', ') ?? '')
      const isSame = document?.sha256 === message.documents[0]?.sha256
      found.check('извещение дошло байт в байт (the notice is the same)', isSame)
      const namesParent = document?.parents.includes(received.id) === true
      found.check('оно ссылается на УПД (it names the УПД)', namesParent)
      await expectSuccess(found, b, message.id)
    },
  },
]

async function invite(scene: Scene, { from, to }: { from: Side; to: Side }): Promise<void> {
  const { found } = scene
  const at = new Date()
  const message = composeInvitation({
    type: 'ask',
    from: from.subscriber,
    to: to.subscriber,
    comment: 'Предлагаем обмениваться документами',
    at,
  })
  const got = await carry(scene, { from, to, message })
  const isAsk = got.kind === 'invitation' && got.invitation === 'ask'
  found.check('это Запрос, байт в байт (it is a Запрос, unchanged)', isAsk)
  await expectSuccess(found, from, message.id)
}

function transferOf(plot: Plot): NonNullable<Plot['transfer']> {
  if (plot.transfer === undefined) throw new Error('the УПД was not sent')
  return plot.transfer
}
