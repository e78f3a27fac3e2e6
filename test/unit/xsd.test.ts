// Our schema of logical messages against the published one.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { checkLogicalMessage } from '../../operators/validation/schema-check.ts'
import { beside } from '../support/beside.ts'
import { isValid, publishedAbsent } from '../support/logical-schemas.ts'
import { sampleDescription, sampleInvitation, sampleReceipts } from '../support/sample-package.ts'

const { path: examples, absent: examplesAbsent } = beside('examples')

t.test('the samples are valid', async (t) => {
  for (const bytes of [sampleDescription(), sampleInvitation(), sampleReceipts()]) {
    t.strictSame(checkLogicalMessage(bytes), [])
  }
})

t.test('a fault says the line, the place and the rule, and hides the value', async (t) => {
  const faults = checkLogicalMessage(sampleDescription((xml) => xml.replace('>2026-10-01', '>Секретов')))
  t.match(faults, [{ line: 6, path: String, message: /Дата.*xs:date/ }])
  t.notMatch(JSON.stringify(faults), 'Секретов')
  const named = checkLogicalMessage(sampleDescription((xml) => xml.replace('договор.pdf', "Секретов': /")))
  t.match(named, [{ message: /ИмяФайла.*pattern/ }])
  t.notMatch(JSON.stringify(named), 'Секретов')
})

