// What came of an invitation, as the internal API says it.

import { Type } from 'typebox'

/** In a word; the answers have the words of people beside it. */
export const Outcome = Type.Union(
  [Type.Literal('asked'), Type.Literal('linked'), Type.Literal('unclaimed'), Type.Literal('application')],
  {
    description: 'asked: Запрос отправлен; linked: уже связаны; unclaimed: письмо; application: нужна заявка',
  },
)
