// ИНН and КПП: numbers in use pass, and any one digit that is wrong is found.

import t from 'tap'
import { innKppRefusal, innRefusal, isPersonInn, kppRefusal } from '../../schemas/inn.ts'

const organisations = ['6663003127', '7707083893', '7713076301', '7736050003']
const people = ['771365132548', '500100732259']

t.test('takes the ИНН of organisations and of people', async (t) => {
  for (const inn of [...organisations, ...people]) t.equal(innRefusal(inn), undefined, inn)
  t.same([...organisations, ...people].map(isPersonInn), [false, false, false, false, true, true])
})

t.test(
  'finds every single wrong digit of an ИНН, except where the rule gives two remainders one digit',
  async (t) => {
    let found = 0
    let missed = 0
    for (const inn of [...organisations, ...people]) {
      for (let at = 2; at < inn.length; at += 1) {
        for (const digit of '0123456789') {
          if (digit === inn[at]) continue
          const wrong = inn.slice(0, at) + digit + inn.slice(at + 1)
          if (innRefusal(wrong)?.code === 'inn.check-digit') found += 1
          else missed += 1
        }
      }
    }
    t.ok(found > 400)
    t.ok(missed < found / 50, `${missed} of ${found}`)
  },
)

t.test('refuses an ИНН of another form', async (t) => {
  for (const inn of [
    '',
    '0',
    '770708389',
    '77070838930',
    '7707083893a',
    ' 7707083893',
    '0000000000',
    '0012345678',
    '٧٧٠٧٠٨٣٨٩٣',
  ]) {
    t.equal(innRefusal(inn)?.code, 'inn.form', inn)
  }
})

t.test('refuses the sample number of another operator, whose check digit is wrong', async (t) => {
  t.equal(innRefusal('7750370234')?.code, 'inn.check-digit')
})

t.test('a refusal of an ИНН does not repeat it', async (t) => {
  for (const inn of ['500100732258', '5001007322591']) t.notMatch(JSON.stringify(innRefusal(inn)), inn)
})

t.test(
  'takes a КПП of digits and one with letters of the largest taxpayers and of foreign bodies',
  async (t) => {
    for (const kpp of ['770701001', '997950001', '7707FA001', '7707AZ001'])
      t.equal(kppRefusal(kpp), undefined, kpp)
    for (const kpp of ['', '77070100', '7707010011', '7707az001', '000001001', '77070100Z']) {
      t.equal(kppRefusal(kpp)?.code, 'kpp.form', kpp)
    }
  },
)

t.test('a КПП beside an ИНН is that of an organisation', async (t) => {
  t.equal(innKppRefusal({ inn: '7707083893', kpp: '770701001' }), undefined)
  t.equal(innKppRefusal({ inn: '500100732259' }), undefined)
  t.equal(innKppRefusal({ inn: '500100732259', kpp: '770701001' })?.code, 'kpp.of-a-person')
  t.equal(innKppRefusal({ inn: '7707083894', kpp: '770701001' })?.code, 'inn.check-digit')
  t.equal(innKppRefusal({ inn: '7707083893', kpp: '1' })?.code, 'kpp.form')
})
