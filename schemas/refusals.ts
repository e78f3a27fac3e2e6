// The one table of refusals: every "no" of the hub with its fault, class, answer and advice (STYLE 15-17).

import { bulkRefusals } from './bulk/refusals.ts'
import { directoryRefusals } from './directory/refusals.ts'
import { inviteRefusals } from './invites/refusals.ts'
import { linkRefusals } from './links/refusals.ts'
import { waitingRefusals } from './links/waiting-refusals.ts'
import { mailRefusals } from './mail/refusals.ts'

/** Whose fault a refusal is: the sending operator, the next operator, our configuration, or the hub itself. */
export type Fault = 'sender' | 'next-operator' | 'configuration' | 'hub'
/**
 * What may be done about it. `permanent`: the same bytes get the same answer for ever (stored, RULES 11).
 * `configuration`: permanent until our settings change (never stored). `transient`: try the same again.
 */
export type RefusalClass = 'permanent' | 'configuration' | 'transient'

type RefusalRow = {
  fault: Fault
  class: RefusalClass
  /** HTTP status of the transport receipt; absent for refusals told by a processing receipt only. */
  status?: 400 | 404 | 405 | 408 | 431 | 500 | 503
  /** What happened, for an operator at night. */
  ru: string
  en: string
  /** What to do. */
  advice: string
}

const row = (
  fault: Fault,
  kind: RefusalClass,
  status: RefusalRow['status'],
  ru: string,
  en: string,
  advice: string,
) =>
  (status === undefined
    ? { fault, class: kind, ru, en, advice }
    : { fault, class: kind, status, ru, en, advice }) satisfies RefusalRow as RefusalRow

const p = (ru: string, en: string, advice: string) => row('sender', 'permanent', 400, ru, en, advice)

