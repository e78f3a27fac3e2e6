// What the pages of the portal say, in Russian and in English.

import type { Language } from '../mail/letter-words.ts'

const ru = {
  brand: 'Электронный документооборот',
  other: { language: 'en', text: 'English' },
  errorPrefix: 'Ошибка',
  title: 'Приглашение к обмену электронными документами',
  invites: 'приглашает вашу организацию обмениваться электронными документами.',
  innOfInviter: 'ИНН',
  forInn: 'Приглашение предназначено для организации с ИНН',
  notYours: 'Если это не ваша организация, просто закройте страницу.',
  message: 'Сообщение от приглашающего',
  until: 'Ссылка действует до',
  once: 'Ответить можно только один раз.',
  choose: 'Выберите один из вариантов ответа',
  joinTitle: 'Подключиться к оператору ЭДО',
  joinAbout:
    'Если ваша организация ещё не обменивается электронными документами. Оператор свяжется с вами и поможет подключиться.',
  name: 'Наименование организации',
  nameHint: 'Для предпринимателя — фамилия, имя и отчество. Например: ООО\u00a0«Лютик»',
  kpp: 'КПП (необязательно)',
  kppHint: '9 знаков. У предпринимателей КПП нет',
  contact: 'Телефон или электронная почта',
  contactHint: 'По ним оператор свяжется с вами',
  joinButton: 'Подключиться',
  idTitle: 'Указать свой идентификатор у другого оператора',
  idAbout:
    'Если ваша организация уже обменивается электронными документами. Приглашение будет направлено вашему оператору ЭДО.',
  id: 'Идентификатор участника ЭДО',
  idHint: 'Указан в карточке вашей организации в системе ЭДО. Начинается с кода оператора — например, 2BM',
  idButton: 'Направить приглашение',
  declineTitle: 'Отклонить приглашение',
  declineAbout: 'Приглашающий узнает об отказе. Электронные документы от него поступать не\u00a0будут.',
  declineButton: 'Отклонить приглашение',
  problem: 'Исправьте ошибки',
  faults: {
    choice: 'Выберите один из вариантов ответа',
    name: 'Укажите наименование организации — одной строкой, не\u00a0длиннее 250\u00a0знаков',
    kpp: 'Проверьте КПП: в нём 9\u00a0знаков, например 773601001',
    contact: 'Укажите телефон или электронную почту — одной строкой, не\u00a0длиннее 200\u00a0знаков',
    id: 'Укажите идентификатор полностью: от 4 до 46 латинских букв, цифр и знаков',
    'claim.text': 'Проверьте наименование, КПП и контакт: каждое поле заполняется одной строкой',
    'claim.id': 'Идентификатор записан неверно. Скопируйте его полностью из своей системы ЭДО',
    'claim.operator':
      'Оператор с таким кодом нам неизвестен, или обмен с ним сейчас невозможен. Проверьте первые три знака идентификатора',
    'claim.home-id': 'Это идентификатор абонента нашего оператора. Укажите идентификатор у другого оператора',
    'claim.own': 'Это идентификатор приглашающего. Укажите идентификатор своей организации',
    'claim.not-in-directory':
      'Такого идентификатора нет в справочнике участников ЭДО. Новый идентификатор может появиться в нём на следующий день',
  },
  done: {
    joined: {
      title: 'Спасибо! Заявка на подключение принята',
      text: 'Оператор свяжется с вами. Больше ничего делать не\u00a0нужно.',
      id: 'Ваш идентификатор участника ЭДО',
    },
    asked: {
      title: 'Приглашение направлено вашему оператору ЭДО',
      text: 'Теперь примите приглашение в своей системе ЭДО. После этого можно будет обмениваться документами.',
      id: 'Идентификатор участника ЭДО',
    },
    application: {
      title: 'Спасибо! Ответ принят',
      text: 'Обмен с вашим оператором настраивается по заявке. Мы отправим её сами. Настройка может занять несколько рабочих дней.',
      id: 'Идентификатор участника ЭДО',
    },
    declined: { title: 'Приглашение отклонено', text: 'Приглашающий узнает об этом.', id: '' },
  },
  operator: 'Оператор ЭДО',
  close: 'Эту страницу можно закрыть.',
  refused: {
    unknown: {
      title: 'Ссылка не найдена',
      text: 'Откройте ссылку из письма ещё раз и проверьте, что она скопирована полностью. Если это не\u00a0поможет, попросите приглашающую организацию отправить письмо повторно.',
    },
    expired: {
      title: 'Срок действия ссылки истёк',
      text: 'Попросите приглашающую организацию отправить письмо повторно.',
    },
    used: {
      title: 'На это приглашение уже ответили',
      text: 'Ссылкой можно воспользоваться только один раз. Если отвечали не\u00a0вы, уточните у коллег или у приглашающей организации.',
    },
    many: { title: 'Слишком много запросов', text: 'Подождите минуту и откройте ссылку ещё раз.' },
    wrong: {
      title: 'Не удалось обработать запрос',
      text: 'Откройте ссылку из письма и заполните форму ещё раз.',
    },
    later: {
      title: 'Страница временно недоступна',
      text: 'Повторите попытку через несколько минут. Если вы отправляли ответ, он ещё не\u00a0принят.',
    },
  },
} as const