t.test('what is no XML, or has a DOCTYPE, is a fault', async (t) => {
  for (const text of ['', '<a', 'x', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', '<a>'.repeat(1000)]) {
    t.ok(checkLogicalMessage(Buffer.from(text)).length > 0, text.slice(0, 40))
  }
})

t.test('the examples of logical messages pass both schemas', { skip: examplesAbsent }, async (t) => {
  const files = readdirSync(examples).filter((file) => /^(description|receipts)/.test(file))
  t.equal(files.length, 4)
  for (const file of files) t.ok(isValid(t, readFileSync(join(examples, file)), file), file)
})

t.test('mutations pass or fail alike in both schemas', { skip: publishedAbsent }, async (t) => {
  const document = /(<Документ .*<\/Документ>)/s
  const parents = ['d', 'e'].map((letter) => `<КДокументу>${letter.repeat(32)}</КДокументу>`).join('')
  const extra = (attributes: string) =>
    `</Дата><ДополнительныеДанные><ДополнительныйПараметр ${attributes}/></ДополнительныеДанные>`
  const message: [string | RegExp, string, boolean][] = [
    ['ИмяФайла=', 'Новый="1" ИмяФайла=', false],
    ['<Номер>', '<Новый/><Номер>', false],
    [/<Номер>.*<\/Номер>/, '', true],
    [/<Дата>.*<\/Дата>/, '', false],
    ['<Номер>17</Номер>', '<ИдВнутренний/><ИдСделки>1</ИдСделки><Номер/>', true],
    ['<Номер>17</Номер>', '<Номер>1</Номер><Номер>2</Номер>', false],
    ['<Номер>', `${parents}<Номер>`, true],
    ['<Номер>', `<КДокументу> ${'d'.repeat(32)}</КДокументу><Номер>`, false],
    ['</Дата>', '</Дата><Сумма> +1.5 </Сумма><СуммаНДС>.5</СуммаНДС>', true],
    ['</Дата>', '</Дата><Сумма>1,5</Сумма>', false],
    ['</Дата>', '</Дата><Сумма>1e3</Сумма>', false],
    ['</Дата>', '</Дата><ДополнительныеДанные/>', false],
    ['</Дата>', extra('Название="" Значение="x"'), true],
    ['</Дата>', extra('Название="x"'), false],
    ['>2026-10-01', '>2026-10-01Z', true],
    ['>2026-10-01', '>2027-02-29', false],
    ['>2026-10-01', '>01.10.2026', false],
    ['T09:00:00Z', 'T09:00:00.5Z', true],
    ['T09:00:00Z', 'T24:00:00Z', true],
    ['T09:00:00Z', 'T09:00:00', false],
    ['T09:00:00Z', 'T09:00:00+00:00', false],
    ['T09:00:00Z', 'T09:60:00Z', false],
    ['Неформализованный', 'Новый', false],
    ['Неформализованный', ' Акт', false],
    ['ИмяФайла="договор.pdf"', 'ИмяФайла=""', false],
    ['договор.pdf', 'x'.repeat(255), true],
    ['договор.pdf', 'x'.repeat(256), false],
    ['договор.pdf', '𝒳'.repeat(255), true],
    ['договор.pdf', 'a:b', false],
    ['договор.pdf', 'a|&lt;b>', true],
    ['ИмяФайла=', 'Зашифрован=" 1 " ОжидаетсяПодписьПолучателя="false" ИмяФайла=', true],
    ['ИмяФайла=', 'Зашифрован="да" ИмяФайла=', false],
    ['ИдДокумента="b', 'ИдДокумента="B', false],
    [/Отправитель="[^"]*"/, 'Отправитель="2ZA"', true],
    [/Отправитель="[^"]*"/, 'Отправитель="2Z"', false],
    [/Отправитель="[^"]*"/, `Отправитель="${'я'.repeat(46)}"`, true],
    [/Отправитель="[^"]*"/, `Отправитель="${'я'.repeat(47)}"`, false],
    ['Получатель=', 'ИдПодразделенияПолучателя="" Получатель=', true],
    ['Получатель=', `ИдПодразделенияПолучателя="${'x'.repeat(256)}" Получатель=`, false],
    [document, '$1$1', true],
    [/(<Документ .*<\/Документ>)\s*(<ЭП [^>]*>)/s, '$2$1', false],
    [/<Документ.*\/>/s, '', true],
    [/КДокументу="b*"/, '', false],
    ['<ЭП', 'text<ЭП', false],
    ['https://', 'http://', false],
  ]
  for (const [from, to, expected] of message) {
    const name = `${from} -> ${to}`.slice(0, 80)
    t.equal(
      isValid(
        t,
        sampleDescription((xml) => xml.replace(from, to)),
        name,
      ),
      expected,
      name,
    )
  }
  const invitation: [string | RegExp, string, boolean][] = [
    ['Запрос', 'Разрыв', true],
    ['Запрос', 'запрос', false],
    ['7741377501', '774137750123', true],
    ['7741377501', '77413775012', false],
    ['7741377501', '0041377501', false],
    ['7741377501', '1041377501', true],
    ['770101460', '7701AF460', true],
    ['770101460', '7701AZ460', false],
    ['ИНН="7741377501"', '', false],
    [/НаимОрг="[^"]*"/, 'НаимОрг=""', true],
    [/НаимОрг="[^"]*"/, '', false],
    ['<ОргПол Ид="2ZB1"/>', '', false],
    [/<Комментарий>.*<\/Комментарий>/, '', true],
    ['<Комментарий>', '<Документ/><Комментарий>', false],
    ['</Комментарий>', '</Комментарий><Комментарий/>', false],
  ]
  for (const [from, to, expected] of invitation) {
    const name = `${from} -> ${to}`
    t.equal(
      isValid(
        t,
        sampleInvitation((xml) => xml.replace(from, to)),
        name,
      ),
      expected,
      name,
    )
  }
  const error = `<ОшибкаОбработки ИдЛС="${'e'.repeat(32)}"><Описание/></ОшибкаОбработки>`
  const receipts: [string | RegExp, string, boolean][] = [
    [/ДатаОтправки="[^"]*"/, 'ДатаОтправки="вчера"', true],
    [/ДатаОтправки="[^"]*"/, '', false],
    ['"2ZA"', '"2za"', false],
    ['"2ZA"', '"2ZAA"', false],
    [/<Успех.*\/>/, '', true],
    ['<Успех', `${error}<Успех`, true],
    [/(<Успех.*\/>)/, `$1${error}`, false],
    ['<Успех', `<НеизвестныйИд ИдЛС="${'e'.repeat(32)}"><Описание/></НеизвестныйИд><Успех`, false],
    ['<Успех', '<ОшибкаОбработки><Описание/></ОшибкаОбработки><Успех', false],
  ]
  for (const [from, to, expected] of receipts) {
    const name = `${from} -> ${to}`
    t.equal(
      isValid(
        t,
        sampleReceipts((xml) => xml.replace(from, to)),
        name,
      ),
      expected,
      name,
    )
  }
})
