// E-mail addresses: what is one, at both sides of each bound, and what hostile texts become.

import t from 'tap'
import { limits } from '../../schemas/limits.ts'
import { maskedEmail, parseEmail } from '../../schemas/mail/email.ts'

t.test('reads usual addresses, and gives domains in the form of the envelope', async (t) => {
  const right: Readonly<Record<string, string>> = {
    'buh@firma.ru': 'buh@firma.ru',
    'First.Last+edo@Mail.Firma.RU': 'First.Last+edo@mail.firma.ru',
    "o'neil@firma.ru": "o'neil@firma.ru",
    'buh@почта.рф': 'buh@xn--80a1acny.xn--p1ai',
    'buh@xn--80a1acny.xn--p1ai': 'buh@xn--80a1acny.xn--p1ai',
    'a@b.c1': 'a@b.c1',
  }
  for (const [text, address] of Object.entries(right)) t.equal(parseEmail(text), address, text)
})

t.test('refuses what could change a header, an envelope or a place', async (t) => {
  const wrong = [
    '',
    'buh',
    '@firma.ru',
    'buh@',
    'buh@localhost',
    'buh@firma.ru\r\nBcc: all@firma.ru',
    'buh\n@firma.ru',
    'a@firma.ru,b@firma.ru',
    'Бухгалтер <buh@firma.ru>',
    '"buh"@firma.ru',
    'buh @firma.ru',
    'buh@firma.ru ',
    'buh@firma..ru',
    '.buh@firma.ru',
    'b..h@firma.ru',
    'buh@-firma.ru',
    'buh@firma-.ru',
    'buh@[127.0.0.1]',
    'buh@127.0.0.1',
    'buh@127.1',
    'buh@0x7f.1',
    'buh@firma.ru/x',
    'buh@firma.ru:25',
    'buh@%66irma.ru',
    'бух@firma.ru',
    'a@b@firma.ru',
    'buh@fir\u202Ema.ru',
    'buh@fir\u0000ma.ru',
    'buh@firma\u3002ru',
  ]
  for (const text of wrong) t.equal(parseEmail(text), undefined, JSON.stringify(text))
})

t.test('bounds the local part and the whole', async (t) => {
  const local = 'a'.repeat(limits.emailLocalLengthMax)
  t.ok(parseEmail(`${local}@firma.ru`))
  t.equal(parseEmail(`${local}a@firma.ru`), undefined)
  const label = 'b'.repeat(60)
  const rest = limits.emailLengthMax - local.length - 1 - 3 * 61
  const longest = `${local}@${label}.${label}.${label}.${'c'.repeat(rest)}`
  t.equal(longest.length, limits.emailLengthMax)
  t.ok(parseEmail(longest))
  t.equal(parseEmail(`${longest}c`), undefined)
  t.equal(parseEmail(`a@${'я.'.repeat(120)}рф`), undefined, 'too long once it is encoded')
})

t.test('hides the middle of an address in lists', async (t) => {
  t.equal(maskedEmail('ivanov@firma.ru'), 'i***@firma.ru')
  t.equal(maskedEmail('nothing'), '***')
})
