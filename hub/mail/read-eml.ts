// Reads back a letter the hub has written: its headers and its text part. It reads no letters of others.

/** What is shown of a letter. */
export type ReadLetter = {
  from: string
  to: string
  subject: string
  date: string
  messageId: string
  text: string
}

/** Reads the forms that nodemailer writes for us: folded headers, encoded words of RFC 2047, base64 bodies. */
export function readEml(bytes: Uint8Array): ReadLetter {
  const raw = Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n')
  const head = headersOf(raw)
  const header = (name: string) => decodeWords(head.get(name) ?? '')
  const part = raw.split(/^--.*$/m).find((one) => /^content-type: text\/plain/im.test(one)) ?? raw
  const body = part.slice(part.indexOf('\n\n', part.search(/\S/)) + 2)
  const isBase64 = /^content-transfer-encoding: base64/im.test(part)
  const text = Buffer.from(body, isBase64 ? 'base64' : 'latin1').toString('utf8')
  return {
    from: header('from'),
    to: header('to'),
    subject: header('subject'),
    date: header('date'),
    messageId: header('message-id'),
    text: text.replaceAll('\r\n', '\n').trimEnd(),
  }
}

function headersOf(raw: string): Map<string, string> {
  const head = raw.slice(0, raw.indexOf('\n\n')).replace(/\n[ \t]+/g, ' ')
  const pairs = [...head.matchAll(/^([\w-]+): ?(.*)$/gm)]
  return new Map(pairs.map(([, name = '', value = '']) => [name.toLowerCase(), value]))
}

/** White space between encoded words belongs to neither (RFC 2047 6.2); a character may be halved between them. */
function decodeWords(text: string): string {
  return text.replace(/\?=\s+=\?/g, '?==?').replace(/(?:=\?utf-8\?[bq]\?[^?]*\?=)+/gi, (run) => {
    const words = [...run.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi)]
    const pieces = words.map(([, form = '', word = '']) =>
      form.toLowerCase() === 'b' ? Buffer.from(word, 'base64') : decodeQ(word),
    )
    return Buffer.concat(pieces).toString('utf8')
  })
}

function decodeQ(word: string): Buffer {
  const plain = word.replaceAll('_', ' ')
  return Buffer.from(
    plain.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
}
