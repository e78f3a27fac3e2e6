// Settings of what is trusted and where it comes from: anchors, lists, sources, the registry of powers of attorney.

import { limits } from './limits.ts'
import { integer, pathBelow, pathOrNone, type SettingRow } from './setting-rows.ts'

/** The groups `trust`, `sources` and `attorney`. */
export const trustSettingRows = {
  'trust.anchorsFolder': pathBelow(
    'data',
    'trust/anchors',
    'Папка доверенных сертификатов пробных установок; может не быть',
    'The folder of trusted certificates of test installations; need not be there',
  ),
  'trust.intermediatesFolder': pathBelow(
    'data',
    'trust/intermediates',
    'Папка сертификатов промежуточных центров; может не быть',
    'The folder of certificates of authorities between; need not be there',
  ),
  'trust.listsFolder': pathBelow(
    'data',
    'trust/crls',
    'Папка списков отзыва, положенных вручную; может не быть',
    'The folder of revocation lists put there by hand; need not be there',
  ),
  'trust.listUrl': {
    type: 'url',
    default: undefined,
    schemes: ['http:', 'https:'],
    ru: 'Адрес перечня аккредитованных удостоверяющих центров',
    en: 'Address of the list of accredited authorities',
  },
  'trust.listFile': pathOrNone(
    'Файл с перечнем аккредитованных центров, где нет сети; на каждом узле; перечитывается, когда изменился',
    'File with the list of accredited authorities where there is no network; on each node; read again when changed',
  ),
  'trust.listSigners': {
    type: 'list',
    default: [],
    pattern: /^[0-9a-fA-F]{64}$/,
    itemsMax: 20,
    ru: 'Отпечатки SHA-256 сертификатов, которыми подписан перечень; без них — любой с цепочкой до anchorsFolder',
    en: 'SHA-256 of the certificates the list is signed with; without any, whoever has a path to anchorsFolder',
  },

  'sources.refreshMs': integer(
    { default: 3_600_000, min: 1000, max: 86_400_000, unit: 'ms' },
    'Как часто обновляются списки отзыва, ответы OCSP и перечень УЦ',
    'How often revocation lists, OCSP answers and the trust list are fetched again',
  ),
  'sources.lists': {
    type: 'list',
    default: [],
    pattern: /^https?:\/\/[^\s]{1,1900}$/,
    itemsMax: 200,
    ru: 'Адреса списков отзыва сверх названных в сертификатах',
    en: 'Addresses of revocation lists besides those that certificates name',
  },
  'sources.allowPrivateAddresses': {
    type: 'boolean',
    default: false,
    ru: 'Разрешить источники с частными и локальными адресами',
    en: 'Allow sources at private and loopback addresses',
  },

  'attorney.registryUrl': {
    type: 'url',
    default: undefined,
    schemes: ['http:', 'https:'],
    ru: 'Шлюз реестра доверенностей (МЧД); без него реестр не опрашивается, о чём сказано в каждом заключении',
    en: 'Gateway of the registry of powers of attorney; without it nobody is asked, and every verdict says so',
  },
  'attorney.registryCaFile': pathOrNone(
    'Удостоверяющие центры шлюза (PEM); без него — системные',
    'Authorities of the gateway (PEM); without it those of the system',
  ),
  'attorney.registryDeadlineMs': integer(
    { default: limits.registryDeadlineMs, min: 100, max: 60_000, unit: 'ms' },
    'Сколько сообщение ждёт ответов реестра; потом решается без них',
    'How long a message waits for answers of the registry; then it is judged without them',
  ),
  'attorney.breakerFailures': integer(
    { default: 5, min: 1, max: 1000, unit: 'failures' },
    'После скольких неудач подряд реестру дают передышку',
    'After how many failures in a row the registry is left alone for a while',
  ),
  'attorney.breakerOpenMs': integer(
    { default: 30_000, min: 100, max: 3_600_000, unit: 'ms' },
    'Длительность этой передышки; реестр в это время считается молчащим',
    'How long it is left alone; it counts as silent meanwhile',
  ),
} as const satisfies Record<`${string}.${string}`, SettingRow>
