// What a document of each ТипДокумента needs to be sent by a service of ours: a signature, the document it answers.

/** What documents of one group need, and why. */
type DocumentGroup = {
  needsSignature: boolean
  needsParent: boolean
  reason: string
  types: readonly string[]
}

/**
 * The 48 types of the published schema. A type that stands here without `needsSignature` may be signed all the same; what
 * the law or the format asks for is refused before it leaves, not at the recipient's.
 */
const groups: readonly DocumentGroup[] = [
  {
    needsSignature: false,
    needsParent: false,
    reason: 'Binds nobody by itself: an order, a bill, a draft to be agreed, data for a machine.',
    types: [
      'Неформализованный',
      'Договор',
      'Заказ',
      'Счет',
      'ПлатПоруч',
      'АктСверки',
      'СтруктурированныеДанные',
    ],
  },
  {
    needsSignature: true,
    needsParent: false,
    reason: 'A primary document (402-ФЗ, 9) or a tax invoice (НК, 169): without a signature it is none.',
    types: [
      'ТН',
      'ТТН',
      'Акт',
      'КС-2',
      'КС-3',
      'КС-11',
      'Ведомость',
      'СФ',
      'СЧФ',
      'КорСЧФ',
      'Торг12ТитулПродавца',
      'АктТитулИсполнителя',
      'ДокументОПередачеРезультатовРаботИсполнитель',
      'ДокументОПередачеТоваровПриТорговыхОперацияхПродавец',
      'СЧФДОППродавец',
      'ДОППродавец',
      'ДОППродавецНакладная',
      'ДОППродавецАкт',
      'КорСЧФДИСПродавец',
      'КорДИСПродавец',
      'КорДИСПродавецНакладная',
      'КорДИСПродавецАкт',
    ],
  },
  {
    needsSignature: true,
    needsParent: false,
    reason: 'Titles of ТОРГ-2: signed; which of the two goes first is left to the parties.',
    types: ['Торг2ТитулПокупателя', 'Торг2ТитулДополнительныхСведенийПоРезультатамПриемки'],
  },
  {
    needsSignature: true,
    needsParent: true,
    reason: 'The second title of a document of two: it means nothing without the first one.',
    types: [
      'Торг12ТитулПокупателя',
      'АктТитулЗаказчика',
      'ДокументОПередачеРезультатовРаботЗаказчик',
      'ДокументОПередачеТоваровПриТорговыхОперацияхПокупатель',
      'СЧФДОППокупатель',
      'ДОППокупатель',
      'ДОППокупательНакладная',
      'ДОППокупательАкт',
      'КорСЧФДИСПокупатель',
      'КорДИСПокупатель',
      'КорДИСПокупательНакладная',
      'КорДИСПокупательАкт',
    ],
  },
  {
    needsSignature: true,
    needsParent: true,
    reason:
      'A service document (Приказ Минфина 14н): signed by whoever confirms or refuses, and about another one.',
    types: [
      'ОтказПодписи',
      'ПодтверждениеОператора',
      'ИзвещениеОПолучении',
      'УведомлениеОбУточнении',
      'ПредложениеОбАннулировании',
    ],
  },
]

/** What a document needs, by its type. */
export type DocumentNeeds = Pick<DocumentGroup, 'needsSignature' | 'needsParent' | 'reason'>

/** Needs by ТипДокумента; every type of the published schema has a row. */
export const documentNeeds: ReadonlyMap<string, DocumentNeeds> = new Map(
  groups.flatMap(({ types, ...needs }) => types.map((type) => [type, needs] as const)),
)