/** The same shape with any words in it. */
type Told<Shape> = { readonly [K in keyof Shape]: Shape[K] extends string ? string : Told<Shape[K]> }
/** Words of the pages in one language. */
export type Words = Told<typeof ru>

const en: Words = {
  brand: 'Electronic document interchange',
  other: { language: 'ru', text: 'Русский' },
  errorPrefix: 'Error',
  title: 'Invitation to exchange electronic documents',
  invites: 'invites your organisation to exchange electronic documents.',
  innOfInviter: 'INN',
  forInn: 'The invitation is meant for the organisation with INN',
  notYours: 'If this is not your organisation, simply close the page.',
  message: 'Message from the inviter',
  until: 'The link is valid until',
  once: 'You can answer only once.',
  choose: 'Choose one of these answers',
  joinTitle: 'Join the EDI operator',
  joinAbout:
    'If your organisation does not exchange electronic documents yet. The operator will contact you and help you to join.',
  name: 'Name of your organisation',
  nameHint: 'For an entrepreneur, the full name. For example: OOO Lyutik',
  kpp: 'KPP (optional)',
  kppHint: '9 characters. Entrepreneurs have no KPP',
  contact: 'Telephone or e-mail',
  contactHint: 'So that the operator can contact you',
  joinButton: 'Join',
  idTitle: 'Enter your id at another operator',
  idAbout:
    'If your organisation already exchanges electronic documents. The invitation will go to your EDI operator.',
  id: 'EDI participant id',
  idHint:
    'Shown on the card of your organisation in your EDI system. It starts with the operator code, for example 2BM',
  idButton: 'Send the invitation there',
  declineTitle: 'Decline the invitation',
  declineAbout: 'The inviter will know that you declined. No electronic documents will come from it.',
  declineButton: 'Decline the invitation',
  problem: 'Correct the mistakes',
  faults: {
    choice: 'Choose one of these answers',
    name: 'Enter the name of your organisation: one line of 250 characters at most',
    kpp: 'Check the KPP: it has 9 characters, for example 773601001',
    contact: 'Enter a telephone number or an e-mail: one line of 200 characters at most',
    id: 'Enter the whole id: 4 to 46 Latin letters, digits and signs',
    'claim.text': 'Check the name, the KPP and the contact: each is one line',
    'claim.id': 'The form of the id is wrong. Copy the whole id from your EDI system',
    'claim.operator':
      'The operator with this code is not known to us, or no exchange with it is possible now. Check the first three characters',
    'claim.home-id': 'This is the id of a subscriber of our own operator. Enter an id at another operator',
    'claim.own': 'This is the id of the inviter. Enter the id of your own organisation',
    'claim.not-in-directory':
      'The directory of EDI participants does not have this id. A new id may appear there the next day',
  },
  done: {
    joined: {
      title: 'Thank you! Your request to join was accepted',
      text: 'The operator will contact you. There is nothing more you need to do.',
      id: 'Your EDI participant id',
    },
    asked: {
      title: 'The invitation went to your EDI operator',
      text: 'Now accept the invitation in your EDI system. After that you can exchange documents.',
      id: 'EDI participant id',
    },
    application: {
      title: 'Thank you! Your answer was accepted',
      text: 'Exchange with your operator is set up by an application. We will send it ourselves. It may take several working days.',
      id: 'EDI participant id',
    },
    declined: { title: 'The invitation was declined', text: 'The inviter will know.', id: '' },
  },
  operator: 'EDI operator',
  close: 'You may close this page.',
  refused: {
    unknown: {
      title: 'The link was not found',
      text: 'Open the link from the letter again and check that all of it was copied. If that does not help, ask the inviting organisation to send the letter again.',
    },
    expired: {
      title: 'The link has expired',
      text: 'Ask the inviting organisation to send the letter again.',
    },
    used: {
      title: 'This invitation has already been answered',
      text: 'The link can be used only once. If it was not you who answered, ask your colleagues or the inviting organisation.',
    },
    many: { title: 'Too many requests', text: 'Wait a minute and open the link again.' },
    wrong: {
      title: 'The request could not be processed',
      text: 'Open the link from the letter and fill in the form again.',
    },
    later: {
      title: 'The page is temporarily unavailable',
      text: 'Try again in a few minutes. If you sent an answer, it has not been accepted yet.',
    },
  },
}

/** The words of a language. */
export const words: Readonly<Record<Language, Words>> = { ru, en }

/** Fields of the forms, and refusals of the desk that are told at a field. */
export type FaultName = keyof Words['faults']
/** Pages that refuse. */
export type RefusedPage = keyof Words['refused']