/** Refusals by code: `<place>.<what>`. */
export const refusals = {
  ...linkRefusals,

  // the request
  'door.method': row(
    'sender',
    'permanent',
    405,
    'Пакеты принимаются только методом POST',
    'Packages are accepted by POST only',
    'Send the package with POST.',
  ),
  'door.path': row(
    'sender',
    'permanent',
    404,
    'Адрес не найден',
    'There is nothing at this address',
    'Use the address given to you at onboarding.',
  ),
  'door.header-missing': p(
    'Нет обязательного заголовка',
    'A required header is missing',
    'Send Content-Disposition with the name of the package.',
  ),
  'door.header-doubled': p('Заголовок повторён', 'A header is given more than once', 'Send the header once.'),
  'door.header-invalid': p(
    'Заголовок не разобран',
    'A header cannot be read',
    'Correct the header named in the answer.',
  ),
  'door.headers-too-large': row(
    'sender',
    'permanent',
    431,
    'Слишком большие заголовки',
    'The headers are too large',
    'Send fewer and shorter headers.',
  ),
  'door.request-malformed': p(
    'Запрос HTTP не разобран',
    'The HTTP request cannot be read',
    'Send a well-formed HTTP/1.1 request.',
  ),
  'door.name-invalid': p(
    'Недопустимое имя пакета',
    'The name of the package is not allowed',
    'Name it [a-z0-9_-]{1,100}.cms.',
  ),
  'door.empty': p('Пустое тело запроса', 'The body is empty', 'Send the signed package as the body.'),
  'door.too-large': p('Пакет больше допустимого', 'The package is larger than allowed', 'Split the package.'),
  'door.too-slow': row(
    'sender',
    'transient',
    408,
    'Тело запроса передаётся слишком медленно',
    'The body arrives too slowly',
    'Send it again over a better line.',
  ),
  'door.cut-short': row(
    'sender',
    'transient',
    408,
    'Передача оборвана',
    'The body ended early',
    'Send the same package again.',
  ),
  'door.busy': row(
    'hub',
    'transient',
    503,
    'Хаб перегружен',
    'The hub is at its limits',
    'Send the same package again after the time in Retry-After.',
  ),
  'door.failed': row(
    'hub',
    'transient',
    500,
    'Внутренняя ошибка приёма',
    'The hub could not take the package in',
    'Send the same package again.',
  ),
  'door.stopping': row(
    'hub',
    'transient',
    503,
    'Хаб останавливается',
    'The hub is stopping',
    'Send the same package again.',
  ),
  'door.name-reused': p(
    'Под этим именем уже принят другой пакет',
    'Another package was already received under this name',
    'Give every package a name of its own.',
  ),

  // the signed container
  'cms.not-cms': p('Содержимое не является CMS', 'The body is not a CMS', 'Send CMS SignedData in DER.'),
  'cms.broken': p('CMS повреждён', 'The CMS is broken', 'Form and sign the package again.'),
  'cms.not-signed': p('CMS без подписи', 'The CMS has no signer', 'Sign the package.'),
  'cms.signers-many': p(
    'В CMS больше одной подписи',
    'The CMS has more than one signer',
    'Sign the package once, by the operator.',
  ),
  'cms.detached': p('CMS без содержимого', 'The CMS holds no content', 'Sign with the content attached.'),
  'cms.certificate-missing': p(
    'Сертификат подписанта не найден',
    "The signer's certificate is not in the CMS",
    'Include the certificate of the signer.',
  ),
  'cms.algorithm': p(
    'Алгоритм подписи не поддерживается',
    'The signature algorithm is not supported',
    'Sign with GOST R 34.10-2012 and Streebog.',
  ),
  'cms.attributes': p(
    'Нарушены подписанные атрибуты',
    'The signed attributes are wrong',
    'Form the signature again (RFC 5652, section 11).',
  ),
  'cms.digest': p(
    'Хэш содержимого не совпал',
    'The digest of the content does not match',
    'The package changed after signing: send the original.',
  ),
  'cms.signature': p(
    'Подпись пакета неверна',
    'The signature of the package is wrong',
    'Sign the package again with the registered key.',
  ),
  'cms.too-complex': p('CMS слишком сложен', 'The CMS is beyond the limits', 'Send a simpler CMS.'),

  // certificates and keys of the configuration
  'certificate.broken': row(
    'configuration',
    'configuration',
    undefined,
    'Сертификат не разобран',
    'The certificate cannot be read',
    'Give an X.509 certificate in PEM or DER.',
  ),
  'crl.broken': row(
    'configuration',
    'configuration',
    undefined,
    'Список отзыва не разобран',
    'The revocation list cannot be read',
    'Give an X.509 revocation list in PEM or DER.',
  ),
  'ocsp.broken': row(
    'configuration',
    'configuration',
    undefined,
    'Ответ OCSP не разобран',
    'The OCSP answer cannot be read',
    'Ask the responder again, or its owner.',
  ),
  'ocsp.unsuccessful': row(
    'configuration',
    'transient',
    undefined,
    'Служба OCSP отказала в ответе',
    'The OCSP responder gave no answer',
    'Ask again later.',
  ),
  'ocsp.other-request': row(
    'configuration',
    'transient',
    undefined,
    'Ответ OCSP не на этот запрос',
    'The OCSP answer is not to this request',
    'Ask again; if it stays so, tell the owner of the responder.',
  ),
  'key.broken': row(
    'configuration',
    'configuration',
    undefined,
    'Закрытый ключ не разобран',
    'The private key cannot be read',
    'Give an unencrypted GOST key in PKCS#8 PEM.',
  ),
  'key.foreign': row(
    'configuration',
    'configuration',
    undefined,
    'Закрытый ключ не от этого сертификата',
    'The private key does not belong to the certificate',
    'Give the key that goes with the certificate.',
  ),

  // sources of revocation lists, OCSP answers and the trust list
  'source.address': row(
    'configuration',
    'configuration',
    undefined,
    'Адрес источника запрещён или не http(s)',
    'The address of the source is not allowed or not http(s)',
    'Allow private addresses in the settings, or give another address.',
  ),
  'source.unreachable': row(
    'configuration',
    'transient',
    undefined,
    'Источник недоступен',
    'The source cannot be reached',
    'Check the network and the owner of the source.',
  ),
  'source.slow': row(
    'configuration',
    'transient',
    undefined,
    'Источник отвечает слишком медленно',
    'The source is too slow',
    'Check the network and the owner of the source.',
  ),
  'source.too-large': row(
    'configuration',
    'configuration',
    undefined,
    'Источник отдаёт больше допустимого',
    'The source gives more than is allowed',
    'Ask the owner of the source.',
  ),
  'source.answer': row(
    'configuration',
    'transient',
    undefined,
    'Источник ответил ошибкой',
    'The source answered with an error',
    'Ask the owner of the source.',
  ),
  'source.redirects': row(
    'configuration',
    'configuration',
    undefined,
    'Слишком много перенаправлений',
    'Too many redirects',
    'Give the final address.',
  ),
  'source.older': row(
    'configuration',
    'transient',
    undefined,
    'Источник отдал более старое издание, чем уже принятое',
    'The source gave an older edition than the one taken before',
    'Ask the owner of the source; the newer edition stays in use.',
  ),
  'source.signer': row(
    'configuration',
    'transient',
    undefined,
    'Список не подписан известным сертификатом издателя',
    'The list is not signed by a known certificate of its issuer',
    'Check that the certificate of the issuer is known; the former edition stays in use.',
  ),

  // who sends
  'peer.unknown': row(
    'sender',
    'configuration',
    400,
    'Сертификат отправителя не зарегистрирован',
    'The signing certificate is registered for no peer',
    'Ask the hub to register your certificate.',
  ),
  'peer.inactive': row(
    'sender',
    'configuration',
    400,
    'Обмен с отправителем не активен',
    'The peer is not active',
    'Ask the hub to activate the exchange.',
  ),
  'peer.suspended': row(
    'configuration',
    'transient',
    503,
    'Обмен с отправителем временно приостановлен',
    'The exchange with the peer is suspended for a while',
    'Keep the package and send the same again later.',
  ),
  'peer.certificate-time': row(
    'sender',
    'configuration',
    400,
    'Сертификат отправителя не действует в это время',
    'The signing certificate is not valid at this time',
    'Register and use a valid certificate.',
  ),
  'grant.missing': row(
    'sender',
    'configuration',
    400,
    'Нет права передавать от имени этого оператора',
    'No grant to speak for the operator of the sender',
    'Ask the hub for a grant, or correct the sender.',
  ),

  // the ZIP
  'zip.broken': p('ZIP повреждён', 'The ZIP is broken', 'Form the package again.'),
  'zip.empty': p('Пустой архив', 'The ZIP is empty', 'Put messages or receipts into the package.'),
  'zip.crc': p(
    'Контрольная сумма файла не совпала',
    'The CRC of an entry does not match',
    'Form the package again.',
  ),
  'zip.encrypted': p('Файл архива зашифрован', 'An entry is encrypted', 'Do not use the encryption of ZIP.'),
  'zip.method': p(
    'Метод сжатия не поддерживается',
    'The compression method is not supported',
    'Use store or deflate.',
  ),
  'zip.lying': p(
    'Заголовки архива противоречат друг другу',
    'The headers of the ZIP contradict each other',
    'Form the package again.',
  ),
  'zip.bomb': p(
    'Архив разворачивается сверх пределов',
    'The ZIP unpacks beyond the limits',
    'Send smaller packages.',
  ),
  'zip.too-many': p(
    'Слишком много файлов в архиве',
    'The ZIP has too many entries',
    'Send smaller packages.',
  ),
  'zip.name': p(
    'Недопустимое имя в архиве',
    'A name in the ZIP is not allowed',
    'Use only the names of the exchange protocol.',
  ),
  'zip.duplicate': p('Имя в архиве повторяется', 'A name stands twice in the ZIP', 'Form the package again.'),
  'zip.link': p(
    'В архиве ссылка или особый файл',
    'The ZIP holds a link or a special file',
    'Send plain files only.',
  ),
  'zip.unsupported': p(
    'Вид архива не поддерживается',
    'This kind of ZIP is not supported',
    'Use a plain single-volume ZIP below 4 GiB.',
  ),

  // the structure
  'package.root-files': p(
    'Лишние файлы в корне архива',
    'Files in the root of the ZIP',
    'Only receipts.xml may stand in the root.',
  ),
  'package.mixed': p(
    'Квитанции вместе с сообщениями',
    'Receipts together with messages',
    'Send receipts in a package of their own.',
  ),
  'package.nested': p(
    'Вложенная папка в сообщении',
    'A folder inside a message',
    'Put the files directly into the folder of the message.',
  ),
  'package.folder-name': p(
    'Недопустимое имя папки сообщения',
    'The name of a message folder is not allowed',
    'Name it by the 32-character id of the message.',
  ),
  'package.file-name': p(
    'Недопустимое имя файла сообщения',
    'The name of a file of a message is not allowed',
    'Name it <id>.bin, <id>.p7s or description.xml.',
  ),
  'package.no-description': p(
    'В сообщении нет description.xml',
    'A message has no description.xml',
    'Add description.xml.',
  ),
  'package.too-many-messages': p(
    'Слишком много сообщений в пакете',
    'Too many messages in the package',
    'Split the package.',
  ),
  'package.signature-large': p(
    'Файл подписи больше допустимого',
    'A signature file is larger than allowed',
    'Send the signature without attached content.',
  ),

  // description.xml and receipts.xml
  'xml.encoding': p('XML не в кодировке UTF-8', 'The XML is not in UTF-8', 'Write the XML in UTF-8.'),
  'xml.doctype': p('DOCTYPE запрещён', 'DOCTYPE is not allowed', 'Leave the DOCTYPE out.'),
  'xml.broken': p('XML не разобран', 'The XML is not well-formed', 'Correct the XML.'),
  'xml.limits': p('XML превышает пределы', 'The XML is beyond the limits', 'Send a smaller XML.'),
  'xml.root': p(
    'Неизвестный корневой элемент',
    'The root element or namespace is not known',
    'Use the namespace of the exchange protocol.',
  ),
  'attorney.other-format': row(
    'sender',
    'permanent',
    undefined,
    'Доверенность не в единой форме EMCHD_1',
    'The power of attorney is not in EMCHD_1',
    'Send it in the unified form; others cannot be validated.',
  ),
  'attorney.invalid': row(
    'sender',
    'permanent',
    undefined,
    'Доверенность не соответствует единой форме EMCHD_1',
    'The power of attorney does not follow EMCHD_1',
    'Correct the place that is named, sign it again and register it.',
  ),
  'description.attribute': p(
    'Нет обязательного атрибута или значение недопустимо',
    'A required attribute is missing or wrong',
    'Correct the value named in the answer.',
  ),
  'description.participant': p(
    'Недопустимый идентификатор участника',
    'A participant id has a wrong form',
    'Use an id of 3 to 46 characters.',
  ),
  'description.id': p(
    'Недопустимый идентификатор',
    'An id has a wrong form',
    'Use 32 characters of a-z and 0-9.',
  ),
  'description.duplicate-id': p(
    'Идентификатор повторяется',
    'An id stands twice',
    'Give every document and signature its own id.',
  ),
  'description.body-missing': p(
    'Нет файла документа',
    'A file the description needs is missing',
    'Add the file.',
  ),
  'description.body-unnamed': p(
    'Файл не описан',
    'A file is not named by the description',
    'Describe or leave out the file.',
  ),
  'description.empty': p(
    'Сообщение ничего не содержит',
    'The message holds neither documents nor signatures',
    'Send a document or a signature.',
  ),
  'receipts.invalid': p(
    'Квитанция не разобрана',
    'The receipts cannot be read',
    'Correct the value named in the answer.',
  ),

  // told by a processing receipt (per message)
  'route.unknown-operator': row(
    'sender',
    'permanent',
    undefined,
    'Оператор получателя не известен',
    'The code of the recipient belongs to no known operator',
    "Check the recipient's id.",
  ),
  'route.no-peer': row(
    'configuration',
    'configuration',
    undefined,
    'С оператором получателя нет обмена',
    "There is no exchange with the recipient's operator",
    'Ask the hub which operators are connected.',
  ),
  'route.loop': row(
    'sender',
    'permanent',
    undefined,
    'Сообщение возвращается туда, откуда пришло',
    'The message would go back where it came from',
    "Check the recipient's id.",
  ),
  'route.capability': row(
    'next-operator',
    'permanent',
    undefined,
    'Оператор получателя не поддерживает такие сообщения',
    "The recipient's operator does not take this kind of message",
    'Use another way agreed with the operator.',
  ),
  'message.differs': row(
    'sender',
    'permanent',
    undefined,
    'Под этим идентификатором уже передано другое сообщение',
    'Another message was already sent under this id',
    'Give the message an id of its own.',
  ),
  'message.parent-refused': row(
    'sender',
    'permanent',
    undefined,
    'Отказано в документе, к которому относится сообщение',
    'The document this message refers to was refused',
    'Send the parent document first.',
  ),
  'message.parent-unknown': row(
    'sender',
    'permanent',
    undefined,
    'Документ, к которому относится сообщение, не известен',
    'The document this message refers to is not known',
    'Send the parent document first.',
  ),
  'message.refused-by-person': row(
    'hub',
    'permanent',
    undefined,
    'Отказано дежурным инженером',
    'Refused by an engineer on duty',
    'See the text of the refusal.',
  ),
  'verdict.tampered': row(
    'sender',
    'permanent',
    undefined,
    'Документ изменён после подписания или подпись не от него',
    'The document was changed after it was signed, or the signature is not its own',
    'Send the document exactly as it was signed, with its own signature.',
  ),
  'verdict.unreadable': row(
    'sender',
    'permanent',
    undefined,
    'Файл подписи документа не прочитан',
    'The signature file of a document cannot be read',
    'Send the signature as CMS SignedData (CAdES-BES) in DER, PEM or base64.',
  ),
  'verdict.not-in-force': row(
    'sender',
    'permanent',
    undefined,
    'Сертификат подписанта отозван или вне срока действия',
    "The signer's certificate is revoked or out of its period",
    'Sign the document anew with a certificate in force.',
  ),
  'verdict.untrusted': row(
    'sender',
    'permanent',
    undefined,
    'Нет пригодной цепочки сертификатов до аккредитованного удостоверяющего центра',
    'There is no sound chain of certificates to an accredited authority',
    'Sign with a certificate of an accredited authority; send its chain along.',
  ),
  'verdict.attorney': row(
    'sender',
    'permanent',
    undefined,
    'Нет действующей доверенности подписанта',
    'There is no power of attorney of the signer in force',
    'Send the power of attorney with the document, or its number and the ИНН of the principal.',
  ),
  'verdict.not-accepted': row(
    'sender',
    'permanent',
    undefined,
    'Подпись документа не принимается по правилам обмена с этим партнёром',
    'The signature is not accepted under the rules agreed with this partner',
    'See the protocol of checks; ask the hub about the rules of your exchange.',
  ),
  'next.error': row(
    'next-operator',
    'permanent',
    undefined,
    'Оператор получателя сообщил об ошибке',
    "The recipient's operator reported an error",
    'See the text of the error.',
  ),

  // reasons to hold (never told to a partner by themselves)
  'deliver.rejected': row(
    'hub',
    'permanent',
    undefined,
    'Следующий оператор не принял наш пакет',
    'The next operator rejected our package',
    'Compare the stored package with its answer, then release or refuse.',
  ),
  'deliver.exhausted': row(
    'next-operator',
    'transient',
    undefined,
    'Попытки доставки исчерпаны',
    'All attempts of delivery failed',
    'Talk to the operator, then release.',
  ),
  'deliver.ambiguous': row(
    'next-operator',
    'transient',
    undefined,
    'Неизвестно, дошёл ли пакет',
    'It is not known whether the package arrived',
    'Ask the operator whether it has the package, then release or refuse.',
  ),
  'deliver.address': row(
    'configuration',
    'configuration',
    undefined,
    'Адрес оператора недопустим',
    "The operator's address is not allowed",
    'Correct the address of the peer.',
  ),
  'receipt.overdue': row(
    'next-operator',
    'transient',
    undefined,
    'Нет технологической квитанции в срок',
    'No processing receipt in time',
    'Ask the operator, then release or refuse.',
  ),
  'parent.overdue': row(
    'sender',
    'transient',
    undefined,
    'Родительский документ не дождались',
    'The parent document did not arrive in time',
    'Release to send it anyway, or refuse.',
  ),
  'hub.faulted': row(
    'hub',
    'transient',
    undefined,
    'Хаб не смог обработать сообщение: одна и та же ошибка повторяется',
    'The hub failed at the message again and again',
    'Look for the fault in the log, mend its cause, then release the message, or refuse it.',
  ),

  // the hub does not start (told to the person who started it)
  'start.data-folder': row(
    'configuration',
    'configuration',
    undefined,
    'Папку данных нельзя создать или в неё нельзя писать',
    'The data folder cannot be made or written to',
    'Correct data.folder or the rights on the folder named here.',
  ),
  'start.blobs-not-ours': row(
    'configuration',
    'configuration',
    undefined,
    'Папка данных не та, с которой работала эта база: пакетов в ней нет',
    'The data folder is not the one of this database: its packages are elsewhere',
    'Correct data.folder, mount its volume, or restore the folder; nodes of one database share it.',
  ),
  'start.file': row(
    'configuration',
    'configuration',
    undefined,
    'Файл или папку из настройки нельзя прочитать или использовать',
    'A file or folder named by a setting cannot be read or used',
    'Correct the setting named here, or the file and the rights on it.',
  ),
  'start.address': row(
    'configuration',
    'configuration',
    undefined,
    'Порт занят, или на этом адресе нельзя принимать соединения',
    'The port is taken, or this address cannot be listened on',
    'Stop what uses the port, or correct the settings named here.',
  ),
  'start.database': row(
    'configuration',
    'configuration',
    undefined,
    'База данных недоступна или не подходит',
    'The database cannot be reached, entered or used',
    'Correct database.url, or the server, role and database it names.',
  ),
  'start.database-platform': row(
    'configuration',
    'configuration',
    undefined,
    'Для этой системы нет встроенного PostgreSQL',
    'There is no embedded PostgreSQL for this machine',
    'Give the URL of a PostgreSQL 15 or later in the settings.',
  ),
  'start.database-place': row(
    'configuration',
    'configuration',
    undefined,
    'Негде разместить встроенную базу данных',
    'The embedded database has no usable folder',
    'Correct the folder named here, or give the URL of a PostgreSQL.',
  ),
  'start.database-in-use': row(
    'configuration',
    'configuration',
    undefined,
    'С этой папкой данных уже работает другой хаб',
    'Another hub works on this data folder',
    'Stop it first, or start this one with another data folder.',
  ),
  'start.database-not-ours': row(
    'configuration',
    'configuration',
    undefined,
    'База данных в папке принадлежит не нам',
    'The database in the folder does not belong to us',
    'Start the hub as the user who made it, or use another data folder.',
  ),
  'start.database-version': row(
    'configuration',
    'configuration',
    undefined,
    'База данных создана другой версией PostgreSQL',
    'The database was made by another version of PostgreSQL',
    'Use the version that made it to move the contents.',
  ),
  'start.database-setting': row(
    'configuration',
    'configuration',
    undefined,
    'Недопустимая настройка базы данных',
    'A setting of the database is not allowed',
    'Leave the setting out.',
  ),
  'start.database-failed': row(
    'hub',
    'transient',
    undefined,
    'Встроенная база данных не запустилась',
    'The embedded database did not start',
    'See the log of the server named here.',
  ),

  // changes of operators, peers and grants
  'partner.invalid': row(
    'sender',
    'permanent',
    undefined,
    'Строка справочника партнёров недопустима',
    'A row of operators, peers or grants is not valid',
    'Correct the value named in the answer.',
  ),
  'partner.conflict': row(
    'sender',
    'configuration',
    undefined,
    'Строка противоречит другим строкам справочника',
    'The row contradicts another row of operators, peers or grants',
    'Correct one of the two rows.',
  ),
  'partner.incomplete': row(
    'configuration',
    'configuration',
    undefined,
    'Для обмена не хватает данных',
    'The exchange cannot be active yet',
    'Add what the answer says is lacking, then activate again.',
  ),

  // the desk of the home operator
  'home.sender': row(
    'sender',
    'permanent',
    undefined,
    'Отправитель — не абонент этого кода',
    'The sender is no subscriber of this home code',
    'Send for subscribers of your own home code, or use the key of the other one.',
  ),
  'home.key-reused': row(
    'sender',
    'permanent',
    undefined,
    'Этот ключ идемпотентности уже был у другого сообщения',
    'This idempotency key was used for another message',
    'Give every message a key of its own; repeat a message with the very same content.',
  ),
  'home.unknown-reference': row(
    'sender',
    'permanent',
    undefined,
    'Нет документа, к которому относится сообщение',
    'The document referred to is not known for this home code',
    'Correct the id, or allow unknown references if the document was exchanged elsewhere.',
  ),
  'home.not-found': row(
    'sender',
    'permanent',
    undefined,
    'Такого входящего сообщения нет',
    'There is no such message in the inbox',
    'Take the id from the inbox.',
  ),
  'home.already-answered': row(
    'sender',
    'permanent',
    undefined,
    'На сообщение уже дан окончательный ответ',
    'The message has its final answer already',
    'Nothing is to be done; an answer cannot be changed.',
  ),

  // links
  ...waitingRefusals,

  // the journal
  'journal.moved': row(
    'configuration',
    'configuration',
    undefined,
    'База перенесена: номера транзакций меньше опечатанных',
    'The database was moved: its transaction ids are behind the sealed ones',
    'Raise the transaction counter of the server with pg_resetwal above the id named here, then start again.',
  ),

  // admin plane
  'admin.unauthorised': row(
    'sender',
    'permanent',
    undefined,
    'Нет доступа',
    'The token is missing or wrong',
    'Give the admin token.',
  ),
  'admin.invalid': row(
    'sender',
    'permanent',
    undefined,
    'Недопустимый запрос',
    'The request is not valid',
    'Correct the value named in the answer.',
  ),
  'admin.not-found': row(
    'sender',
    'permanent',
    undefined,
    'Не найдено',
    'There is no such thing',
    'Check the id.',
  ),
  'admin.not-now': row(
    'sender',
    'permanent',
    undefined,
    'В этом состоянии невозможно',
    'Not possible in this state',
    'See the state of the message.',
  ),
  'admin.too-large': row(
    'sender',
    'permanent',
    undefined,
    'Слишком большой запрос',
    'The request is too large',
    'Split it.',
  ),
  'admin.busy': row(
    'hub',
    'transient',
    undefined,
    'Хаб сейчас не может ответить',
    'The hub cannot answer now',
    'Ask again in a moment; see /health/ready.',
  ),
  'admin.failed': row(
    'hub',
    'transient',
    undefined,
    'Внутренняя ошибка хаба',
    'The hub failed',
    'See the log of the hub at this time.',
  ),

  // internal API
  'api.unauthorised': row(
    'sender',
    'permanent',
    undefined,
    'Нет доступа: ключ не дан или не известен',
    'The API key is missing or not known',
    'Give Authorization: Bearer with a key made by `hub keys create`.',
  ),
  'api.key-expired': row(
    'sender',
    'permanent',
    undefined,
    'Срок ключа истёк',
    'The API key has expired',
    'Ask for a new key.',
  ),
  'api.key-revoked': row(
    'sender',
    'permanent',
    undefined,
    'Ключ отозван',
    'The API key was revoked',
    'Ask for a new key.',
  ),
  'api.scope': row(
    'sender',
    'permanent',
    undefined,
    'Ключ не даёт этого права',
    'The API key does not allow this',
    'Use a key with the verb named in the answer.',
  ),
  'api.home-closed': row(
    'configuration',
    'configuration',
    undefined,
    'Код ключа больше не обслуживается этим хабом',
    'The home code of the key is not served by this hub any more',
    'Ask the hub to add the code to home.codes.',
  ),
  'api.not-found': row(
    'sender',
    'permanent',
    undefined,
    'Не найдено',
    'There is no such thing',
    'Check the id and the address.',
  ),
  'api.invalid': row(
    'sender',
    'permanent',
    undefined,
    'Недопустимый запрос',
    'The request is not valid',
    'Correct the value named in the answer.',
  ),
  'api.cursor': row(
    'sender',
    'permanent',
    undefined,
    'Курсор не от этого вопроса',
    'The cursor is not of this question',
    'Use a cursor as it was given, with the same key and filters; begin again without one.',
  ),
  'api.content-type': row(
    'sender',
    'permanent',
    undefined,
    'Такой вид содержимого не принимается',
    'This content type is not taken',
    'Send application/json or multipart/form-data.',
  ),
  'api.too-large': row(
    'sender',
    'permanent',
    undefined,
    'Запрос больше допустимого',
    'The request is larger than allowed',
    'Send large contents as multipart/form-data, and fewer of them in one message.',
  ),
  'api.cut-short': row(
    'sender',
    'transient',
    undefined,
    'Передача оборвана',
    'The request ended early',
    'Send it again under the same Idempotency-Key.',
  ),
  'api.idempotency-key': row(
    'sender',
    'permanent',
    undefined,
    'Нет ключа идемпотентности или он недопустим',
    'The Idempotency-Key is missing or not allowed',
    'Give the header Idempotency-Key with 1 to 100 visible ASCII characters of your own.',
  ),
  'api.base64': row(
    'sender',
    'permanent',
    undefined,
    'Содержимое не в base64',
    'The content is not base64',
    'Encode the bytes in base64 with padding, without line breaks.',
  ),
  'api.part': row(
    'sender',
    'permanent',
    undefined,
    'Части multipart не соответствуют сообщению',
    'The parts of the multipart body do not fit the message',
    'Send one part `message` (JSON) and one part for every file it names.',
  ),
  'api.digest': row(
    'sender',
    'permanent',
    undefined,
    'SHA-256 не совпадает с содержимым',
    'The SHA-256 given is not that of the content',
    'Send the contents again; check what changes them on their way.',
  ),
  'api.sender': row(
    'sender',
    'permanent',
    undefined,
    'Отправитель — не абонент кода этого ключа',
    'The sender is no subscriber of the home code of this key',
    'Send for subscribers of the home code of the key.',
  ),
  'api.signature-missing': row(
    'sender',
    'permanent',
    undefined,
    'Для такого документа нужна подпись',
    'This type of document needs a signature',
    'Add a detached signature over the document.',
  ),
  'api.parent-missing': row(
    'sender',
    'permanent',
    undefined,
    'Для такого документа нужно указать, к какому документу он относится',
    'This type of document needs the document it answers',
    'Name it in `parents`.',
  ),
  'api.duplicate-id': row(
    'sender',
    'permanent',
    undefined,
    'Идентификатор повторяется',
    'An id stands twice in the message',
    'Give every document and signature an id of its own.',
  ),
  'api.busy': row(
    'hub',
    'transient',
    undefined,
    'Хаб сейчас не может ответить',
    'The hub cannot answer now',
    'Send the same again after the time in Retry-After.',
  ),
  'api.failed': row(
    'hub',
    'transient',
    undefined,
    'Внутренняя ошибка хаба',
    'The hub failed',
    'Send the same again under the same Idempotency-Key; tell the hub the time if it stays.',
  ),

  // signed XML and the trust list (told to the person on duty, never to a partner)
  'xmldsig.absent': row(
    'configuration',
    'configuration',
    undefined,
    'В документе нет подписи',
    'The document has no signature',
    'Take the document from its publisher again.',
  ),
  'xmldsig.structure': row(
    'configuration',
    'configuration',
    undefined,
    'Подпись XML недопустимого строения',
    'The XML signature has a structure that is not accepted',
    'Treat the document as forged until its publisher explains it.',
  ),
  'xmldsig.algorithm': row(
    'configuration',
    'configuration',
    undefined,
    'Алгоритм подписи XML не допускается',
    'The XML signature uses an algorithm that is not accepted',
    'Ask the publisher for a signature with GOST R 34.10-2012.',
  ),
  'xmldsig.certificate': row(
    'configuration',
    'configuration',
    undefined,
    'Сертификат подписи XML не найден или не разобран',
    'The certificate of the XML signature is missing or cannot be read',
    'Ask the publisher for a signature with its certificate inside.',
  ),
  'xmldsig.digest': row(
    'configuration',
    'configuration',
    undefined,
    'Документ изменён после подписания',
    'The document was changed after it was signed',
    'Take the document from its publisher again.',
  ),
  'xmldsig.value': row(
    'configuration',
    'configuration',
    undefined,
    'Подпись XML неверна',
    'The XML signature is wrong',
    'Treat the document as forged; take it from its publisher again.',
  ),
  'xmldsig.signer': row(
    'configuration',
    'configuration',
    undefined,
    'Подписавший документ не входит в число доверенных',
    'The signer of the document is not one of those accepted',
    'Compare the certificate with the publisher, then add it to the accepted signers.',
  ),
  'trust-list.broken': row(
    'configuration',
    'configuration',
    undefined,
    'Перечень аккредитованных УЦ не разобран',
    'The list of accredited authorities cannot be read',
    'Take the list from its publisher again; the edition in force stays.',
  ),
  'trust-list.unsigned': row(
    'configuration',
    'configuration',
    undefined,
    'Перечень аккредитованных УЦ не подписан',
    'The list of accredited authorities is not signed',
    'Take the list from its publisher again; the edition in force stays.',
  ),
  'trust-list.signature': row(
    'configuration',
    'configuration',
    undefined,
    'Подпись перечня аккредитованных УЦ неверна',
    'The signature of the list of accredited authorities does not hold',
    'Treat the list as forged; the edition in force stays.',
  ),
  'trust-list.signer': row(
    'configuration',
    'configuration',
    undefined,
    'Перечень аккредитованных УЦ подписан не тем, кому доверяют',
    'The list of accredited authorities is signed by somebody who is not accepted',
    'Compare the signer with the publisher, then add it to the accepted signers.',
  ),
  'trust-list.older': row(
    'configuration',
    'configuration',
    undefined,
    'Редакция перечня старее действующей',
    'The edition of the list is older than the one in force',
    'Find out why the source gives an old edition; the edition in force stays.',
  ),
  'trust-list.differs': row(
    'configuration',
    'configuration',
    undefined,
    'Под номером действующей редакции перечня пришло другое содержимое',
    'The edition in force came again with other content',
    'Compare both files with the publisher; the edition in force stays.',
  ),
  'trust-list.future': row(
    'configuration',
    'configuration',
    undefined,
    'Дата редакции перечня в будущем',
    'The edition of the list is dated in the future',
    'Check the clock of the hub, then the source; the edition in force stays.',
  ),
  'trust-list.shrunk': row(
    'configuration',
    'configuration',
    undefined,
    'В новой редакции перечня пропало слишком много',
    'The new edition of the list lost too much of the one in force',
    'Compare both editions with the publisher, then install the new one by hand.',
  ),
  'trust-files.unreadable': row(
    'configuration',
    'configuration',
    undefined,
    'Файл или папку нельзя прочитать',
    'The file or folder cannot be read',
    'Correct the path or the rights on what is named here.',
  ),
  'trust-files.broken': row(
    'configuration',
    'configuration',
    undefined,
    'Содержимое файла не разобрано',
    'The content of the file cannot be read',
    'Replace or remove the file named here.',
  ),
  'trust-files.limits': row(
    'configuration',
    'configuration',
    undefined,
    'Файлов слишком много, или они слишком велики',
    'There are too many files, or they are too large',
    'Remove what is not needed from what is named here.',
  ),
  'verify.document': row(
    'configuration',
    'configuration',
    undefined,
    'Документ больше, чем читается',
    'The document is larger than is read',
    'Give the document itself: a pipe without an end has none.',
  ),
  'trust-files.empty': row(
    'configuration',
    'configuration',
    undefined,
    'Нет ни одного подходящего файла',
    'There is no file to read',
    'Put certificates (.crt, .cer, .pem, .der) or lists (.crl, .pem) there.',
  ),

  ...mailRefusals,
  // ИНН, КПП and the directory of subscribers
  ...directoryRefusals,
  ...bulkRefusals,
  ...inviteRefusals,
} as const satisfies Record<string, RefusalRow>

