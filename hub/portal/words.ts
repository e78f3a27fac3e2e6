// What the pages of the portal say, in Russian and in English.

import type { Language } from '../mail/letter-words.ts'

const ru = {
  brand: 'Приглашение к ЭДО',
  other: { language: 'en', text: 'English' },
  errorPrefix: 'Ошибка',
  title: 'Приглашение к обмену электронными документами',
  invites: 'приглашает вашу организацию обмениваться электронными документами.',
  innOfInviter: 'ИНН',
  forInn: 'Приглашение предназначено организации с ИНН',
  notYours: 'Если это не ваша организация, закройте страницу.',
  message: 'Сообщение приглашающего',
  until: 'Ссылка действует до',
  once: 'Выбрать можно один раз.',
  choose: 'Выберите один из вариантов',
  joinTitle: 'Подключиться к оператору ЭДО',
  joinAbout: 'Если вы ещё не обмениваетесь электронными документами. Оператор свяжется с вами.',
  name: 'Название организации',
  nameHint: 'Например: ООО «Лютик»',
  kpp: 'КПП (необязательно)',
  kppHint: '9 знаков; нужен организации, не нужен предпринимателю',
  contact: 'Телефон или электронная почта',
  contactHint: 'Чтобы оператор мог с вами связаться',
  joinButton: 'Подключиться',
  idTitle: 'Указать идентификатор у другого оператора',
  idAbout: 'Если у вас уже есть ЭДО. Приглашение будет направлено вашему оператору.',
  id: 'Идентификатор участника ЭДО',
  idHint: 'Его показывает ваша система ЭДО в карточке организации; начинается с кода оператора, например 2BM',
  idButton: 'Отправить приглашение по идентификатору',
  declineTitle: 'Отказаться',
  declineAbout: 'Приглашающий узнает, что вы отказались. Документы от него к вам не поступят.',
  declineButton: 'Отклонить приглашение',
  problem: 'Проверьте заполнение',
  faults: {
    choice: 'Выберите один из вариантов',
    name: 'Укажите название организации: одна строка, не длиннее 250 знаков',
    kpp: 'КПП состоит из 9 знаков: четыре цифры, две цифры или заглавные латинские буквы, три цифры',
    contact: 'Укажите телефон или электронную почту: одна строка, не длиннее 200 знаков',
    id: 'Идентификатор содержит от 4 до 46 латинских букв, цифр и знаков. Скопируйте его целиком',
    'claim.text': 'Проверьте название, КПП и контакт: каждый записывается одной строкой',
    'claim.id': 'Идентификатор записан неверно. Скопируйте его целиком из своей системы ЭДО',
    'claim.operator':
      'Оператор с таким кодом неизвестен, или обмена с ним сейчас нет. Проверьте первые три знака идентификатора',
    'claim.home-id': 'Это идентификатор нашего оператора. Укажите идентификатор у другого оператора',
    'claim.own': 'Это идентификатор приглашающего. Укажите идентификатор своей организации',
    'claim.not-in-directory':
      'Такого участника нет в справочнике. Новый идентификатор может появиться там на следующий день',
  },
  done: {
    joined: {
      title: 'Спасибо! Заявка на подключение принята',
      text: 'Оператор свяжется с вами. Делать больше ничего не нужно.',
      id: 'Ваш идентификатор участника ЭДО',
    },
    asked: {
      title: 'Приглашение направлено вашему оператору',
      text: 'Теперь примите приглашение в своей системе ЭДО, и обмен откроется.',
      id: 'Идентификатор участника ЭДО',
    },
    application: {
      title: 'Спасибо! Ответ принят',
      text: 'С вашим оператором связь настраивается по заявке. Мы отправим её сами; это может занять несколько рабочих дней.',
      id: 'Идентификатор участника ЭДО',
    },
    declined: { title: 'Приглашение отклонено', text: 'Приглашающий узнает об этом.', id: '' },
  },
  operator: 'Оператор',
  close: 'Эту страницу можно закрыть.',
  refused: {
    unknown: {
      title: 'Ссылка не найдена',
      text: 'Откройте ссылку из письма ещё раз: она должна быть скопирована целиком. Если не помогло, попросите приглашающую организацию отправить письмо снова.',
    },
    expired: {
      title: 'Срок ссылки истёк',
      text: 'Попросите приглашающую организацию отправить письмо снова.',
    },
    used: {
      title: 'По этому приглашению уже ответили',
      text: 'Ссылкой можно воспользоваться один раз. Если отвечали не вы, узнайте у коллег или у приглашающей организации.',
    },
    many: { title: 'Слишком много запросов', text: 'Подождите минуту и откройте ссылку снова.' },
    wrong: { title: 'Запрос не понят', text: 'Откройте ссылку из письма и заполните форму ещё раз.' },
    later: {
      title: 'Сейчас не получилось',
      text: 'Попробуйте ещё раз через несколько минут. Ваш ответ не потерян: его ещё нет.',
    },
  },
} as const

