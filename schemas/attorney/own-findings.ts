// The table of findings about one power of attorney: the check each belongs to, its outcome, texts for people.

import { type FindingRow, findingRow as row } from './finding.ts'

/** Findings about one power of attorney by name. An outcome is the default: a partner's policy may say another. */
export const ownFindings = {
  // due
  'due-not': row(
    'due',
    'ok',
    'Подписант действует без доверенности: сертификат руководителя или самого ИП',
    'The signer acts in their own right: a certificate of the head or of the entrepreneur',
  ),
  'due-yes': row(
    'due',
    'ok',
    'Нужна доверенность: подписал представитель',
    'A power of attorney is due: a representative signed',
  ),
  'due-contradictory': row(
    'due',
    'warning',
    'Сертификат называет разные организации; нужна доверенность',
    'The certificate names different organisations; a power of attorney is due',
  ),
  'due-undecided': row(
    'due',
    'warning',
    'Неизвестен ИНН отправителя: нельзя решить, нужна ли доверенность',
    "The sender's ИНН is not known: whether one is due cannot be said",
  ),
  // found
  'found-file': row(
    'found',
    'ok',
    'Доверенность приложена к сообщению',
    'The power of attorney came with the message',
  ),
  'found-registry': row(
    'found',
    'ok',
    'Доверенность получена из реестра',
    'The power of attorney came from the registry',
  ),
  'found-none': row(
    'found',
    'warning',
    'Доверенность нужна, но не приложена и не указана',
    'One is due, but neither attached nor named',
  ),
  'found-not-in-registry': row(
    'found',
    'error',
    'Указанной доверенности нет в реестре',
    'The registry does not have the one that is named',
  ),
  'found-silent': row(
    'found',
    'warning',
    'Доверенность указана, но реестр не ответил',
    'One is named, but the registry did not answer',
  ),
  'found-not-asked': row(
    'found',
    'warning',
    'Доверенность указана, но реестр не опрашивался',
    'One is named, but no registry was asked',
  ),
  'found-revoked': row(
    'found',
    'error',
    'Указанная доверенность отменена (по реестру)',
    'The registry says that the one named is revoked',
  ),
  'found-failure': row(
    'found',
    'warning',
    'Проверка доверенности не выполнена из-за сбоя',
    'The validation itself failed',
  ),
  // format
  'format-ok': row('format', 'ok', 'Соответствует единой форме EMCHD_1', 'It follows EMCHD_1'),
  'format-other': row(
    'format',
    'warning',
    'Другой формат (002, ON_DOVEL): проверить нельзя',
    'Another format (002, ON_DOVEL): cannot be validated',
  ),
  'format-invalid': row(
    'format',
    'error',
    'Файл не соответствует единой форме EMCHD_1',
    'The file does not follow EMCHD_1',
  ),
  // number
  'number-ok': row(
    'number',
    'ok',
    'Номер совпадает с именем файла и реквизитами',
    'The number is that of the file name and of the requisites',
  ),
  'number-unnamed': row(
    'number',
    'warning',
    'В имени файла нет номера доверенности',
    'The name of the file holds no number',
  ),
  'number-file-name': row(
    'number',
    'error',
    'Номер в имени файла другой',
    'The name of the file holds another number',
  ),
  'number-file-id': row(
    'number',
    'error',
    'Номер в идентификаторе файла другой',
    'ИдФайл holds another number',
  ),
  'number-requisites': row(
    'number',
    'error',
    'Номер в реквизитах документа другой',
    'The requisites name another number',
  ),
  // dates
  'dates-ok': row(
    'dates',
    'ok',
    'Действует в доказанный момент подписи',
    'In force at the proven time of the signature',
  ),
  'dates-early': row(
    'dates',
    'error',
    'Ещё не действует в доказанный момент подписи',
    'Not yet in force at the proven time of the signature',
  ),
  'dates-late': row(
    'dates',
    'error',
    'Срок истёк до доказанного момента подписи',
    'Expired before the proven time of the signature',
  ),
  'dates-late-claimed-inside': row(
    'dates',
    'error',
    'Срок истёк до доказанного момента; заявленное время подписи в сроке, но не доказано',
    'Expired before the proven time; the claimed time is inside, but nothing proves it',
  ),
  'dates-claimed-outside': row(
    'dates',
    'warning',
    'Заявленное время подписи вне срока действия',
    'The claimed time of the signature is outside',
  ),
  'dates-order': row('dates', 'error', 'Срок действия кончается раньше выдачи', 'It ends before it begins'),
  // own-signature
  'signature-ok': row('own-signature', 'ok', 'Подпись доверенности верна', 'Its own signature is valid'),
  'signature-absent': row('own-signature', 'error', 'Доверенность не подписана', 'It is not signed'),
  'signature-failed': row(
    'own-signature',
    'error',
    'Подпись доверенности неверна',
    'Its own signature is not valid',
  ),
  'signature-indeterminate': row(
    'own-signature',
    'warning',
    'Действительность подписи доверенности не установлена',
    'Whether its own signature is valid is not known',
  ),
  'signature-indeterminate-bad': row(
    'own-signature',
    'error',
    'Сертификат подписи доверенности отозван, истёк или не доверен',
    'The certificate behind its signature is revoked, expired or not trusted',
  ),
  // signer
  'signer-ok': row(
    'signer',
    'ok',
    'Подписал доверитель или руководитель доверителя',
    'The principal or its head signed',
  ),
  'signer-by-name': row(
    'signer',
    'warning',
    'Подписавший доверенность опознан только по ФИО',
    'Its signer is known by name only',
  ),
  'signer-organisation-only': row(
    'signer',
    'warning',
    'Сертификат организации доверителя, но без сведений о руководителе',
    "The certificate is the principal's, but names no person",
  ),
  'signer-notary': row(
    'signer',
    'warning',
    'Подписал нотариус: лицо доверителя не проверяется',
    'A notary signed: the principal in person is not checked',
  ),
  'signer-other': row(
    'signer',
    'error',
    'Подписал не доверитель и не его руководитель',
    'Neither the principal nor its head signed',
  ),
  'signer-joint': row(
    'signer',
    'error',
    'Подписали не все руководители, действующие совместно',
    'Not all heads who act jointly signed',
  ),
  'signer-unchecked': row(
    'signer',
    'not-checked',
    'Не проверено: нет верной подписи',
    'Not checked: there is no valid signature',
  ),
  // representative
  'representative-inn': row(
    'representative',
    'ok',
    'Подписант — представитель (ИНН)',
    'The signer is the representative (by ИНН)',
  ),
  'representative-snils': row(
    'representative',
    'ok',
    'Подписант — представитель (СНИЛС)',
    'The signer is the representative (by СНИЛС)',
  ),
  'representative-name': row(
    'representative',
    'warning',
    'Подписант совпадает с представителем только по ФИО',
    'The signer is the representative by name only',
  ),
  'representative-other': row(
    'representative',
    'error',
    'Подписант не назван представителем',
    'The signer is not among the representatives',
  ),
  // jointly
  'jointly-severally': row(
    'jointly',
    'ok',
    'Представители действуют независимо',
    'The representatives act severally',
  ),
  'jointly-all': row(
    'jointly',
    'ok',
    'Подписали все совместно действующие представители',
    'All who hold the powers jointly signed',
  ),
  'jointly-incomplete': row(
    'jointly',
    'error',
    'Подписали не все совместно действующие представители',
    'Not all who hold the powers jointly signed',
  ),
  // principal
  'principal-ok': row('principal', 'ok', 'Доверитель — отправитель документа', 'The principal is the sender'),
  'principal-other': row(
    'principal',
    'error',
    'Доверитель — не отправитель документа',
    'The principal is not the sender',
  ),
  'principal-unknown': row(
    'principal',
    'warning',
    'ИНН доверителя или отправителя не указан',
    'The ИНН of the principal or the sender is not known',
  ),
  'principal-unchecked': row(
    'principal',
    'not-checked',
    'Не проверено: первоначальной доверенности нет',
    'Not checked: the original is not there',
  ),
  // registry
  'registry-valid': row('registry', 'ok', 'По реестру не отменена', 'The registry says it is in force'),
  'registry-revoked': row(
    'registry',
    'error',
    'Отменена до доказанного момента подписи',
    'Revoked before the proven time of the signature',
  ),
  'registry-revoked-later': row(
    'registry',
    'warning',
    'Отменена после подписи',
    'Revoked after the signature',
  ),
  'registry-unknown': row(
    'registry',
    'warning',
    'Реестр не знает этой доверенности',
    'The registry does not know it',
  ),
  'registry-silent': row(
    'registry',
    'warning',
    'Реестр не ответил: отмена не проверена',
    'The registry did not answer: revocation is not checked',
  ),
  'registry-not-asked': row(
    'registry',
    'warning',
    'Реестр не опрашивался: отмена не проверена',
    'No registry was asked: revocation is not checked',
  ),
  // powers
  'powers-ok': row('powers', 'ok', 'Нужные полномочия есть', 'The powers needed are there'),
  'powers-limited': row(
    'powers',
    'warning',
    'Нужное полномочие ограничено: сравните ограничения',
    'A power needed is limited: compare the limits',
  ),
  'powers-missing': row('powers', 'error', 'Нужного полномочия нет', 'A power needed is not there'),
  'powers-text': row(
    'powers',
    'warning',
    'Полномочия описаны текстом: прочитайте их',
    'The powers are a text: read them',
  ),
  'powers-not-compared': row(
    'powers',
    'not-checked',
    'Нужные полномочия не заданы',
    'No powers are asked for',
  ),
} as const satisfies Record<string, FindingRow>
