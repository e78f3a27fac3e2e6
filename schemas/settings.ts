// The table of settings: each with its type, unit, bounds, default and meaning; the type Settings is derived.

import { bulkSettingRows } from './bulk/settings.ts'
import { directorySettingRows } from './directory/settings.ts'
import { inviteSettingRows } from './invites/settings.ts'
import { limits } from './limits.ts'
import { linkSettingRows } from './links/settings.ts'
import { mailSettingRows } from './mail/settings.ts'
import { host, integer, pathBelow, pathOrNone, port, type SettingRow } from './setting-rows.ts'
import { trustSettingRows } from './settings-trust.ts'

const mebibyte = 1024 * 1024

/** All settings by name `group.setting`. Add a row here and run `npm run docs`; nothing else is needed. */
const settingRows = {
  'data.folder': pathBelow('project', 'data', 'Папка данных хаба', 'The folder of all data of the hub'),

  'database.url': {
    type: 'url',
    default: undefined,
    schemes: ['postgres:', 'postgresql:'],
    secret: true,
    ru: 'Внешний PostgreSQL 15+; без него запускается встроенный',
    en: 'An outside PostgreSQL 15+; without it the embedded one is started',
  },
  'database.connectionsMax': integer(
    { default: 10, min: 2, max: 500, unit: 'connections' },
    'Сколько соединений с базой держит хаб',
    'How many connections to the database the hub keeps',
  ),
  'database.embeddedOutsideFolder': pathBelow(
    'data',
    '/var/lib/edo-roaming-hub',
    'Где лежит встроенный PostgreSQL, если хаб запущен от root, а папка данных закрыта для других',
    'Where the embedded PostgreSQL lies when the hub runs as root and the data folder is closed to others',
  ),

  'partner.host': host(
    'Адрес, на котором принимаются пакеты партнёров',
    'Address where packages of partners are taken',
  ),
  'partner.port': port(
    8080,
    'Порт приёма пакетов; 0 — свободный',
    'Port where packages are taken; 0: any free',
  ),
  'partner.publicAddress': {
    type: 'url',
    default: undefined,
    schemes: ['http:', 'https:'],
    ru: 'Адрес хаба для партнёров: он ставится в Send-Receipt-To; без него — http://host:port/SendTransportPackage',
    en: "The hub's address for partners, put into Send-Receipt-To; without it http://host:port/SendTransportPackage",
  },

  'partner.tlsCertificateFile': pathOrNone(
    'Сертификат TLS приёма (PEM); вместе с partner.tlsKeyFile включает HTTPS',
    'TLS certificate of the partner plane (PEM); with partner.tlsKeyFile it turns HTTPS on',
  ),
  'partner.tlsKeyFile': pathOrNone('Ключ TLS приёма (PEM)', 'TLS key of the partner plane (PEM)'),
  'partner.tlsClientCaFile': pathOrNone(
    'Удостоверяющие центры, чьи сертификаты обязаны предъявить партнёры (PEM)',
    'Authorities whose certificates partners must show (PEM)',
  ),

  'admin.host': host('Адрес плоскости управления', 'Address of the admin plane'),
  'admin.port': port(
    8081,
    'Порт плоскости управления; 0 — свободный',
    'Port of the admin plane; 0: any free',
  ),
  'admin.token': {
    type: 'text',
    default: undefined,
    pattern: /^[\x21-\x7e]{16,500}$/,
    secret: true,
    ru: 'Ключ доступа к плоскости управления (вместо файла)',
    en: 'Token of the admin plane (instead of the file)',
  },
  'admin.tokenFile': pathBelow(
    'data',
    'admin.token',
    'Файл с ключом доступа к плоскости управления; создаётся при первом запуске',
    'File with the token of the admin plane; made at the first start',
  ),

  'admin.metricsNeedToken': {
    type: 'boolean',
    default: false,
    ru: 'Отдавать /metrics только с ключом доступа',
    en: 'Answer /metrics to holders of the token only',
  },

  'identity.certificateFile': pathOrNone(
    'Сертификат хаба (PEM или DER); без него ключ и сертификат создаются в папке данных',
    'Certificate of the hub (PEM or DER); without it a key and a certificate are made in the data folder',
  ),
  'identity.keyFile': pathOrNone('Закрытый ключ хаба (PKCS#8)', 'Private key of the hub (PKCS#8)'),

  'identity.homeFolder': pathOrNone(
    'Папка ключей собственных операторов: КОД.crt и КОД.key для узлов с signAs = КОД',
    'Folder of the keys of home operators: CODE.crt and CODE.key, for peers with signAs = CODE',
  ),

  'home.codes': {
    type: 'list',
    default: [],
    pattern: /^[A-Za-z0-9@.-]{3}$/,
    itemsMax: 20,
    ru: 'Коды собственного оператора',
    en: 'Codes of our own operator',
  },

  'home.answeringCodes': {
    type: 'list',
    default: [],
    pattern: /^[A-Za-z0-9@.-]{3}$/,
    itemsMax: 20,
    ru: 'Коды, чьи службы сами отвечают на сообщения; за остальные успех сообщается, как только сообщение во входящих',
    en: 'Codes whose services answer messages themselves; for others success is told once a message is in the inbox',
  },

  'internal.host': host('Адрес API внутренних служб', 'Address of the API of internal services'),
  'internal.port': port(
    8082,
    'Порт API внутренних служб; 0 — свободный',
    'Port of the API of internal services; 0: any free',
  ),
  'internal.tlsCertificateFile': pathOrNone(
    'Сертификат TLS API внутренних служб (PEM); вместе с internal.tlsKeyFile включает HTTPS',
    'TLS certificate of the internal API (PEM); with internal.tlsKeyFile it turns HTTPS on',
  ),
  'internal.tlsKeyFile': pathOrNone(
    'Ключ TLS API внутренних служб (PEM)',
    'TLS key of the internal API (PEM)',
  ),
  'internal.requestsInFlightMax': integer(
    { default: 256, min: 1, max: limits.requestsInFlightMax, unit: 'requests' },
    'Сколько запросов API обслуживается одновременно, ожидания входящих не в счёт; сверх того — 503',
    'How many requests of the API are served at once, waiting for the inbox aside; beyond it 503',
  ),
  'internal.bytesInFlightMax': integer(
    { default: 512 * mebibyte, min: limits.packageBytesMax, max: limits.bytesInFlightMax, unit: 'bytes' },
    'Сколько байтов сообщений API держит в памяти; сверх того — 503',
    'How many bytes of messages the API holds in memory; beyond it 503',
  ),

  'sftp.keyFile': pathBelow(
    'data',
    'identity/sftp.key',
    'Закрытый ключ SSH, которым хаб входит на серверы партнёров; создаётся при первом запуске',
    "Private SSH key by which the hub logs in to partners' servers; made at the first start",
  ),
  'sftp.otherKeyFile': pathOrNone(
    'Второй ключ SSH на время замены: пробуется, если первый не принят',
    'A second SSH key while keys are changed: tried where the first one is not accepted',
  ),

  'partners.seedFolder': pathBelow(
    'project',
    'operators/partners',
    'Папка начального справочника операторов и узлов',
    'Folder of the seed of operators and peers',
  ),

  'workers.threads': integer(
    { default: 0, min: 0, max: 128, unit: 'threads' },
    'Потоки для подписей и разбора; 0 — по числу ядер',
    'Threads for signatures and parsing; 0: as many as there are cores',
  ),
  'log.level': {
    type: 'choice',
    default: 'info',
    values: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    ru: 'Подробность журнала работы (stderr, JSON)',
    en: 'Level of the log (stderr, JSON)',
  },

  'door.requestsInFlightMax': integer(
    { default: 512, min: 1, max: limits.requestsInFlightMax, unit: 'requests' },
    'Сколько пакетов принимается одновременно; сверх того — 503',
    'How many packages are taken at once; beyond it 503',
  ),
  'door.bytesInFlightMax': integer(
    { default: 512 * mebibyte, min: limits.packageBytesMax, max: limits.bytesInFlightMax, unit: 'bytes' },
    'Сколько байтов пакетов держится в памяти на приёме; сверх того — 503',
    'How many bytes of packages are held in memory at the door; beyond it 503',
  ),

  'process.claimBatchMax': integer(
    { default: 32, min: 1, max: limits.claimBatchMax, unit: 'packages' },
    'Сколько принятых пакетов берётся в работу разом',
    'How many accepted packages are claimed at once',
  ),
  'process.pollMs': integer(
    { default: 500, min: 10, max: 60_000, unit: 'ms' },
    'Как часто искать работу на всех переходах, если не разбудили раньше',
    'How often work is looked for at all hops when nothing wakes them earlier',
  ),

  'process.parentRecheckMs': integer(
    { default: 5000, min: 10, max: 3_600_000, unit: 'ms' },
    'Как часто проверяется, не пришёл ли ожидаемый документ',
    'How often it is checked whether an awaited document has come',
  ),
  'process.parentWithinMs': integer(
    { default: 3_600_000, min: 1000, max: 604_800_000, unit: 'ms' },
    'Сколько сообщение ждёт документ, к которому относится',
    'How long a message waits for the document it refers to',
  ),

  'deliver.breakerFailures': integer(
    { default: 5, min: 1, max: 1000, unit: 'failures' },
    'После скольких неудач подряд узлу дают передышку',
    'After how many failures in a row a peer is left alone for a while',
  ),
  'deliver.breakerOpenMs': integer(
    { default: 10_000, min: 100, max: 3_600_000, unit: 'ms' },
    'Длительность передышки',
    'How long a failing peer is left alone',
  ),

  'journal.sealEveryMs': integer(
    { default: 10_000, min: 10, max: 3_600_000, unit: 'ms' },
    'Как часто закрывается блок журнала',
    'How often a block of the journal is sealed',
  ),
  'journal.sealEntriesMax': integer(
    { default: 1000, min: 1, max: limits.journalBlockEntriesMax, unit: 'entries' },
    'Сколько записей вмещает блок',
    'How many entries a block holds',
  ),

  'outbound.allowPrivateAddresses': {
    type: 'boolean',
    default: false,
    ru: 'Разрешить узлы с частными и локальными адресами',
    en: 'Allow peers at private and loopback addresses',
  },

  'outbound.caFile': pathOrNone(
    'Удостоверяющие центры серверов партнёров (PEM); без него — системные',
    "Authorities of the partners' servers (PEM); without it those of the system",
  ),
  'outbound.clientCertificateFile': pathOrNone(
    'Сертификат TLS, который хаб предъявляет партнёрам (PEM)',
    'TLS certificate that the hub shows to partners (PEM)',
  ),
  'outbound.clientKeyFile': pathOrNone(
    'Ключ к outbound.clientCertificateFile (PEM)',
    'Key of outbound.clientCertificateFile (PEM)',
  ),

  ...linkSettingRows,
  ...mailSettingRows,
  ...directorySettingRows,
  ...bulkSettingRows,
  ...inviteSettingRows,
  ...trustSettingRows,

  'stop.graceMs': integer(
    { default: 20_000, min: 0, max: 600_000, unit: 'ms' },
    'Сколько при остановке ждать начатую работу',
    'How long a stop waits for work under way',
  ),
} as const satisfies Record<`${string}.${string}`, SettingRow>

