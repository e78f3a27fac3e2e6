// Messages whose description.xml says what the composer would not write.

import assert from 'node:assert/strict'
import type { SimulatedMessage } from '../../hub/simulate/messages.ts'

/** The message with another description.xml. Its contentSha256 is not that of the original any more. */
export function editDescription(message: SimulatedMessage, edit: (xml: string) => string): SimulatedMessage {
  const parts = message.parts.map((part) => {
    if (!part.name.endsWith('/description.xml')) return part
    assert('bytes' in part)
    const text = edit(Buffer.from(part.bytes).toString('utf8'))
    return { ...part, bytes: Buffer.from(text, 'utf8') }
  })
  return { ...message, parts }
}
