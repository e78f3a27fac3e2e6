// Says in words of a page what a property of a schema may hold.

import { code } from './markdown.ts'

/** A property of a schema as far as pages tell of it. */
export type Shape = {
  default?: unknown
  description?: string
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  anyOf?: { const?: unknown }[]
  items?: { minimum?: number; type?: string }
  type?: string
  pattern?: string
}

/** The kind of value. */
export function kindOf(shape: Shape): string {
  if (shape.anyOf !== undefined) return shape.anyOf.map((one) => code(String(one.const))).join(', ')
  if (shape.type === 'boolean') return '`true`, `false`'
  if (shape.type === 'array') {
    const what = shape.items?.type === 'string' ? 'текстов (texts)' : `чисел от ${shape.items?.minimum}`
    return `${shape.minItems}…${shape.maxItems} ${what}`
  }
  if (shape.type === 'string') return 'текст (text)'
  return `целое ${shape.minimum}…${shape.maximum ?? ''}`
}