/** The code of a refusal. */
export type RefusalCode = keyof typeof refusals

/** A "no" that was expected: its code, what was seen (bounded, free of personal data) and where. */
export type Refusal = { code: RefusalCode; seen: string; at?: string }

/** Makes a refusal; `seen` and `at` are cut to 300 characters and stripped of control and half characters. */
export function refuse(code: RefusalCode, seen: string, at?: string): Refusal {
  const clean = plain(seen)
  return at === undefined ? { code, seen: clean } : { code, seen: clean, at: plain(at) }
}

/** A cut may halve a character outside the basic plane, and PostgreSQL takes no half ones. */
function plain(text: string): string {
  return text
    .replace(/\p{Cc}/gu, '?')
    .slice(0, 300)
    .toWellFormed()
}

/** Tells refusals from results in functions that return either. */
export function isRefusal<T extends object>(value: T | Refusal): value is Refusal {
  return 'code' in value && 'seen' in value && value.code in refusals
}

/** The row of a code. */
export function refusalRow(code: RefusalCode): RefusalRow {
  return refusals[code]
}

/** One line for the answer to a partner: code, Russian and English text, what was seen, advice. */
export function refusalText(refusal: Refusal): string {
  const { ru, en, advice } = refusalRow(refusal.code)
  const place = refusal.at === undefined ? '' : ` [${refusal.at}]`
  return `${refusal.code}: ${ru} (${en})${place}: ${refusal.seen}. ${advice}`
}
