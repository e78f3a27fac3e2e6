// Where documents hold the id of their recipient: every place of the formats of the tax service, both encodings, hostile XML.

import t from 'tap'
import { placesNaming } from '../../hub/links/names-recipient.ts'
import { encodeWindows1251 } from '../../hub/simulate/windows-1251.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'

const id = '2AB-stand-in-0001'
const document = 'd'.repeat(32)
const names = (body: Uint8Array | string | undefined, fileName = 'письмо.txt') => {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const found = placesNaming([{ id: document, fileName, body: bytes }], id)
  return isRefusal(found) ? found.code : found.map(({ place }) => place)
}
const cyrillic = (content: string) =>
  encodeWindows1251(`<?xml version="1.0" encoding="windows-1251"?>\n${content}`)

t.test('the file name, by any pattern and without case', async (t) => {
  t.same(names('x', `ON_NSCHFDOPPR_${id}_2ZA-seller_20261001_0a1b.xml`), ['file-name'])
  t.same(names('x', `DP_PDPOL_${id.toUpperCase()}_2ZA_20261001_0a1b.xml`), ['file-name'])
  t.same(names('x', `ON_TRNACLGROT_a_${id}_b_20261001_0a1b.xml`), ['file-name'], 'three ids')
  t.same(names('x', `Договор с ${id}.pdf`), ['file-name'])
  t.same(names('x', 'ON_NSCHFDOPPR_2ZC-x_2ZA-seller_20261001_0a1b.xml'), [])
  t.same(names(undefined, `${id}.bin`), ['file-name'], 'of an encrypted document the name alone is read')
})

t.test('СвУчДокОбор/@ИдПол and Файл/@ИдФайл of 5.01, ИдФайл alone of 5.02, in windows-1251', async (t) => {
  const file = `ON_NSCHFDOPPR_${id}_2ZA-seller_20261001_0a1b`
  const upd501 =
    `<Файл ИдФайл="${file}" ВерсФорм="5.01"><СвУчДокОбор ИдОтпр="2ZA-seller" ИдПол="${id}">` +
    '<СвОЭДОтпр НаимОрг="Оператор"/></СвУчДокОбор><Документ КНД="1115131"/></Файл>'
  t.same(names(cyrillic(upd501)), ['Файл/@ИдФайл', 'СвУчДокОбор/@ИдПол'])
  t.same(names(Buffer.from(upd501)), ['Файл/@ИдФайл', 'СвУчДокОбор/@ИдПол'], 'and in UTF-8')
  t.same(names(Buffer.from(`\ufeff${upd501}`)), ['Файл/@ИдФайл', 'СвУчДокОбор/@ИдПол'], 'with its mark')
  t.same(names(cyrillic(`<Файл ИдФайл="${file}" ВерсФорм="5.02"><Документ/></Файл>`)), ['Файл/@ИдФайл'])
  t.same(names(cyrillic(upd501.replaceAll(id, '2ZB-buyer'))), [])
  const numbers = [...id].map((character) => `&#${character.codePointAt(0)};`).join('')
  t.same(
    names(cyrillic(`<Файл ИдФайл="x"><СвУчДокОбор ИдПол="${numbers}"/></Файл>`)),
    ['СвУчДокОбор/@ИдПол'],
    'also where its characters are written by their numbers',
  )
})

t.test('service documents: participants, and names of files', async (t) => {
  const receipt = `<Файл ИдФайл="DP_IZVPOL_2ZA_2AB_1"><Документ КНД="1115110"><УчастЭДО ИдУчастЭДО="2ZA-seller"/>`
  t.same(names(cyrillic(`${receipt}<ОтпрДок ИдУчастЭДО="${id}"/></Документ></Файл>`)), [
    'ОтпрДок/@ИдУчастЭДО',
  ])
  const annulment = `<Файл ИдФайл="DP_PRANNUL_1"><Документ><СвПредАн><СведАнФайл ИмяАнФайла="ON_X_${id}_b.xml"/>`
  t.same(names(Buffer.from(`${annulment}</СвПредАн></Документ></Файл>`)), ['СведАнФайл/@ИмяАнФайла'])
  const title = `<Файл ИдФайл="ON_NSCHFDOPPOK_a_b_1"><ИнфПок><ИдИнфПрод ИдФайлИнфПр="ON_NSCHFDOPPR_${id}_b"/>`
  t.same(names(cyrillic(`${title}</ИнфПок></Файл>`)), ['ИдИнфПрод/@ИдФайлИнфПр'])
})

t.test('powers of attorney name nobody, and neither does what is free-form', async (t) => {
  t.same(names(`<Доверенность ИдФайл="ON_EMCHD_20261001_0a1b"><X/></Доверенность>`), [])
  t.same(names(`a letter to ${id}`), [])
  t.same(names(`<Заказ Покупатель="${id}" ИдФайл="${id}"/>`), [])
  t.same(names(`<!DOCTYPE html><html><body id="${id}">письмо</body></html>`), [])
  t.same(
    names(`<Файл ИдФайл="x"><Текст Содержание="для ${id}">${id}</Текст></Файл>`),
    [],
    'a text is no place',
  )
  t.same(names(`<not xml ${id}`), [])
  t.same(names(new Uint8Array([0xff, 0xd8, 0xff])), [])
})

t.test('hostile XML that holds the id is refused, one that does not is nobody’s business', async (t) => {
  const bomb = `<!DOCTYPE Файл [<!ENTITY a "b">]><Файл ИдФайл="x ${id}"/>`
  t.equal(names(bomb), 'xml.doctype')
  t.same(names(bomb.replaceAll(id, 'nobody')), [])
  t.equal(names(`<Файл ИдФайл="x"><А ИдПол="${id}"></Файл>`), 'xml.broken')
  t.equal(names(`${'<Файл ИдФайл="x">'.repeat(limits.xmlDepthMax)}<А ИдПол="${id}"/>`), 'xml.limits')
  t.equal(names(`<?xml version="1.0" encoding="koi8-r"?><Файл ИдФайл="${id}"/>`), 'xml.encoding')
  const broken = Buffer.concat([Buffer.from(`<Файл ИдФайл="${id}">`), Buffer.from([0xff, 0xfe])])
  t.equal(names(broken), 'xml.encoding')
  const large = Buffer.alloc(limits.requisitesDocumentBytesMax + 1, 0x20)
  large.write(`<Файл ИдФайл="${id}"/>`)
  t.equal(names(large), 'xml.limits')
  t.same(names(large.subarray(0, limits.requisitesDocumentBytesMax)), ['Файл/@ИдФайл'])
})

t.test('no more places are named than limits.namedPlacesMax', async (t) => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ id: String(i), fileName: id, body: undefined }))
  const countOf = (count: number) => {
    const found = placesNaming(many(count), id)
    return isRefusal(found) ? found.code : found.length
  }
  t.equal(countOf(limits.namedPlacesMax), limits.namedPlacesMax)
  t.equal(countOf(limits.namedPlacesMax + 1), limits.namedPlacesMax)
})
