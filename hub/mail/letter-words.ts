// What letters say, by kind and language; the templates lay it out, as text and as HTML.

import type { LetterKind } from '../store/links/rows.ts'

/** Languages of letters and pages. */
export type Language = 'ru' | 'en'

/** What a letter may tell. Every text is one plain line. */
export type LetterFacts = {
  inviter: { name: string; inn: string }
  /** Whom the invitation is for, as far as it is known. */
  invited: { id: string; inn: string | undefined }
  /** The operator the invitation went to. */
  operator: string
  /** Our own operator. */
  home: string
  link: { url: string; expiresAt: Date } | undefined
}

/** The words of one letter in one language, in the order they stand. The button stands between the two lists. */
export type LetterWords = {
  subject: string
  paragraphs: readonly string[]
  button: string | undefined
  after: readonly string[]
}

type Tell = (facts: LetterFacts) => Omit<LetterWords, 'button'>

const ru: Readonly<Record<LetterKind, Tell>> = {
  asked: ({ inviter, invited, operator }) => ({
    subject: `Приглашение к обмену электронными документами: ${inviter.name}`,
    paragraphs: [
      `${inviter.name} (ИНН\u00a0${inviter.inn}) приглашает вашу организацию${withInn(invited.inn)} обмениваться электронными документами.`,
      `Приглашение направлено вашему оператору ЭДО: ${operator}. Идентификатор вашей организации: ${invited.id}.`,
      'Пожалуйста, примите приглашение в своей системе ЭДО как можно скорее: до этого документы от приглашающей организации поступать не\u00a0будут.',
    ],
    after: [
      'Если вы не\u00a0хотите обмениваться документами с этой организацией, отклоните приглашение там же.',
    ],
  }),
  claim: ({ inviter, invited, home, link }) => ({
    subject: `Приглашение к обмену электронными документами: ${inviter.name}`,
    paragraphs: [
      `${inviter.name} (ИНН\u00a0${inviter.inn}) приглашает вашу организацию${withInn(invited.inn)} обмениваться электронными документами.`,
      `Чтобы ответить, откройте страницу по ссылке ниже. На ней можно подключиться к оператору ЭДО ${home}, указать свой идентификатор у другого оператора или отклонить приглашение.`,
      'Пожалуйста, ответьте как можно скорее: до этого документы от приглашающей организации поступать не\u00a0будут.',
    ],
    after: [
      ...(link === undefined
        ? []
        : [
            `Ссылка действует до ${momentText(link.expiresAt, 'ru')}, воспользоваться ею можно только один раз. Не\u00a0пересылайте это письмо: ответить сможет каждый, у кого есть ссылка.`,
          ]),
    ],
  }),
  readdressed: ({ inviter, invited, operator }) => ({
    subject: `Приглашение направлено вашему оператору ЭДО: ${inviter.name}`,
    paragraphs: [
      `${inviter.name} (ИНН\u00a0${inviter.inn}) приглашает вашу организацию${withInn(invited.inn)} обмениваться электронными документами.`,
      `Теперь приглашение направлено оператору ЭДО: ${operator}. Идентификатор вашей организации: ${invited.id}.`,
      'Пожалуйста, примите приглашение в своей системе ЭДО как можно скорее: до этого документы от приглашающей организации поступать не\u00a0будут.',
    ],
    after: [],
  }),
  linked: ({ inviter, invited }) => ({
    subject: `Обмен электронными документами открыт: ${inviter.name}`,
    paragraphs: [
      `Ваша организация${withInn(invited.inn)} и ${inviter.name} (ИНН\u00a0${inviter.inn}) теперь могут обмениваться электронными документами.`,
      'Ничего делать не\u00a0нужно: документы появятся в вашей системе ЭДО.',
    ],
    after: [],
  }),
  refused: ({ inviter, invited }) => ({
    subject: `Приглашение к обмену документами отклонено: ${inviter.name}`,
    paragraphs: [
      `Приглашение к обмену электронными документами, направленное вашей организации${withInn(invited.inn)}, отклонено. Кто приглашал: ${inviter.name} (ИНН\u00a0${inviter.inn}).`,
      'Если это ошибка, попросите эту организацию пригласить вас ещё раз.',
    ],
    after: [],
  }),
}

