// Scans a part of a workbook piece by piece, within bounds: no tree, no DOCTYPE, no entities of its own.

import { SaxesParser } from 'saxes'
import { limits } from '../../schemas/limits.ts'
import { type Refusal, refuse } from '../../schemas/refusals.ts'
import type { Turns } from './turns.ts'

/** What a scan tells: names are local ones. */
export type XmlHandlers = {
  open(name: string, attributes: Readonly<Record<string, string>>): void
  close?(name: string): void
  text?(text: string): void
}

/** Refusals: list.broken for what is no XML or has a DOCTYPE, list.unpacked beyond the bounds of elements and depth. */
export async function scanXml(
  bytes: Uint8Array,
  handlers: XmlHandlers,
  turns: Turns,
): Promise<Refusal | undefined> {
  const parser = new SaxesParser()
  const state: { refusal: Refusal | undefined; elements: number; depth: number } = {
    refusal: undefined,
    elements: 0,
    depth: 0,
  }
  const note = (refusal: Refusal) => {
    state.refusal ??= refusal
  }
  parser.on('doctype', () => note(refuse('list.broken', 'DOCTYPE')))
  parser.on('error', () => note(refuse('list.broken', 'XML')))
  parser.on('opentag', ({ name, attributes }) => {
    state.elements += 1
    state.depth += 1
    if (state.elements > limits.listXmlElementsMax) note(refuse('list.unpacked', 'элементов (elements)'))
    if (state.depth > limits.listXmlDepthMax) note(refuse('list.unpacked', 'глубина (depth)'))
    if (state.refusal === undefined) handlers.open(localOf(name), attributes)
  })
  parser.on('closetag', ({ name }) => {
    state.depth -= 1
    if (state.refusal === undefined) handlers.close?.(localOf(name))
  })
  const take = (text: string) => {
    if (state.refusal === undefined) handlers.text?.(text)
  }
  parser.on('text', take)
  parser.on('cdata', take)
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  for (let at = 0; at < bytes.length; at += limits.listPieceBytes) {
    try {
      parser.write(utf8.decode(bytes.subarray(at, at + limits.listPieceBytes), { stream: true }))
    } catch (error) {
      if (error instanceof TypeError) return refuse('list.broken', 'не UTF-8 (not UTF-8)')
      throw error
    }
    if (state.refusal !== undefined) return state.refusal
    await turns.next()
  }
  parser.close()
  return state.refusal
}

function localOf(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
