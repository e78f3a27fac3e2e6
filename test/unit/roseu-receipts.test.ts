// Reading invitations and processing receipts.

import t from 'tap'
import { roseu } from '../../operators/dialects/roseu/index.ts'
import { olderNamespace } from '../../operators/dialects/roseu/profile.ts'
import { limits } from '../../schemas/limits.ts'
import type { Description, Receipts } from '../../schemas/package.ts'
import type { Refusal } from '../../schemas/refusals.ts'
import { sampleIds, sampleInvitation, sampleNamespace, sampleReceipts } from '../support/sample-package.ts'

type Edit = (xml: string) => string

const invited = (edit?: Edit): Description | Refusal => roseu.readDescription(sampleInvitation(edit))
const receipted = (edit?: Edit): Receipts | Refusal => roseu.readReceipts(sampleReceipts(edit))
const swap =
  (from: string | RegExp, to: string): Edit =>
  (xml) =>
    xml.replace(from, to)

t.test('an invitation is read, to ask and to break', async (t) => {
  t.match(invited(), {
    kind: 'invitation',
    type: 'ask',
    sender: '2ZA1',
    recipient: '2ZB1',
    from: { inn: '7741377501', kpp: '770101460', name: 'ООО "Ромашка"' },
    to: { inn: undefined, name: undefined },
    comment: 'Просим',
    warnings: [],
  })
  t.match(invited(swap('Запрос', 'Разрыв')), { type: 'break' })
})

t.test('an invitation with wrong values is refused, and no number of a person is quoted', async (t) => {
  const cases: [string, Edit, string][] = [
    ['another type', swap('Запрос', 'Отзыв'), 'Приглашение/@Тип'],
    ['no inviter', swap(/<ОргОтпр.*\/>/, ''), 'Приглашение/ОргОтпр'],
    ['an inviter without ИНН', swap('ИНН="7741377501"', ''), 'Приглашение/ОргОтпр/@ИНН'],
    ['an inviter without a name', swap(/НаимОрг="[^"]*"/, ''), 'Приглашение/ОргОтпр/@НаимОрг'],
    ['a wrong ИНН', swap('7741377501', '0041377501'), 'Приглашение/ОргОтпр/@ИНН'],
    ['a wrong КПП', swap('770101460', '77010146'), 'Приглашение/ОргОтпр/@КПП'],
  ]
  for (const [name, edit, at] of cases) {
    const refusal = invited(edit)
    t.match(refusal, { code: 'description.attribute', at }, name)
    t.notMatch(JSON.stringify(refusal), /0041377501|"77010146"/, name)
  }
  t.match(invited(swap('770101460', '7701ZZ460')), { warnings: [/КПП/] }, 'letters of other formats')
})

const withAll = swap(
  '<Успех',
  `<ОшибкаОбработки ИдЛС="${'e'.repeat(32)}"><Описание>плохо</Описание></ОшибкаОбработки>
   <НеизвестныйИд ИдЛС="${'f'.repeat(32)}"><Ид>${'0'.repeat(32)}</Ид><Описание/></НеизвестныйИд><Успех`,
)

t.test('receipts are read in their order with their texts', async (t) => {
  t.match(receipted(withAll), {
    operator: '2ZA',
    sentAt: '2026-10-01T09:00:00Z',
    items: [
      { outcome: 'error', message: 'e'.repeat(32), text: 'плохо' },
      { outcome: 'unknown-id', ids: ['0'.repeat(32)], text: '' },
      { outcome: 'success', message: sampleIds.message },
    ],
    warnings: [],
  })
})

t.test('oddities of receipts are warnings', async (t) => {
  t.match(receipted(swap('2026-10-01T09:00:00Z', 'вчера')), { warnings: [/UTC/] })
  t.match(receipted(swap('"2ZA"', '"2za"')), { operator: '2ZA', warnings: [/Получатель/] })
  t.match(receipted(swap(/(<Успех.*\/>)/, '$1$1')), { warnings: [/more than once/] })
  t.match(
    receipted((xml) => withAll(xml).replace('<Описание/>', '')),
    { warnings: [/no Описание/] },
  )
  t.match(receipted(swap('<Успех', '<Новое/><Успех')), { warnings: [/unknown element Новое/] })
})

t.test('receipts with wrong values are refused with the place', async (t) => {
  const cases: [string, Edit, string][] = [
    ['no operator', swap('Получатель="2ZA"', ''), 'Квитанции/@Получатель'],
    ['a long operator', swap('"2ZA"', '"2ZAB"'), 'Квитанции/@Получатель'],
    ['no time', swap(/ДатаОтправки="[^"]*"/, ''), 'Квитанции/@ДатаОтправки'],
    ['nothing inside', swap(/<Успех.*\/>/, ''), 'Квитанции'],
    ['a wrong message id', swap(/"a+"/, '"a"'), 'Квитанции/Успех[1]/@ИдЛС'],
    ['no message id', swap(/ИдЛС="a+"/, ''), 'Квитанции/Успех[1]/@ИдЛС'],
    ['no unknown id', (xml) => withAll(xml).replace(/<Ид>.*<\/Ид>/, ''), 'Квитанции/НеизвестныйИд[2]/Ид'],
  ]
  for (const [name, edit, at] of cases) t.match(receipted(edit), { code: 'receipts.invalid', at }, name)
})

t.test('the limits of receipts hold on both sides', async (t) => {
  const many =
    (count: number): Edit =>
    (xml) =>
      xml.replace(/<Успех.*\/>/, (item) => item.repeat(count))
  t.match(receipted(many(limits.receiptItemsMax)), { items: { length: limits.receiptItemsMax } })
  t.match(receipted(many(limits.receiptItemsMax + 1)), { code: 'xml.limits' })
  const long = receipted((xml) => withAll(xml).replace('плохо', 'я'.repeat(limits.receiptTextLengthMax + 1)))
  t.match(long, { items: [{ text: 'я'.repeat(limits.receiptTextLengthMax) }, {}, {}] }, 'a text is cut')
})

t.test('receipts of the older namespace have no attributes', async (t) => {
  const older: Edit = (xml) =>
    xml.replace(sampleNamespace, olderNamespace).replace(/ ДатаОтправки="[^"]*" Получатель="[^"]*"/, '')
  t.match(receipted(older), { sentAt: '', operator: '', items: [{ outcome: 'success' }], warnings: [] })
})
