// Facts of the РОСЭУ exchange technology: namespaces, document types, capabilities, shapes of its XML.

import type { DialectProfile } from '../../ports.ts'

/** The namespace of the autoroaming generation of the schema; everything written bears it. */
export const currentNamespace = 'https://roseu.org/upload/iblock/fc7/logical-message-v1.xsd'
/** The generation before it: no invitations, Дата optional, Квитанции without attributes. Only read. */
export const olderNamespace = 'http://www.roseu.org/images/stories/roaming/logical-message-v1.xsd'

/** ТипДокумента of the published schema, all 48. */
export const documentTypes = [
  'Неформализованный',
  'ОтказПодписи',
  'ТН',
  'ТТН',
  'Акт',
  'АктСверки',
  'ПлатПоруч',
  'Договор',
  'Заказ',
  'Счет',
  'СФ',
  'ПодтверждениеОператора',
  'ИзвещениеОПолучении',
  'УведомлениеОбУточнении',
  'ПредложениеОбАннулировании',
  'СтруктурированныеДанные',
  'Торг12ТитулПродавца',
  'Торг12ТитулПокупателя',
  'Торг2ТитулДополнительныхСведенийПоРезультатамПриемки',
  'Торг2ТитулПокупателя',
  'АктТитулЗаказчика',
  'АктТитулИсполнителя',
  'КС-11',
  'КС-2',
  'КС-3',
  'Ведомость',
  'ДокументОПередачеРезультатовРаботИсполнитель',
  'ДокументОПередачеРезультатовРаботЗаказчик',
  'ДокументОПередачеТоваровПриТорговыхОперацияхПродавец',
  'ДокументОПередачеТоваровПриТорговыхОперацияхПокупатель',
  'СЧФ',
  'СЧФДОППродавец',
  'СЧФДОППокупатель',
  'ДОППродавец',
  'ДОППродавецНакладная',
  'ДОППродавецАкт',
  'ДОППокупатель',
  'ДОППокупательНакладная',
  'ДОППокупательАкт',
  'КорСЧФ',
  'КорСЧФДИСПродавец',
  'КорСЧФДИСПокупатель',
  'КорДИСПродавец',
  'КорДИСПродавецНакладная',
  'КорДИСПродавецАкт',
  'КорДИСПокупатель',
  'КорДИСПокупательНакладная',
  'КорДИСПокупательАкт',
] as const

/** The profile of the dialect. A receipts package is addressed to the operator whose messages it answers. */
export const profile: DialectProfile = {
  name: 'roseu',
  namespaces: [currentNamespace, olderNamespace],
  documentTypes,
  capabilities: { invitations: true, receipts: true, severalMessagesPerPackage: true },
  receiptsRecipient: 'origin-operator',
  idempotentByName: true,
}

/** What the published schema lets stand in an element: attributes, and children in their order. */
type Shape = { attributes: readonly string[]; children: readonly string[]; hasText?: true }

const text: Shape = { attributes: [], children: [], hasText: true }
const organisation: Shape = { attributes: ['Ид', 'ИНН', 'КПП', 'НаимОрг'], children: [] }

/** Shapes by element name; what stands outside of them is read over with a warning (RULES 7). */
export const shapes: Readonly<Record<string, Shape>> = {
  Сообщение: {
    attributes: ['Отправитель', 'Получатель', 'ИдПодразделенияПолучателя', 'ДатаОтправки'],
    children: ['Документ', 'ЭП'],
  },
  Приглашение: {
    attributes: ['ДатаОтправки', 'Тип'],
    children: ['ОргОтпр', 'ОргПол', 'Документ', 'ЭП', 'Комментарий'],
  },
  Квитанции: {
    attributes: ['ДатаОтправки', 'Получатель'],
    children: ['ОшибкаОбработки', 'НеизвестныйИд', 'Успех'],
  },
  Документ: {
    attributes: ['ИдДокумента', 'ТипДокумента', 'ОжидаетсяПодписьПолучателя', 'ИмяФайла', 'Зашифрован'],
    children: [
      'КДокументу',
      'ИдВнутренний',
      'ИдСделки',
      'Номер',
      'Дата',
      'Сумма',
      'СуммаНДС',
      'ДополнительныеДанные',
    ],
  },
  ДополнительныеДанные: { attributes: [], children: ['ДополнительныйПараметр'] },
  ДополнительныйПараметр: { attributes: ['Название', 'Значение'], children: [] },
  ЭП: { attributes: ['Подписант', 'ИдЭП', 'КДокументу'], children: [] },
  ОргОтпр: organisation,
  ОргПол: organisation,
  ОшибкаОбработки: { attributes: ['ИдЛС'], children: ['Описание'] },
  НеизвестныйИд: { attributes: ['ИдЛС'], children: ['Ид', 'Описание'] },
  Успех: { attributes: ['ИдЛС'], children: ['Документ', 'ЭП'] },
  КДокументу: text,
  ИдВнутренний: text,
  ИдСделки: text,
  Номер: text,
  Дата: text,
  Сумма: text,
  СуммаНДС: text,
  Комментарий: text,
  Описание: text,
  Ид: text,
}
