// Documents to exchange: a УПД 5.01, an ИОП on it, or a body of any size that does not compress.

import { randomBytes, randomUUID } from 'node:crypto'
import type { DocumentId } from '../../schemas/ids.ts'
import type { SigningIdentity } from '../trust/sign.ts'
import type { SimulatedParty, SimulatedSubscriber } from './subscriber.ts'
import { encodeWindows1251 } from './windows-1251.ts'
import { element } from './xml-text.ts'

/** A document before it has an id: what its Документ says and its bytes. */
export type SimulatedDocument = {
  type: string
  fileName: string
  bytes: Uint8Array
  number?: string
  /** yyyy-mm-dd */
  date: string
  answerExpected?: boolean
  encrypted?: boolean
  /** КДокументу. */
  parents?: readonly DocumentId[]
  /** Who signs it instead of its sender: an employee, or the head who gives a power of attorney. */
  signedBy?: SigningIdentity
}

const program = 'Roaming hub simulator 1'

/** A УПД of the seller (form 5.01, КНД 1115131) in windows-1251 under its right file name. */
export function transferDocument(of: {
  seller: SimulatedSubscriber
  buyer: SimulatedSubscriber
  operator: SimulatedParty
  number: string
  at: Date
  lines?: number
}): SimulatedDocument {
  const { seller, buyer, operator, number, at } = of
  const fileId = fileIdOf({ prefix: 'ON_NSCHFDOPPR', to: buyer.id, from: seller.id, at })
  const exchange = element(
    'СвУчДокОбор',
    { ИдОтпр: seller.id, ИдПол: buyer.id },
    element('СвОЭДОтпр', { НаимОрг: operator.name, ИННЮЛ: operator.inn, ИдЭДО: operator.code }),
  )
  const document = element(
    'Документ',
    {
      КНД: '1115131',
      Функция: 'СЧФДОП',
      ПоФактХЖ: 'Документ об отгрузке товаров',
      НаимДокОпр: 'Универсальный передаточный документ',
      ДатаИнфПр: dayOf(at),
      ВремИнфПр: timeOf(at),
      НаимЭконСубСост: `${seller.name}, ИНН-КПП ${seller.inn}-${seller.kpp}`,
    },
    invoicePart(of),
    goodsPart(of.lines ?? 5),
    element(
      'СвПродПер',
      {},
      element(
        'СвПер',
        { СодОпер: 'Товары переданы' },
        element('ОснПер', { НаимОсн: 'Договор', НомОсн: '1', ДатаОсн: dayOf(at) }),
      ),
    ),
    element(
      'Подписант',
      { ОблПолн: '5', Статус: '1', ОснПолн: 'Должностные обязанности' },
      element('ЮЛ', { ИННЮЛ: seller.inn, НаимОрг: seller.name, Должн: 'Генеральный директор' }, personPart()),
    ),
  )
  return {
    type: 'СЧФДОППродавец',
    fileName: `${fileId}.xml`,
    bytes: file({ ИдФайл: fileId, ВерсФорм: '5.01', ВерсПрог: program }, exchange + document),
    number,
    date: isoDay(at),
    answerExpected: true,
  }
}

/** An ИОП (form 1.01, КНД 1115110) by which the recipient confirms a received file with its signature. */
export function receiptNotice(of: {
  from: SimulatedSubscriber
  to: SimulatedSubscriber
  received: { id: DocumentId; fileName: string; signature: Uint8Array }
  at: Date
}): SimulatedDocument {
  const { from, to, received, at } = of
  const fileId = fileIdOf({ prefix: 'DP_IZVPOL', to: to.id, from: from.id, at })
  const document = element(
    'Документ',
    { КНД: '1115110' },
    element('УчастЭДО', { ИдУчастЭДО: from.id }, organisationPart(from)),
    element(
      'СвИзвПолуч',
      { ДатаПол: dayOf(at), ВремяПол: timeOf(at) },
      element(
        'СведПолФайл',
        { ИмяПостФайла: received.fileName.replace(/\.xml$/i, '') },
        element('ЭЦППолФайл', {}, Buffer.from(received.signature).toString('base64')),
      ),
    ),
    element('ОтпрДок', { ИдУчастЭДО: to.id }, organisationPart(to)),
    element('Подписант', { Должность: 'Генеральный директор' }, personPart()),
  )
  return {
    type: 'ИзвещениеОПолучении',
    fileName: `${fileId}.xml`,
    bytes: file({ ИдФайл: fileId, ВерсПрог: program, ВерсФорм: '1.01' }, document),
    date: isoDay(at),
    parents: [received.id],
  }
}

