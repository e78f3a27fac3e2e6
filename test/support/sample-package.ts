// A small honest message, and the entries it makes in a package.

import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import type { HostileEntry } from './hostile-zip.ts'

/** Ids of the sample message. */
export const sampleIds = {
  message: 'a'.repeat(32),
  document: 'b'.repeat(32),
  signature: 'c'.repeat(32),
} as const

export const sampleNamespace = 'https://roseu.org/upload/iblock/fc7/logical-message-v1.xsd'

const sender = '2ZA-7741377501-770101460-91317438960123236246'
const recipient = '2ZB0ca2ebd03975c4b2040c865effdf6ee0'

/** The description of the sample message; `edit` changes the text before it becomes bytes. */
export function sampleDescription(edit: (xml: string) => string = (xml) => xml): Uint8Array {
  const { document, signature } = sampleIds
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<Сообщение xmlns="${sampleNamespace}" Отправитель="${sender}" Получатель="${recipient}"
           ДатаОтправки="2026-10-01T09:00:00Z">
  <Документ ИдДокумента="${document}" ТипДокумента="Неформализованный" ИмяФайла="договор.pdf">
    <Номер>17</Номер>
    <Дата>2026-10-01</Дата>
  </Документ>
  <ЭП Подписант="${sender}" ИдЭП="${signature}" КДокументу="${document}"/>
</Сообщение>
`
  return Buffer.from(edit(xml), 'utf8')
}

/** receipts.xml with one success. */
export function sampleReceipts(edit: (xml: string) => string = (xml) => xml): Uint8Array {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<Квитанции xmlns="${sampleNamespace}" ДатаОтправки="2026-10-01T09:00:00Z" Получатель="2ZA">
  <Успех ИдЛС="${sampleIds.message}"/>
</Квитанции>
`
  return Buffer.from(edit(xml), 'utf8')
}

/** The three entries of a message folder: description, document, signature. */
export function sampleEntries(
  options: { folder?: string; description?: Uint8Array; body?: Uint8Array; signature?: Uint8Array } = {},
): HostileEntry[] {
  const folder = options.folder ?? sampleIds.message
  return [
    { name: `${folder}/description.xml`, content: options.description ?? sampleDescription() },
    { name: `${folder}/${sampleIds.document}.bin`, content: options.body ?? Buffer.from('a document') },
    {
      name: `${folder}/${sampleIds.signature}.p7s`,
      content: options.signature ?? Buffer.from('a signature'),
    },
  ]
}

/** An invitation to exchange. */
export function sampleInvitation(edit: (xml: string) => string = (xml) => xml): Uint8Array {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<Приглашение xmlns="${sampleNamespace}" ДатаОтправки="2026-10-01T09:00:00Z" Тип="Запрос">
  <ОргОтпр Ид="2ZA1" ИНН="7741377501" КПП="770101460" НаимОрг="ООО &quot;Ромашка&quot;"/>
  <ОргПол Ид="2ZB1"/>
  <Комментарий>Просим</Комментарий>
</Приглашение>
`
  return Buffer.from(edit(xml), 'utf8')
}

/** The result itself, when a test expects no refusal. */
export function accepted<T extends object>(result: T | Refusal): T {
  if (isRefusal(result)) throw new Error(`${result.code} ${result.at ?? ''}: ${result.seen}`)
  return result
}