type Rows = typeof settingRows
/** Name of a setting: `group.setting`. */
export type SettingName = keyof Rows
type Group = SettingName extends `${infer G}.${string}` ? G : never

type ValueOf<Row> = Row extends { type: 'integer' }
  ? number
  : Row extends { type: 'boolean' }
    ? boolean
    : Row extends { type: 'list' }
      ? readonly string[]
      : Row extends { type: 'choice'; values: readonly (infer V)[] }
        ? V
        : Row extends { default: undefined }
          ? string | undefined
          : string

/** All settings, complete and checked, by group: `settings.partner.port`. Paths are absolute. */
export type Settings = {
  readonly [G in Group]: {
    readonly [N in SettingName as N extends `${G}.${infer Key}` ? Key : never]: ValueOf<Rows[N]>
  }
}

/** Names of all settings in the order of the table. */
export const settingNames = Object.keys(settingRows) as SettingName[]

/** The row of a setting, as its general type. */
export function settingRow(name: SettingName): SettingRow {
  return settingRows[name]
}

/** Tells whether a text names a setting. */
export function isSettingName(text: string): text is SettingName {
  return Object.hasOwn(settingRows, text)
}

/** The environment variable of a setting: `database.connectionsMax` -> `HUB_DATABASE_CONNECTIONS_MAX`. */
export function environmentName(name: SettingName): string {
  return `HUB_${name
    .replace(/([A-Z])/g, '_$1')
    .replace('.', '_')
    .toUpperCase()}`
}

/**
 * The variable that names a file holding a secret setting, `HUB_DATABASE_URL_FILE`. None for plain settings, and none
 * where a setting of its own has that name (`admin.token` beside `admin.tokenFile`, which means just that).
 */
export function secretFileName(name: SettingName): string | undefined {
  if (settingRow(name).secret !== true) return undefined
  const variable = `${environmentName(name)}_FILE`
  return settingNames.some((other) => environmentName(other) === variable) ? undefined : variable
}
