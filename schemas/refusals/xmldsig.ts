// Refusals of signed XML, told to the person on duty, never to a partner: a part of the table of refusals.

import { ofSettings } from './kinds.ts'

/** Rows `xmldsig.*`. */
export const xmldsigRefusals = {
  'xmldsig.absent': {
    ...ofSettings,
    ru: 'В документе нет подписи',
    en: 'The document has no signature',
    advice: {
      ru: 'Получите документ заново там, где его публикуют.',
      en: 'Take the document from its publisher again.',
    },
  },
  'xmldsig.structure': {
    ...ofSettings,
    ru: 'Подпись XML недопустимого строения',
    en: 'The XML signature has a structure that is not accepted',
    advice: {
      ru: 'Считайте документ поддельным, пока издатель не объяснит, в чём дело.',
      en: 'Treat the document as forged until its publisher explains it.',
    },
  },
  'xmldsig.algorithm': {
    ...ofSettings,
    ru: 'Алгоритм подписи XML не допускается',
    en: 'The XML signature uses an algorithm that is not accepted',
    advice: {
      ru: 'Попросите издателя подписать по ГОСТ Р 34.10-2012.',
      en: 'Ask the publisher for a signature with GOST R 34.10-2012.',
    },
  },
  'xmldsig.certificate': {
    ...ofSettings,
    ru: 'Сертификат подписи XML не найден или не разобран',
    en: 'The certificate of the XML signature is missing or cannot be read',
    advice: {
      ru: 'Попросите издателя включить сертификат в подпись.',
      en: 'Ask the publisher for a signature with its certificate inside.',
    },
  },
  'xmldsig.digest': {
    ...ofSettings,
    ru: 'Документ изменён после подписания',
    en: 'The document was changed after it was signed',
    advice: {
      ru: 'Получите документ заново там, где его публикуют.',
      en: 'Take the document from its publisher again.',
    },
  },
  'xmldsig.value': {
    ...ofSettings,
    ru: 'Подпись XML неверна',
    en: 'The XML signature is wrong',
    advice: {
      ru: 'Считайте документ поддельным; получите его заново там, где его публикуют.',
      en: 'Treat the document as forged; take it from its publisher again.',
    },
  },
  'xmldsig.signer': {
    ...ofSettings,
    ru: 'Подписавший документ не входит в число доверенных',
    en: 'The signer of the document is not one of those accepted',
    advice: {
      ru: 'Сверьте сертификат с издателем, затем добавьте его к тем, кому доверяете.',
      en: 'Compare the certificate with the publisher, then add it to the accepted signers.',
    },
  },
} as const