/** The same shape with any words in it. */
type Told<Shape> = { readonly [K in keyof Shape]: Shape[K] extends string ? string : Told<Shape[K]> }
/** Words of the pages in one language. */
export type Words = Told<typeof ru>

const en: Words = {
  brand: 'EDI invitation',
  other: { language: 'ru', text: 'Русский' },
  errorPrefix: 'Error',
  title: 'Invitation to exchange electronic documents',
  invites: 'invites your organisation to exchange electronic documents.',
  innOfInviter: 'INN',
  forInn: 'The invitation is meant for the organisation with the INN',
  notYours: 'If this is not your organisation, close the page.',
  message: 'Message of the inviter',
  until: 'The link is good until',
  once: 'You can choose once.',
  choose: 'Choose one of these',
  joinTitle: 'Join the EDI operator',
  joinAbout: 'If you do not exchange electronic documents yet. The operator will contact you.',
  name: 'Name of your organisation',
  nameHint: 'For example: OOO Lyutik',
  kpp: 'KPP (optional)',
  kppHint: '9 characters; organisations have one, entrepreneurs have none',
  contact: 'Telephone or e-mail',
  contactHint: 'So that the operator can contact you',
  joinButton: 'Join',
  idTitle: 'Enter an id at another operator',
  idAbout: 'If you already use EDI. The invitation will go to your operator.',
  id: 'EDI participant id',
  idHint:
    'Your EDI system shows it in the card of the organisation; it starts with the operator code, for example 2BM',
  idButton: 'Send the invitation to this id',
  declineTitle: 'Decline',
  declineAbout: 'The inviter will know that you declined. Its documents will not reach you.',
  declineButton: 'Decline the invitation',
  problem: 'Check what you entered',
  faults: {
    choice: 'Choose one of these',
    name: 'Enter the name of your organisation: one line of 250 characters at most',
    kpp: 'A KPP has 9 characters: four digits, two digits or capital Latin letters, three digits',
    contact: 'Enter a telephone number or an e-mail: one line of 200 characters at most',
    id: 'An id has 4 to 46 Latin letters, digits and signs. Copy it whole',
    'claim.text': 'Check the name, the KPP and the contact: each is one line',
    'claim.id': 'The id has a wrong form. Copy it whole from your EDI system',
    'claim.operator':
      'The operator with this code is not known, or there is no exchange with it now. Check the first three characters',
    'claim.home-id': 'This is an id of our own operator. Enter an id at another operator',
    'claim.own': 'This is the id of the inviter. Enter the id of your own organisation',
    'claim.not-in-directory':
      'The directory does not know this participant. A new id may appear there the next day',
  },
  done: {
    joined: {
      title: 'Thank you! Your request to join was taken',
      text: 'The operator will contact you. There is nothing more you need to do.',
      id: 'Your EDI participant id',
    },
    asked: {
      title: 'The invitation went to your operator',
      text: 'Now accept the invitation in your EDI system, and the exchange will open.',
      id: 'EDI participant id',
    },
    application: {
      title: 'Thank you! Your answer was taken',
      text: 'A link with your operator is set up by an application. We send it ourselves; it may take some working days.',
      id: 'EDI participant id',
    },
    declined: { title: 'The invitation was declined', text: 'The inviter will know.', id: '' },
  },
  operator: 'Operator',
  close: 'You may close this page.',
  refused: {
    unknown: {
      title: 'The link was not found',
      text: 'Open the link of the letter again: it must be copied whole. If that does not help, ask the inviting organisation to send the letter again.',
    },
    expired: {
      title: 'The link has expired',
      text: 'Ask the inviting organisation to send the letter again.',
    },
    used: {
      title: 'This invitation was already answered',
      text: 'The link can be used once. If it was not you, ask your colleagues or the inviting organisation.',
    },
    many: { title: 'Too many requests', text: 'Wait a minute and open the link again.' },
    wrong: {
      title: 'The request was not understood',
      text: 'Open the link of the letter and fill in the form again.',
    },
    later: {
      title: 'It did not work just now',
      text: 'Try again in a few minutes. Your answer is not lost: there is none yet.',
    },
  },
}

/** The words of a language. */
export const words: Readonly<Record<Language, Words>> = { ru, en }

/** Fields of the forms, and refusals of the desk that are told at a field. */
export type FaultName = keyof Words['faults']
/** Pages that refuse. */
export type RefusedPage = keyof Words['refused']
