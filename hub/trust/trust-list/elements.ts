// Takes the elements we read out of the signed text of a trust list, and leaves the rest behind.

import { SaxesParser } from 'saxes'
import { countXmlStep } from '../../../operators/containers/xml/steps.ts'
import { limits } from '../../../schemas/limits.ts'
import { type Refusal, refuse } from '../../../schemas/refusals.ts'

/** An element we know, with the whole of its text. */
export type ListElement = {
  readonly name: string
  text: string
  readonly children: ListElement[]
}

const rootName = 'АккредитованныеУдостоверяющиеЦентры'

/** Elements we read, by the element they stand in. */
const known: Readonly<Record<string, readonly string[]>> = {
  [rootName]: ['Версия', 'Дата', 'УдостоверяющийЦентр'],
  УдостоверяющийЦентр: [
    'Название',
    'КраткоеНазвание',
    'ИНН',
    'ОГРН',
    'РеестровыйНомер',
    'СтатусАккредитации',
    'ИсторияСтатусовАккредитации',
    'ПрограммноАппаратныеКомплексы',
  ],
  СтатусАккредитации: ['Статус', 'ДействуетС'],
  ИсторияСтатусовАккредитации: ['СтатусАккредитации'],
  ПрограммноАппаратныеКомплексы: ['ПрограммноАппаратныйКомплекс'],
  ПрограммноАппаратныйКомплекс: ['Псевдоним', 'КлассСредствЭП', 'КлючиУполномоченныхЛиц'],
  КлючиУполномоченныхЛиц: ['Ключ'],
  Ключ: ['ИдентификаторКлюча', 'АдресаСписковОтзыва', 'Сертификаты'],
  АдресаСписковОтзыва: ['Адрес'],
  Сертификаты: ['ДанныеСертификата'],
  ДанныеСертификата: ['Отпечаток', 'Данные'],
}

/**
 * The tree of the elements we know, all without a namespace. What we do not know is passed over wherever it stands, with
 * all it holds: the publisher adds elements without asking readers. The text is the canonical form the signature
 * covers, so its size and depth are those of the bounded document. Refused with trust-list.broken.
 */
export function takeElements(signedXml: string): ListElement | Refusal {
  const parser = new SaxesParser({ xmlns: true })
  const open: ListElement[] = []
  let root: ListElement | undefined
  let unknownDepth = 0
  let fault: string | undefined
  parser.on('error', () => {
    fault ??= 'the signed text is not well-formed'
  })
  parser.on('opentag', ({ local, uri }) => {
    countXmlStep()
    const parent = open.at(-1)
    const isKnown = uri === '' && (parent === undefined ? local === rootName : isChild(parent.name, local))
    if (unknownDepth > 0 || !isKnown) {
      unknownDepth += 1
      return
    }
    const element: ListElement = { name: local, text: '', children: [] }
    parent?.children.push(element)
    root ??= element
    open.push(element)
  })
  parser.on('closetag', () => {
    if (unknownDepth > 0) unknownDepth -= 1
    else open.pop()
  })
  const addText = (text: string): void => {
    countXmlStep()
    const element = open.at(-1)
    if (element !== undefined && unknownDepth === 0) element.text += text
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.write(signedXml).close()
  if (fault !== undefined) return refuse('trust-list.broken', fault)
  return root ?? refuse('trust-list.broken', `the root is not ${rootName}`)
}

function isChild(parent: string, name: string): boolean {
  return Object.hasOwn(known, parent) && known[parent]?.includes(name) === true
}

/** Writes the tree, for the check against the schema. White space around values is left out. */
export function writeElements(element: ListElement): string {
  const pieces: string[] = []
  write(element, pieces, limits.xmlDepthMax)
  return pieces.join('')
}

function write(element: ListElement, pieces: string[], depthLeft: number): void {
  if (depthLeft === 0) return
  pieces.push('<', element.name, '>', escapeText(element.text.trim()))
  for (const child of element.children) write(child, pieces, depthLeft - 1)
  pieces.push('</', element.name, '>')
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
