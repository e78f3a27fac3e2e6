// What a home service sends to the internal API: the shapes of its requests, with examples that fit them.

import { type Static, Type } from 'typebox'
import { documentNeeds } from './document-types.ts'
import { Email, Inn, inviteTexts, kppAndName, organisation } from './invites/organisation.ts'
import { limits } from './limits.ts'

const strict = { additionalProperties: false }

/** ИдДокумента, ИдЭП and ИдЛС. */
export const Id32 = Type.String({ pattern: '^[a-z0-9]{32}$', description: '32 знака [a-z0-9]' })
const Sha256 = Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: 'SHA-256 содержимого, hex' })
/** A participant id; its length is counted in characters by the reader (RULES 5). */
export const ParticipantText = Type.String({
  minLength: 3,
  maxLength: 92,
  description: 'Идентификатор участника, 3..46 знаков',
})

/** Either `content` (base64) or, in a multipart request, `file`: the name of the part with the bytes. */
const contents = {
  content: Type.Optional(Type.String({ description: 'Содержимое в base64' })),
  file: Type.Optional(
    Type.String({ minLength: 1, maxLength: 100, description: 'Имя части multipart/form-data с содержимым' }),
  ),
  sha256: Type.Optional(Sha256),
}

const signatureOf = {
  id: Type.Optional(Id32),
  signer: Type.Optional(ParticipantText),
  ...contents,
}

const DocumentSignature = Type.Object(signatureOf, {
  ...strict,
  description: 'Отсоединённая подпись под этим документом; подписант по умолчанию — отправитель',
})

/** A detached signature over a document named by its id. */
const SignatureRequest = Type.Object({ ...signatureOf, document: Id32 }, strict)
export type SignatureRequest = Static<typeof SignatureRequest>

const Type48 = Type.String({
  enum: [...documentNeeds.keys()],
  description: 'ТипДокумента опубликованной схемы',
})

/** A document with its content and its signatures. */
export const DocumentRequest = Type.Object(
  {
    id: Type.Optional(Id32),
    type: Type48,
    fileName: Type.String({
      pattern: '^[^/\\\\:?*\\x00-\\x1f\\x7f-\\x9f]{1,255}$',
      description: 'Имя файла без / \\ : ? *',
    }),
    number: Type.Optional(Type.String({ minLength: 1, maxLength: limits.documentNumberLengthMax })),
    date: Type.Optional(
      Type.String({
        pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
        description: 'Дата документа; по умолчанию день первой отправки, UTC',
      }),
    ),
    answerExpected: Type.Optional(Type.Boolean({ description: 'Ожидается подпись получателя' })),
    encrypted: Type.Optional(Type.Boolean()),
    parents: Type.Optional(
      Type.Array(Id32, {
        maxItems: limits.parentsPerDocumentMax,
        uniqueItems: true,
        description: 'К каким документам относится: этого же сообщения или прежним',
      }),
    ),
    ...contents,
    signatures: Type.Optional(Type.Array(DocumentSignature, { maxItems: limits.signaturesPerMessageMax })),
  },
  strict,
)
export type DocumentRequest = Static<typeof DocumentRequest>

/** A message to be sent. */
export const MessageRequest = Type.Object(
  {
    id: Type.Optional(Type.String({ pattern: '^[a-z0-9]{32}$', description: 'ИдЛС; иначе выбирает хаб' })),
    sender: ParticipantText,
    recipient: Type.Optional(ParticipantText),
    counterparty: Type.Optional(
      Type.Object(
        { inn: Inn, ...kppAndName, email: Email, ...inviteTexts },
        {
          ...strict,
          description:
            'Вместо recipient, пока идентификатор не известен: контрагент приглашается письмом, сообщение ждёт ' +
            'связи. Нужно и право invite',
        },
      ),
    ),
    invite: Type.Optional(
      Type.Object(
        { email: Type.Optional(Email), ...inviteTexts },
        {
          ...strict,
          description:
            'Вместе с recipient: пригласить его, если он не связан и не приглашён; сообщение ждёт связи. ' +
            'Нужно и право invite',
        },
      ),
    ),
    senderOrganisation: Type.Optional(
      Type.Object(organisation, {
        ...strict,
        description: 'При приглашении: inn и name отправителя нужны, пока хаб их не знает',
      }),
    ),
    recipientUnit: Type.Optional(Type.String({ maxLength: 255 })),
    documents: Type.Optional(Type.Array(DocumentRequest, { maxItems: limits.documentsPerMessageMax })),
    signatures: Type.Optional(
      Type.Array(SignatureRequest, {
        maxItems: limits.signaturesPerMessageMax,
        description: 'Подписи под документами, отправленными или полученными раньше (или этого сообщения)',
      }),
    ),
    waitForLink: Type.Optional(
      Type.Boolean({
        description:
          'Ждать связи с контрагентом: сообщение уйдёт само, когда приглашение примут; иначе вернётся с причиной',
      }),
    ),
    replaces: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f-]{36}$',
        description:
          'id сообщения, возвращённого на новую версию; получатель — новый идентификатор из needsVersion',
      }),
    ),
    allowUnknownReferences: Type.Optional(
      Type.Boolean({ description: 'Разрешить ссылки на документы, которых хаб не передавал' }),
    ),
  },
  {
    ...strict,
    examples: [
      {
        sender: '2AB-7700000000-770001001-0001',
        recipient: '2ZB-0000000000001',
        documents: [
          {
            type: 'Неформализованный',
            fileName: 'письмо.txt',
            number: '17',
            date: '2026-10-01',
            content: 'UHJpdmV0IQ==',
            signatures: [{ content: 'c2lnbmF0dXJl' }],
          },
        ],
      },
      {
        sender: '2AB-7700000000-770001001-0001',
        senderOrganisation: { inn: '7707083893', name: 'ООО «Отправитель»' },
        counterparty: { inn: '7736050003', email: 'buh@example.ru', message: 'Направляем письмо.' },
        documents: [
          {
            type: 'Неформализованный',
            fileName: 'письмо.txt',
            content: 'UHJpdmV0IQ==',
            signatures: [{ content: 'c2lnbmF0dXJl' }],
          },
        ],
      },
    ],
  },
)
export type MessageRequest = Static<typeof MessageRequest>

/** What a service says of a message of its inbox (RULES 19). */
export const AcknowledgementRequest = Type.Object(
  {
    outcome: Type.Union([Type.Literal('success'), Type.Literal('error'), Type.Literal('unknown-ids')]),
    text: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: limits.receiptTextLengthMax,
        description: 'Что не так; обязательно при error, передаётся отправителю',
      }),
    ),
    ids: Type.Optional(
      Type.Array(Id32, {
        minItems: 1,
        maxItems: limits.referencesPerMessageMax,
        uniqueItems: true,
        description: 'Неизвестные документы; обязательно при unknown-ids',
      }),
    ),
  },
  {
    ...strict,
    examples: [
      { outcome: 'success' },
      { outcome: 'error', text: 'Договор не найден' },
      { outcome: 'unknown-ids', ids: ['b'.repeat(32)], text: 'Нет документа' },
    ],
  },
)
export type AcknowledgementRequest = Static<typeof AcknowledgementRequest>
