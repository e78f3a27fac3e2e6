// The table of contradictions: settings that are each allowed but not together.

import { parseEmail } from '../../schemas/mail/email.ts'
import type { SettingName, Settings } from '../../schemas/settings.ts'

type Contradiction = {
  names: readonly SettingName[]
  holds: (settings: Settings, isGiven: (name: SettingName) => boolean) => boolean
  ru: string
  en: string
}

const planePairs = [
  ['partner', 'admin'],
  ['partner', 'internal'],
  ['admin', 'internal'],
  ['partner', 'portal'],
  ['admin', 'portal'],
  ['internal', 'portal'],
] as const

const rows: readonly Contradiction[] = [
  {
    names: ['database.url', 'database.embeddedOutsideFolder'],
    holds: (_, isGiven) => isGiven('database.url') && isGiven('database.embeddedOutsideFolder'),
    ru: 'задана и внешняя, и встроенная база',
    en: 'an outside and an embedded database are given',
  },
  ...planePairs.map(
    ([one, other]): Contradiction => ({
      names: [`${one}.port`, `${other}.port`],
      holds: (settings) => meet(settings[one], settings[other]),
      ru: 'один и тот же порт на пересекающихся адресах',
      en: 'the same port on addresses that overlap',
    }),
  ),
  {
    names: ['mail.smtpHost', 'mail.from'],
    holds: ({ mail }) => mail.smtpHost !== undefined && mail.from === undefined,
    ru: 'серверу SMTP нужен адрес отправителя',
    en: 'an SMTP server needs the address letters come from',
  },
  {
    names: ['mail.smtpHost', 'portal.publicAddress'],
    holds: ({ mail, portal }) => mail.smtpHost !== undefined && portal.publicAddress === undefined,
    ru: 'в письмах нужен адрес портала, который откроется у приглашённого',
    en: 'letters need an address of the portal that the invited can open',
  },
  {
    names: ['mail.from'],
    holds: ({ mail }) => mail.from !== undefined && parseEmail(mail.from) === undefined,
    ru: 'это не адрес электронной почты',
    en: 'this is no e-mail address',
  },
  {
    names: ['mail.user', 'mail.password'],
    holds: ({ mail }) => (mail.user === undefined) !== (mail.password === undefined),
    ru: 'имя и пароль задаются только вместе',
    en: 'the login and the password are given together or not at all',
  },
  {
    names: ['mail.user', 'mail.tls'],
    holds: ({ mail }) => mail.user !== undefined && mail.tls === 'none',
    ru: 'пароль не передаётся без защиты соединения',
    en: 'no password goes over a connection without protection',
  },
  {
    names: ['internal.tlsCertificateFile', 'internal.tlsKeyFile'],
    holds: ({ internal }) =>
      (internal.tlsCertificateFile === undefined) !== (internal.tlsKeyFile === undefined),
    ru: 'сертификат и ключ TLS задаются только вместе',
    en: 'the TLS certificate and key are given together or not at all',
  },
  {
    names: ['home.answeringCodes', 'home.codes'],
    holds: ({ home }) => {
      const own = new Set(home.codes.map((code) => code.toUpperCase()))
      return home.answeringCodes.some((code) => !own.has(code.toUpperCase()))
    },
    ru: 'код, чья служба отвечает сама, не среди своих кодов',
    en: 'a code whose service answers itself is not among the home codes',
  },
  {
    names: ['identity.certificateFile', 'identity.keyFile'],
    holds: ({ identity }) => (identity.certificateFile === undefined) !== (identity.keyFile === undefined),
    ru: 'сертификат и ключ задаются только вместе',
    en: 'the certificate and the key are given together or not at all',
  },
  {
    names: ['partner.tlsCertificateFile', 'partner.tlsKeyFile'],
    holds: ({ partner }) => (partner.tlsCertificateFile === undefined) !== (partner.tlsKeyFile === undefined),
    ru: 'сертификат и ключ TLS задаются только вместе',
    en: 'the TLS certificate and key are given together or not at all',
  },
  {
    names: ['partner.tlsClientCaFile', 'partner.tlsCertificateFile'],
    holds: ({ partner }) => partner.tlsClientCaFile !== undefined && partner.tlsCertificateFile === undefined,
    ru: 'сертификаты клиентов проверяются только по HTTPS',
    en: 'certificates of clients are checked over HTTPS only',
  },
  {
    names: ['outbound.clientCertificateFile', 'outbound.clientKeyFile'],
    holds: ({ outbound }) =>
      (outbound.clientCertificateFile === undefined) !== (outbound.clientKeyFile === undefined),
    ru: 'сертификат и ключ TLS задаются только вместе',
    en: 'the TLS certificate and key are given together or not at all',
  },
  {
    names: ['admin.token', 'admin.tokenFile'],
    holds: (_, isGiven) => isGiven('admin.token') && isGiven('admin.tokenFile'),
    ru: 'ключ доступа задан дважды',
    en: 'the token is given twice',
  },
]

/** The contradictions found in settings that are each valid. `isGiven` tells a given setting from a default. */
export function contradictions(
  settings: Settings,
  isGiven: (name: SettingName) => boolean,
): { name: string; source: string; ru: string; en: string }[] {
  return rows
    .filter((row) => row.holds(settings, isGiven))
    .map(({ names, ru, en }) => ({ name: names.join(', '), source: 'contradiction', ru, en }))
}

type Place = { host: string; port: number }

/** Two listeners meet when their ports are equal and one of them listens everywhere or both on the same address. */
function meet(one: Place, other: Place): boolean {
  if (one.port === 0 || one.port !== other.port) return false
  return isEverywhere(one.host) || isEverywhere(other.host) || plainHost(one.host) === plainHost(other.host)
}

function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function plainHost(host: string): string {
  return host.toLowerCase() === 'localhost' ? '127.0.0.1' : host.toLowerCase()
}
