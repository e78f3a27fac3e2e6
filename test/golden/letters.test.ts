// The words of every letter, to the letter: test/golden/letters holds the text parts; HUB_TEST_WRITE_GOLDEN=1 writes them anew.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { composeLetter } from '../../hub/mail/compose.ts'
import type { LetterKind } from '../../hub/store/links/rows.ts'
import { sampleLetters } from '../support/sample-letters.ts'

const folder = join(import.meta.dirname, 'letters')
const isWriting = process.env['HUB_TEST_WRITE_GOLDEN'] === '1'

for (const kind of ['asked', 'claim', 'readdressed', 'linked', 'refused'] satisfies LetterKind[]) {
  for (const language of ['ru', 'en'] as const) {
    t.test(`the letter ${kind} says in ${language} what is written down`, async (t) => {
      const { subject, text } = composeLetter(sampleLetters(kind, language))
      const file = join(folder, `${kind}.${language}.txt`)
      const told = `${subject}\n\n${text}`
      mkdirSync(folder, { recursive: true })
      if (isWriting) writeFileSync(file, told)
      t.equal(told, readFileSync(file, 'utf8'))
    })
  }
}
