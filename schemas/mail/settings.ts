// Settings of letters and of the portal: where letters go, how often they are tried, where the pages are.

import { host, integer, pathOrNone, port } from '../setting-rows.ts'

const minute = 60_000
const day = 86_400_000

/** The groups `mail` and `portal`, and what people call our operator. */
export const mailSettingRows = {
  'home.operatorName': {
    type: 'text',
    default: undefined,
    pattern: /^[^\p{Cc}]{1,200}$/u,
    ru: 'Наименование собственного оператора для людей: в письмах и на страницах портала',
    en: 'Name of our own operator for people: in letters and on the pages of the portal',
  },

  'mail.smtpHost': {
    type: 'text',
    default: undefined,
    pattern: /^[0-9A-Za-z.:-]{1,253}$/,
    ru: 'Сервер SMTP; без него письма остаются файлами .eml в папке mail папки данных',
    en: 'The SMTP server; without it letters stay as .eml files in the folder mail of the data folder',
  },
  'mail.smtpPort': integer(
    { default: 587, min: 1, max: 65_535, unit: '' },
    'Порт сервера SMTP',
    'Port of the SMTP server',
  ),
  'mail.tls': {
    type: 'choice',
    default: 'starttls',
    values: ['starttls', 'implicit', 'none'],
    ru: 'Защита соединения: STARTTLS обязателен, TLS с начала (порт 465) или без защиты',
    en: 'Protection: STARTTLS required, TLS from the start (port 465), or none',
  },
  'mail.caFile': pathOrNone(
    'Удостоверяющие центры сервера SMTP (PEM); без него — системные',
    'Authorities of the SMTP server (PEM); without it those of the system',
  ),
  'mail.user': {
    type: 'text',
    default: undefined,
    pattern: /^[^\p{Cc}]{1,200}$/u,
    ru: 'Имя входа на сервер SMTP; вместе с mail.password',
    en: 'Login at the SMTP server; together with mail.password',
  },
  'mail.password': {
    type: 'text',
    default: undefined,
    pattern: /^[^\p{Cc}]{1,500}$/u,
    secret: true,
    ru: 'Пароль на сервере SMTP',
    en: 'Password at the SMTP server',
  },
  'mail.allowPrivateAddresses': {
    type: 'boolean',
    default: true,
    ru: 'Разрешить серверу SMTP частный или локальный адрес: почтовый сервер обычно свой',
    en: 'Allow a private or loopback address of the SMTP server: a relay is usually of the house',
  },
  'mail.from': {
    type: 'text',
    default: undefined,
    pattern: /^[^\s\p{Cc}<>"(),:;]{3,254}$/u,
    ru: 'Адрес, от которого идут письма; обязателен вместе с mail.smtpHost',
    en: 'The address letters come from; required with mail.smtpHost',
  },
  'mail.connectionsMax': integer(
    { default: 2, min: 1, max: 20, unit: 'connections' },
    'Сколько писем отправляется одновременно',
    'How many letters are sent at once',
  ),
  'mail.pollMs': integer(
    { default: 10_000, min: 10, max: 10 * minute, unit: 'ms' },
    'Как часто искать письма, которые пора отправить, если не разбудили раньше',
    'How often letters that are due are looked for when nothing wakes the hub earlier',
  ),
  'mail.retryMs': {
    type: 'list',
    default: ['60000', '300000', '1800000', '7200000', '21600000'],
    pattern: /^[1-9][0-9]{0,8}$/,
    itemsMax: 20,
    ru: 'Паузы перед повторами, в мс; последняя повторяется',
    en: 'Pauses before retries, ms; the last one repeats',
  },
  'mail.retryForMs': integer(
    { default: 3 * day, min: 0, max: 30 * day, unit: 'ms' },
    'Сколько пробовать доставить письмо; потом оно считается недоставленным',
    'For how long a letter is tried; then it counts as not delivered',
  ),
  'mail.keepMs': integer(
    { default: 90 * day, min: 1 * minute, max: 3660 * day, unit: 'ms' },
    'Сколько хранятся отправленные и недоставленные письма с их адресами',
    'For how long letters that were sent or not delivered are kept, with their addresses',
  ),

  'portal.host': host('Адрес портала приглашённых', 'Address of the portal of the invited'),
  'portal.port': port(8084, 'Порт портала; 0 — свободный', 'Port of the portal; 0: any free'),
  'portal.publicAddress': {
    type: 'url',
    default: undefined,
    schemes: ['http:', 'https:'],
    ru: 'Адрес портала для приглашённых: он стоит в ссылках писем; без него — http://host:port',
    en: "The portal's address for the invited, in the links of letters; without it http://host:port",
  },
  'portal.trustedProxies': integer(
    { default: 0, min: 0, max: 5, unit: 'proxies' },
    'Сколько своих обратных прокси стоит перед порталом: от них берётся адрес посетителя (X-Forwarded-For)',
    'How many reverse proxies of ours stand before the portal: from them the address of a visitor is taken',
  ),
  'portal.missesPerMinuteMax': integer(
    { default: 20, min: 1, max: 10_000, unit: 'misses' },
    'Сколько неверных ссылок в минуту прощается одному адресу; сверх того — 429',
    'How many wrong links a minute one address is forgiven; beyond it 429',
  ),
  'portal.postsPerMinuteMax': integer(
    { default: 600, min: 1, max: 100_000, unit: 'requests' },
    'Сколько ответов в минуту принимает портал; сверх того — 429',
    'How many answers a minute the portal takes; beyond it 429',
  ),
} as const
