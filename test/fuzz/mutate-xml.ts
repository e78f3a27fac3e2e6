// Changes XML by a seed: elements and attributes moved, doubled and wrapped, and whatever parsers disagree about.

import { below, oneOf, type Random } from '../support/random.ts'

/** A document cut into markup and texts; joined again it is the document. */
export type XmlTokens = readonly string[]

/** Cuts a document at its markup; works for anything. */
export function xmlTokens(bytes: Uint8Array): XmlTokens {
  return (
    Buffer.from(bytes)
      .toString('utf8')
      .match(/<[^>]*>|[^<]+|</g) ?? []
  )
}

/** Pieces that readers trip over, put between markup or into texts. */
const intruders = [
  '<!-- -->',
  '<!---->',
  '<?a b?>',
  '<![CDATA[1]]>',
  '<![CDATA[]]>',
  '&amp;',
  '&lt;',
  '&#49;',
  '&#x31;',
  '&#0;',
  '&x;',
  '&xxe;',
  ' ',
  '\r\n',
  '\t',
  '\u00a0',
  '\u200b',
  '\ufeff',
  '\ufffe',
  '<a/>',
  '<x:a xmlns:x="urn:x"/>',
  '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>',
  '<!DOCTYPE a>',
  '<!DOCTYPE a [<!ENTITY x "1"><!ENTITY y "&x;&x;">]>',
  '<!DOCTYPE a [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>',
  '<?xml version="1.0" encoding="UTF-16"?>',
  '<?xml version="1.1"?>',
]

const attributes = [
  'Id="a"',
  'ID="a"',
  'id="a"',
  'xml:id="a"',
  'xmlns=""',
  'xmlns="urn:x"',
  'xmlns="urn://x-artefacts/EMCHD_1"',
  'xmlns="http://www.w3.org/2000/09/xmldsig#"',
  'xmlns:x="urn:x"',
  'xmlns:x="http://www.w3.org/2000/09/xmldsig#"',
  'xml:space="preserve"',
  'xml:base="http://x.invalid"',
  'URI=""',
  'URI="#a"',
  'Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"',
  'Algorithm="http://www.w3.org/2000/09/xmldsig#base64"',
  'Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"',
  'НомДовер="3f2504e0-4f89-41d3-9a0c-0305e82c3303"',
  'a="&#10;&#x20;&lt;"',
  "b='\"'",
]

/** One changed document; `donor` lends what is spliced in. */
export function mutateXml(random: Random, tokens: XmlTokens, donor: XmlTokens): Uint8Array {
  let changed = [...tokens]
  do changed = changeOne(random, changed, donor)
  while (changed.length > 0 && below(random, 3) === 0)
  return Buffer.from(changed.join(''))
}

function changeOne(random: Random, tokens: string[], donor: XmlTokens): string[] {
  const at = below(random, tokens.length)
  const token = tokens[at] ?? ''
  const [start, end] = elementAt(tokens, at)
  const element = tokens.slice(start, end)
  const without = [...tokens.slice(0, start), ...tokens.slice(end)]
  const put = (place: number, pieces: readonly string[], into = tokens): string[] => [
    ...into.slice(0, place),
    ...pieces,
    ...into.slice(place),
  ]
  switch (below(random, 12)) {
    case 0:
      return without
    case 1:
      return put(end, element)
    case 2:
      return put(below(random, without.length + 1), element, without)
    case 3: {
      const [from, to] = elementAt(donor, below(random, donor.length))
      return put(start, donor.slice(from, to), below(random, 2) === 0 ? without : tokens)
    }
    case 4: {
      const wrapper = oneOf(random, ['Object', 'x', 'УдостоверяющийЦентр', 'Документ'])
      return [...tokens.slice(0, start), `<${wrapper}>`, ...element, `</${wrapper}>`, ...tokens.slice(end)]
    }
    case 5:
      return put(at, [oneOf(random, intruders)])
    case 6:
      return tokens.with(at, intrude(random, token))
    case 7:
      return tokens.with(at, token.replace(/\s*(\/?>)$/, ` ${oneOf(random, attributes)}$1`))
    case 8:
      return tokens.with(at, changeAttribute(random, token, donor))
    case 9:
      return renamed(random, tokens, [start, end])
    case 10:
      return tokens.with(at, donor[below(random, donor.length)] ?? '')
    default:
      return tokens.with(at, changeText(random, token))
  }
}

/** The element a token opens, up to its end; a token that opens none stands for itself. */
function elementAt(tokens: XmlTokens, at: number): [start: number, end: number] {
  let depth = 0
  for (let place = at; place < tokens.length; place += 1) {
    const token = tokens[place] ?? ''
    if (/^<[^/!?][^>]*[^/]>$|^<[^/!?]>$/.test(token)) depth += 1
    else if (token.startsWith('</')) depth -= 1
    if (depth <= 0) return [at, place + 1]
  }
  return [at, at + 1]
}

function intrude(random: Random, token: string): string {
  const place = below(random, token.length + 1)
  return token.slice(0, place) + oneOf(random, intruders) + token.slice(place)
}

/** Drops an attribute, doubles it, gives it a value of the donor or another quotation. */
function changeAttribute(random: Random, token: string, donor: XmlTokens): string {
  const found = token.match(/\s[^\s=<>]+="[^"]*"/g)
  if (found === null) return intrude(random, token)
  const one = oneOf(random, found)
  const lent = (donor[below(random, donor.length)] ?? '').match(/="[^"]*"/)?.[0] ?? '=""'
  const forms = ['', one + one, one.replace(/="[^"]*"/, lent), one.replaceAll('"', "'"), one.trim()]
  return token.replace(one, oneOf(random, forms))
}

/** Gives an element another prefix or name, at its beginning and, mostly, at its end. */
function renamed(random: Random, tokens: string[], [start, end]: [number, number]): string[] {
  const name = /^<\/?([^\s/>]+)/.exec(tokens[start] ?? '')?.[1]
  if (name === undefined) return tokens
  const other = oneOf(random, [`x:${name}`, name.toLowerCase(), 'a', `${name}1`, name.normalize('NFD')])
  const declared = other.startsWith('x:') && below(random, 2) === 0 ? ' xmlns:x="urn:x"' : ''
  const changed = tokens.with(start, (tokens[start] ?? '').replace(name, other + declared))
  if (end - 1 === start || below(random, 8) === 0) return changed
  return changed.with(end - 1, (tokens[end - 1] ?? '').replace(name, other))
}

/** Changes a character, wraps a text as CDATA, writes a character as a reference, or adds white space. */
function changeText(random: Random, token: string): string {
  if (token.startsWith('<')) return intrude(random, token)
  const place = below(random, token.length)
  const character = token.charAt(place)
  const around = (middle: string): string => token.slice(0, place) + middle + token.slice(place + 1)
  switch (below(random, 5)) {
    case 0:
      return `<![CDATA[${token}]]>`
    case 1:
      return around(`&#${character.charCodeAt(0)};`)
    case 2:
      return around(`<![CDATA[${character}]]>`)
    case 3:
      return around(`${character}\n`)
    default:
      return around(oneOf(random, [...'0123456789абвгABC=+/ -:TZ']))
  }
}
