// The page of refusals, from schemas/refusals.ts: what partners and engineers look up at night.

import { type RefusalCode, refusalRow, refusals } from '../../schemas/refusals.ts'
import { bilingual, code, markdownPage, markdownTable } from './markdown.ts'

const intro = `Каждый отказ хаба имеет код. Ответ на пакет (ТрК) — строка \`код: текст (text): что
увидено. Что делать. (What to do.)\`; так же сказано в технологической квитанции (ТК). Класс: **permanent** — те
же байты всегда получат тот же ответ, он хранится; **configuration** — до изменения настроек обмена;
**transient** — можно повторить то же самое. Без статуса — сообщается технологической квитанцией или служит
причиной задержания и партнёру сам по себе не сообщается.

Every refusal of the hub has a code. The answer to a package is one line: \`code: Russian text (English
text): what was seen. Russian advice. (English advice.)\`; a processing receipt says it so too. Class:
**permanent** — the same bytes always get the same, stored answer; **configuration** — until our settings of the
exchange change; **transient** — try the same again. Without a status: told by a processing receipt, or a reason
to hold, which is not told to a partner by itself.`

const faultText = {
  sender: 'отправитель (sender)',
  'next-operator': 'оператор получателя (next operator)',
  configuration: 'настройка (configuration)',
  hub: 'хаб (hub)',
} as const

/** docs/generated/refusals.md */
export function refusalsPage(): string {
  const places = new Map<string, RefusalCode[]>()
  for (const name of Object.keys(refusals) as RefusalCode[]) {
    const place = name.split('.')[0] ?? ''
    places.set(place, [...(places.get(place) ?? []), name])
  }
  const parts = [...places].map(([place, codes]) => `## ${place}\n\n${placeTable(codes)}`)
  return markdownPage({
    title: 'Отказы хаба (refusals)',
    source: 'schemas/refusals.ts',
    parts: [intro, ...parts],
  })
}

function placeTable(codes: readonly RefusalCode[]): string {
  return markdownTable(
    ['Код', 'Статус', 'Чья ошибка', 'Класс', 'Что случилось', 'Что делать'],
    codes.map((name) => {
      const row = refusalRow(name)
      return [
        code(name),
        String(row.status ?? ''),
        faultText[row.fault],
        row.class,
        bilingual(row),
        bilingual(row.advice),
      ]
    }),
  )
}
