// Settings of the directory of subscribers and of the directory of participants of the tax service.

import { integer, pathOrNone, type SettingRow } from '../setting-rows.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** The group `directory`. */
export const directorySettingRows = {
  'directory.learnEveryMs': integer(
    { default: 5 * second, min: 100, max: hour, unit: 'ms' },
    'Как часто справочник абонентов узнаёт о новых доставках из журнала',
    'How often the directory of subscribers learns of new deliveries from the journal',
  ),
  'directory.cachedForMs': integer(
    { default: minute, min: 0, max: hour, unit: 'ms' },
    'Сколько известное об абоненте держится в памяти; 0 — всегда читать из базы',
    'How long what is known of a subscriber is kept in memory; 0: always read from the database',
  ),
  'directory.activeForMs': integer(
    { default: 90 * day, min: hour, max: 3660 * day, unit: 'ms' },
    'Сколько после последней доставки ящик считается действующим',
    'How long after its last delivery a box counts as active',
  ),
  'directory.participantsUrl': {
    type: 'url',
    default: undefined,
    schemes: ['http:', 'https:'],
    ru: 'Шлюз справочника участников ФНС (docs/participants-directory.md); без него никто не опрашивается',
    en: 'Gateway of the directory of participants (docs/participants-directory.md); without it nobody is asked',
  },
  'directory.participantsCaFile': pathOrNone(
    'Удостоверяющие центры шлюза (PEM); без него — системные',
    'Authorities of the gateway (PEM); without it those of the system',
  ),
  'directory.participantsTokenFile': pathOrNone(
    'Файл с ключом доступа к шлюзу (Bearer)',
    'File with the token for the gateway (Bearer)',
  ),
  'directory.participantsTimeoutMs': integer(
    { default: 5 * second, min: 100, max: minute, unit: 'ms' },
    'Сколько ждать ответа шлюза; потом — «повторить позже»',
    'How long an answer of the gateway is awaited; then it is "try later"',
  ),
  'directory.foundForMs': integer(
    { default: day, min: 0, max: 366 * day, unit: 'ms' },
    'Сколько годен ответ «найден»',
    'How long the answer "found" is good',
  ),
  'directory.notFoundForMs': integer(
    { default: hour, min: 0, max: 366 * day, unit: 'ms' },
    'Сколько годен ответ «не найден»',
    'How long the answer "not found" is good',
  ),
  'directory.notAllowedForMs': integer(
    { default: day, min: 0, max: 366 * day, unit: 'ms' },
    'Сколько годен ответ «участник скрыл данные»',
    'How long the answer "the participant hid itself" is good',
  ),
  'directory.breakerFailures': integer(
    { default: 5, min: 1, max: 1000, unit: 'failures' },
    'После скольких неудач подряд шлюзу дают передышку',
    'After how many failures in a row the gateway is left alone for a while',
  ),
  'directory.breakerOpenMs': integer(
    { default: 30 * second, min: 100, max: hour, unit: 'ms' },
    'Длительность этой передышки',
    'How long it is left alone',
  ),
} as const satisfies Record<`${string}.${string}`, SettingRow>
