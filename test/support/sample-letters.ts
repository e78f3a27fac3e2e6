// Letters as they look in the documents: the same facts for the golden texts, the browser and its pictures.

import type { LetterMatter } from '../../hub/mail/compose.ts'
import type { LetterKind } from '../../hub/store/links/rows.ts'

/** The matter of a letter of a kind. */
export function sampleLetters(kind: LetterKind, language: 'ru' | 'en' = 'ru'): LetterMatter {
  return {
    letter: { kind, language },
    invite: {
      sender_name: 'ООО «Ромашка»',
      sender_inn: '7707083893',
      counterparty: '2BM-7736050003-773601001-202611270001',
      inn: '7736050003',
      message: 'Добрый день!\nС 1 декабря отправляем документы только в электронном виде.',
    },
    operator: 'АО «Оператор А»',
    home: 'ООО «Оператор Б»',
    link:
      kind === 'claim'
        ? {
            url: 'https://edo.example.ru/claim/ZGVtb25zdHJhdGlvbi10b2tlbi1ub3QtYS1zZWNyZXQ',
            expiresAt: new Date('2026-12-11T15:00:00Z'),
          }
        : undefined,
  }
}
