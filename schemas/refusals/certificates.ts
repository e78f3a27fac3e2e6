// Refusals of certificates, keys and lists, and of the sources they come from: a part of the table of refusals.

import { forNow, ofSettings } from './kinds.ts'

/** Rows `certificate.*`, `crl.*`, `ocsp.*`, `key.*`, `source.*`; none is told to a partner. */
export const certificateRefusals = {
  'certificate.broken': {
    ...ofSettings,
    ru: 'Сертификат не разобран',
    en: 'The certificate cannot be read',
    advice: {
      ru: 'Укажите сертификат X.509 в PEM или DER.',
      en: 'Give an X.509 certificate in PEM or DER.',
    },
  },
  'crl.broken': {
    ...ofSettings,
    ru: 'Список отзыва не разобран',
    en: 'The revocation list cannot be read',
    advice: {
      ru: 'Укажите список отзыва X.509 в PEM или DER.',
      en: 'Give an X.509 revocation list in PEM or DER.',
    },
  },
  'ocsp.broken': {
    ...ofSettings,
    ru: 'Ответ OCSP не разобран',
    en: 'The OCSP answer cannot be read',
    advice: {
      ru: 'Запросите ответ снова или обратитесь к владельцу службы OCSP.',
      en: 'Ask the responder again, or its owner.',
    },
  },
  'ocsp.unsuccessful': {
    ...forNow,
    ru: 'Служба OCSP отказала в ответе',
    en: 'The OCSP responder gave no answer',
    advice: {
      ru: 'Повторите запрос позже.',
      en: 'Ask again later.',
    },
  },
  'ocsp.other-request': {
    ...forNow,
    ru: 'Ответ OCSP не на этот запрос',
    en: 'The OCSP answer is not to this request',
    advice: {
      ru: 'Повторите запрос; если не поможет, сообщите владельцу службы OCSP.',
      en: 'Ask again; if it stays so, tell the owner of the responder.',
    },
  },
  'key.broken': {
    ...ofSettings,
    ru: 'Закрытый ключ не разобран',
    en: 'The private key cannot be read',
    advice: {
      ru: 'Укажите незашифрованный ключ ГОСТ в PKCS#8 PEM.',
      en: 'Give an unencrypted GOST key in PKCS#8 PEM.',
    },
  },
  'key.foreign': {
    ...ofSettings,
    ru: 'Закрытый ключ не от этого сертификата',
    en: 'The private key does not belong to the certificate',
    advice: {
      ru: 'Укажите ключ, который соответствует сертификату.',
      en: 'Give the key that goes with the certificate.',
    },
  },
  'source.address': {
    ...ofSettings,
    ru: 'Адрес источника запрещён или не http(s)',
    en: 'The address of the source is not allowed or not http(s)',
    advice: {
      ru: 'Разрешите частные адреса в настройках или укажите другой адрес.',
      en: 'Allow private addresses in the settings, or give another address.',
    },
  },
  'source.unreachable': {
    ...forNow,
    ru: 'Источник недоступен',
    en: 'The source cannot be reached',
    advice: {
      ru: 'Проверьте сеть и обратитесь к владельцу источника.',
      en: 'Check the network and the owner of the source.',
    },
  },
  'source.slow': {
    ...forNow,
    ru: 'Источник отвечает слишком медленно',
    en: 'The source is too slow',
    advice: {
      ru: 'Проверьте сеть и обратитесь к владельцу источника.',
      en: 'Check the network and the owner of the source.',
    },
  },
  'source.too-large': {
    ...ofSettings,
    ru: 'Источник отдаёт больше допустимого',
    en: 'The source gives more than is allowed',
    advice: {
      ru: 'Обратитесь к владельцу источника.',
      en: 'Ask the owner of the source.',
    },
  },
  'source.answer': {
    ...forNow,
    ru: 'Источник ответил ошибкой',
    en: 'The source answered with an error',
    advice: {
      ru: 'Обратитесь к владельцу источника.',
      en: 'Ask the owner of the source.',
    },
  },
  'source.redirects': {
    ...ofSettings,
    ru: 'Слишком много перенаправлений',
    en: 'Too many redirects',
    advice: {
      ru: 'Укажите конечный адрес.',
      en: 'Give the final address.',
    },
  },
  'source.older': {
    ...forNow,
    ru: 'Источник отдал более старое издание, чем уже принятое',
    en: 'The source gave an older edition than the one taken before',
    advice: {
      ru: 'Обратитесь к владельцу источника; действует принятое ранее более новое издание.',
      en: 'Ask the owner of the source; the newer edition stays in use.',
    },
  },
  'source.signer': {
    ...forNow,
    ru: 'Список не подписан известным сертификатом издателя',
    en: 'The list is not signed by a known certificate of its issuer',
    advice: {
      ru: 'Проверьте, известен ли хабу сертификат издателя; действует прежнее издание.',
      en: 'Check that the certificate of the issuer is known; the former edition stays in use.',
    },
  },
} as const