/** A free-form document; its bytes are random, so that they do not compress, unless they are given. */
export function freeDocument(of: {
  at: Date
  size?: number
  bytes?: Uint8Array
  fileName?: string
  number?: string
  parents?: readonly DocumentId[]
}): SimulatedDocument {
  return {
    type: 'Неформализованный',
    fileName: of.fileName ?? 'договор.pdf',
    bytes: of.bytes ?? randomBytes(of.size ?? 20_000),
    ...(of.number === undefined ? {} : { number: of.number }),
    date: isoDay(of.at),
    ...(of.parents === undefined ? {} : { parents: of.parents }),
  }
}

function invoicePart(of: Parameters<typeof transferDocument>[0]): string {
  const { seller, buyer, number, at } = of
  return element(
    'СвСчФакт',
    { НомерСчФ: number, ДатаСчФ: dayOf(at), КодОКВ: '643' },
    element('СвПрод', {}, partyPart(seller), addressPart('Москва, ул. Пробная, д. 1')),
    element('ГрузОт', {}, element('ОнЖе', {}, 'он же')),
    element('СвПокуп', {}, partyPart(buyer), addressPart('Москва, ул. Пробная, д. 2')),
    element('ДопСвФХЖ1', { НаимОКВ: 'Российский рубль' }),
    element('ДокПодтвОтгр', { НаимДокОтгр: 'УПД', НомДокОтгр: number, ДатаДокОтгр: dayOf(at) }),
  )
}

function goodsPart(lines: number): string {
  const goods = Array.from({ length: lines }, (_, index) => {
    const net = (index + 1) * 100
    return element(
      'СведТов',
      {
        НомСтр: String(index + 1),
        НаимТов: `Товар № ${index + 1} «пробный»`,
        ОКЕИ_Тов: '796',
        КолТов: String(index + 1),
        ЦенаТов: '100.00',
        СтТовБезНДС: money(net),
        НалСт: '20%',
        СтТовУчНал: money(net * 1.2),
      },
      element('Акциз', {}, element('БезАкциз', {}, 'без акциза')),
      element('СумНал', {}, element('СумНал', {}, money(net * 0.2))),
      element('ДопСведТов', { ПрТовРаб: '1', НаимЕдИзм: 'шт' }),
    )
  })
  const net = 50 * lines * (lines + 1)
  const total = element(
    'ВсегоОпл',
    { СтТовБезНДСВсего: money(net), СтТовУчНалВсего: money(net * 1.2) },
    element('СумНалВсего', {}, element('СумНал', {}, money(net * 0.2))),
  )
  return element('ТаблСчФакт', {}, ...goods, total)
}

function partyPart({ name, inn, kpp }: SimulatedSubscriber): string {
  return element('ИдСв', {}, element('СвЮЛУч', { НаимОрг: name, ИННЮЛ: inn, КПП: kpp }))
}

function organisationPart({ name, inn, kpp }: SimulatedSubscriber): string {
  return element('ЮЛ', { НаимОрг: name, ИННЮЛ: inn, КПП: kpp })
}

function addressPart(text: string): string {
  return element('Адрес', {}, element('АдрИнф', { КодСтр: '643', АдрТекст: text }))
}

function personPart(): string {
  return element('ФИО', { Фамилия: 'Пробный', Имя: 'Пётр', Отчество: 'Петрович' })
}

/** <PREFIX>_<recipient>_<sender>_<yyyymmdd>_<GUID>: the recipient stands before the sender. */
function fileIdOf(of: { prefix: string; to: string; from: string; at: Date }): string {
  return [of.prefix, of.to, of.from, isoDay(of.at).replaceAll('-', ''), randomUUID()].join('_')
}

function file(attributes: Record<string, string>, content: string): Uint8Array {
  const text = `<?xml version="1.0" encoding="windows-1251"?>\n${element('Файл', attributes, content)}`
  return encodeWindows1251(text)
}

function money(amount: number): string {
  return amount.toFixed(2)
}

function isoDay(at: Date): string {
  return at.toISOString().slice(0, 10)
}

/** ДД.ММ.ГГГГ */
function dayOf(at: Date): string {
  return isoDay(at).split('-').reverse().join('.')
}

/** ЧЧ.ММ.СС */
function timeOf(at: Date): string {
  return at.toISOString().slice(11, 19).replaceAll(':', '.')
}
