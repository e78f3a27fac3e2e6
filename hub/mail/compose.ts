// Makes a letter of an invitation: subject, text and HTML, with whatever people wrote quoted, escaped and bounded.

import { join } from 'node:path'
import { Eta } from 'eta'
import { limits } from '../../schemas/limits.ts'
import type { InviteRow, LetterRow } from '../store/links/rows.ts'
import { type Language, type LetterFacts, letterWords } from './letter-words.ts'
import { oneLine, plainLines } from './plain-text.ts'

const views = join(import.meta.dirname, 'templates')
const html = new Eta({ views, cache: true, autoTrim: false, autoEscape: true })
/** Plain text has nothing to escape: its lines were made plain. */
const text = new Eta({ views, cache: true, autoTrim: false, autoEscape: false })

/** What a letter is made of. */
export type LetterMatter = {
  letter: Pick<LetterRow, 'kind' | 'language'>
  invite: Pick<InviteRow, 'sender_name' | 'sender_inn' | 'counterparty' | 'inn' | 'message'>
  /** Names for people of the operator the invitation went to, and of our own. */
  operator: string
  home: string
  link: { url: string; expiresAt: Date } | undefined
}

/** The words of a letter: both languages, that of the letter first. */
export function composeLetter(matter: LetterMatter): { subject: string; text: string; html: string } {
  const { kind, language } = matter.letter
  const facts = factsOf(matter)
  const order: readonly Language[] = language === 'ru' ? ['ru', 'en'] : ['en', 'ru']
  const { subject } = letterWords(kind, facts, language)
  const hasQuote = kind === 'asked' || kind === 'claim' || kind === 'readdressed'
  const lines =
    hasQuote && matter.invite.message !== null
      ? plainLines(matter.invite.message, limits.letterMessageLengthMax)
      : []
  const sections = order.map((one, index) => {
    const { subject: heading, ...words } = letterWords(kind, facts, one)
    // The message is nobody's translation: it stands once, in the first part.
    const quote = { label: quoteLabels[one], lines: index === 0 ? lines : [] }
    return { ...words, heading, language: one, quote, footer: footers[one](facts.home) }
  })
  const data = { subject, language, sections, url: facts.link?.url }
  return {
    subject,
    text: text.render('./letter.text.eta', data),
    html: html.render('./letter.html.eta', data),
  }
}

const quoteLabels: Readonly<Record<Language, string>> = {
  ru: 'Сообщение от приглашающего:',
  en: 'Message from the inviter:',
}

const footers: Readonly<Record<Language, (home: string) => string>> = {
  ru: (home) =>
    `Это письмо отправлено автоматически оператором ЭДО ${home} по просьбе его абонента. ` +
    'Отвечать на него не\u00a0нужно.',
  en: (home) =>
    `The EDI operator ${home} sent this letter automatically, at its subscriber's request. No reply is needed.`,
}

function factsOf({ invite, operator, home, link }: LetterMatter): LetterFacts {
  const line = (value: string) => oneLine(value, limits.letterNameLengthMax)
  return {
    inviter: { name: line(invite.sender_name), inn: line(invite.sender_inn) },
    invited: { id: line(invite.counterparty), inn: invite.inn === null ? undefined : line(invite.inn) },
    operator: line(operator),
    home: line(home),
    link,
  }
}
