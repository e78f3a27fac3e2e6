// How the internal API writes organisations that are invited, and the texts that go with an invitation.

import { Type } from 'typebox'
import { limits } from '../limits.ts'

/** Characters are counted by the desk: a character may take two units. */
const textOf = (lengthMax: number, description: string) =>
  Type.String({
    minLength: 1,
    maxLength: 2 * lengthMax,
    description: `${description}, до ${lengthMax} знаков`,
  })

/** ИНН; its check digit is looked at by the desk. */
export const Inn = Type.String({ pattern: '^[0-9]{10}([0-9]{2})?$', description: 'ИНН: 10 или 12 цифр' })
const Kpp = Type.String({ minLength: 9, maxLength: 9, description: 'КПП' })
const Name = textOf(limits.inviteNameLengthMax, 'Наименование одной строкой')

/** КПП and name, as far as they are known. */
export const kppAndName = { kpp: Type.Optional(Kpp), name: Type.Optional(Name) }

/** What an organisation may be known by. */
export const organisation = { inn: Type.Optional(Inn), ...kppAndName }

/** An e-mail address; its form is looked at by the desk. */
export const Email = Type.String({ minLength: 3, maxLength: 254, description: 'Куда отправить письмо' })

/** What goes with an invitation: for the counterparty, and for the sender alone. */
export const inviteTexts = {
  message: Type.Optional(textOf(limits.inviteMessageLengthMax, 'Сообщение контрагенту, простой текст')),
  comment: Type.Optional(
    textOf(limits.inviteCommentLengthMax, 'Комментарий для себя, контрагент его не видит'),
  ),
}