const en: Readonly<Record<LetterKind, Tell>> = {
  asked: ({ inviter, invited, operator }) => ({
    subject: `Invitation to exchange electronic documents: ${inviter.name}`,
    paragraphs: [
      `${inviter.name} (INN\u00a0${inviter.inn}) invites your organisation${withInnEn(invited.inn)} to exchange electronic documents.`,
      `The invitation went to your EDI operator: ${operator}. The id of your organisation: ${invited.id}.`,
      'Please accept it in your EDI system as soon as you can: until then no documents of the inviting organisation will reach you.',
    ],
    after: ['If you do not want to exchange documents with this organisation, decline the invitation there.'],
  }),
  claim: ({ inviter, invited, home, link }) => ({
    subject: `Invitation to exchange electronic documents: ${inviter.name}`,
    paragraphs: [
      `${inviter.name} (INN\u00a0${inviter.inn}) invites your organisation${withInnEn(invited.inn)} to exchange electronic documents.`,
      `To answer, open the page behind the link below. There you can join the EDI operator ${home}, enter your id at another operator, or decline the invitation.`,
      'Please answer as soon as you can: until then no documents of the inviting organisation will reach you.',
    ],
    after: [
      ...(link === undefined
        ? []
        : [
            `The link is valid until ${momentText(link.expiresAt, 'en')} and can be used only once. Do not forward this letter: whoever has the link can answer.`,
          ]),
    ],
  }),
  readdressed: ({ inviter, invited, operator }) => ({
    subject: `The invitation went to your EDI operator: ${inviter.name}`,
    paragraphs: [
      `${inviter.name} (INN\u00a0${inviter.inn}) invites your organisation${withInnEn(invited.inn)} to exchange electronic documents.`,
      `The invitation has now gone to the EDI operator: ${operator}. The id of your organisation: ${invited.id}.`,
      'Please accept it in your EDI system as soon as you can: until then no documents of the inviting organisation will reach you.',
    ],
    after: [],
  }),
  linked: ({ inviter, invited }) => ({
    subject: `Exchange of electronic documents is open: ${inviter.name}`,
    paragraphs: [
      `Your organisation${withInnEn(invited.inn)} and ${inviter.name} (INN\u00a0${inviter.inn}) can now exchange electronic documents.`,
      'There is nothing you need to do. Documents will appear in your EDI system.',
    ],
    after: [],
  }),
  refused: ({ inviter, invited }) => ({
    subject: `Invitation declined: ${inviter.name}`,
    paragraphs: [
      `The invitation of your organisation${withInnEn(invited.inn)} to exchange electronic documents was declined. The inviter: ${inviter.name} (INN\u00a0${inviter.inn}).`,
      'If this is a mistake, ask that organisation to invite you again.',
    ],
    after: [],
  }),
}

const buttons: Readonly<Record<Language, string>> = {
  ru: 'Ответить на приглашение',
  en: 'Answer the invitation',
}

const greetings: Readonly<Record<Language, string>> = { ru: 'Здравствуйте!', en: 'Hello,' }

/** The words of a letter in a language. */
export function letterWords(kind: LetterKind, facts: LetterFacts, language: Language): LetterWords {
  const words = (language === 'ru' ? ru : en)[kind](facts)
  const paragraphs = [greetings[language], ...words.paragraphs]
  return { ...words, paragraphs, button: facts.link === undefined ? undefined : buttons[language] }
}

/** A moment for people, in Moscow time: 12 декабря 2026 г. в 18:00 (МСК). */
export function momentText(moment: Date, language: Language): string {
  const format = new Intl.DateTimeFormat(language === 'ru' ? 'ru-RU' : 'en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'Europe/Moscow',
  })
  return `${format.format(moment)} (${language === 'ru' ? 'МСК' : 'Moscow time'})`
}

function withInn(inn: string | undefined): string {
  return inn === undefined ? '' : ` (ИНН\u00a0${inn})`
}

function withInnEn(inn: string | undefined): string {
  return inn === undefined ? '' : ` (INN\u00a0${inn})`
}
