// Route of submissions: a message comes in, as JSON or as a form, and is handed to the desk.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { dayOf } from '../../../routing/periods.ts'
import { MessageSubmitted } from '../../../schemas/api.ts'
import { MessageRequest } from '../../../schemas/api-requests.ts'
import type { Submitted } from '../../../schemas/home.ts'
import { homePeerOf, type OperatorCode } from '../../../schemas/ids.ts'
import type { InviteRequest } from '../../../schemas/invites/invite.ts'
import { limits } from '../../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import { inviteAndSubmit } from '../../home/invite-and-submit.ts'
import { isOwnSender } from '../../home/submit.ts'
import type { InviteForeseen } from '../../invites/foresee.ts'
import { type Caller, checkVerb } from './access.ts'
import { type ApiApp, type ApiParts, callerOf, root, visitOf } from './app.ts'
import { isForm, readForm } from './bodies-in.ts'
import { compileCheck, readIdempotencyKey, readJson, refused } from './checks.ts'
import { invitationOf, readInviting } from './invitations/of-message.ts'
import { hrefOf } from './messages/message-view.ts'
import { deskCodes, sendProblem } from './problems.ts'
import { type MadeSubmission, makeSubmission, needsDay } from './submission.ts'

const Query = Type.Object(
  {
    dryRun: Type.Optional(
      Type.Enum(['true', 'false'], {
        description: 'true: всё проверить и найти маршрут, ничего не отправлять',
      }),
    ),
  },
  { additionalProperties: false },
)
/** The name of the part of a form that holds the message. */
const messagePart = 'message'
const checkMessage = compileCheck({ schema: MessageRequest, httpPart: 'body' })

/** Adds the route. The body is checked here, for a form holds it in one of its parts. */
export function addSubmit(app: ApiApp, parts: ApiParts): void {
  const schema = {
    querystring: Query,
    summary: 'Отправить сообщение (Send a message)',
    description:
      'JSON с содержимым в base64, или multipart/form-data: часть message (JSON) и по части на каждый файл, ' +
      'который назван в file. Idempotency-Key обязателен: повтор под тем же ключом ничего не отправляет дважды. ' +
      'С counterparty (ИНН и e-mail) или invite контрагент приглашается тем же запросом, сообщение ждёт связи.',
    tags: ['messages'],
  }
  const config = {
    verb: 'submit',
    answers: {
      200: { schema: MessageSubmitted, description: 'Проба, или то же сообщение уже принято' },
      201: { schema: MessageSubmitted, description: 'Принято' },
    },
    problems: [
      'api.idempotency-key',
      'api.content-type',
      'api.too-large',
      'api.cut-short',
      'api.base64',
      'api.part',
      'api.digest',
      'api.sender',
      'api.signature-missing',
      'api.parent-missing',
      'api.duplicate-id',
      ...deskCodes,
      'route.unknown-operator',
      'route.no-peer',
      'route.loop',
      'invite.key-reused',
      'invite.sender-unknown',
      'invite.own',
      'invite.text',
      'invite.email',
      'invite.retired',
      'inn.form',
      'inn.check-digit',
      'kpp.form',
      'kpp.of-a-person',
      'description.attribute',
      'zip.too-many',
    ],
  } as const
  const bodyLimit = limits.apiJsonBytesMax
  app.post(`${root}/messages`, { schema, config, bodyLimit }, async (request, reply) => {
    // The bytes are counted as held until the desk is done with them, whatever becomes of the client.
    const release = visitOf(request).hold()
    try {
      return await take(parts, request, reply)
    } finally {
      release()
    }
  })
}

async function take(parts: ApiParts, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const caller = callerOf(request)
  const key = readIdempotencyKey(request)
  const isDryRun = (request.query as { dryRun?: string }).dryRun === 'true'
  const made = await readSubmission(parts, request, { caller, key, isDryRun })
  const { submission, inviting } = made
  // RULES 4: a key speaks for the subscribers of its home code alone.
  if (!isOwnSender(parts.context, submission)) {
    const seen = `код ключа (home code of the key): ${caller.home}`
    return sendProblem(request, reply, refuse('api.sender', seen, 'body/sender'))
  }
  const refusal = inviting === undefined ? undefined : checkVerb(caller, 'invite')
  if (refusal !== undefined) return sendProblem(request, reply, refusal)
  const answer = await give(parts, { submission, inviting })
  if (isRefusal(answer)) return sendProblem(request, reply, answer)
  const { submitted, invited } = answer
  if (submitted.isRepeated) reply.header('idempotency-replayed', 'true')
  if (submitted.message !== undefined) reply.header('location', hrefOf(submitted.message))
  reply.code(submitted.isRepeated || isDryRun ? 200 : 201)
  return { ...answerOf(submitted, made, isDryRun), invitation: invitationOf(invited) }
}

/** To the desk alone, or with the invitation of its recipient. */
async function give(
  { context, desk }: ApiParts,
  { submission, inviting }: Pick<ReadSubmission, 'submission' | 'inviting'>,
): Promise<{ submitted: Submitted; invited?: InviteForeseen } | Refusal> {
  if (inviting === undefined) {
    const submitted = await desk.submit(submission)
    return isRefusal(submitted) ? submitted : { submitted }
  }
  const both = await inviteAndSubmit({ context, desk }, { request: inviting, submission })
  if (isRefusal(both)) return both
  const { invited, submitted } = both
  if (submitted === undefined) throw new TypeError('no attachment was given that an invitation could carry')
  return { submitted, invited }
}

type ReadSubmission = MadeSubmission & { inviting: InviteRequest | undefined }

async function readSubmission(
  { context }: ApiParts,
  request: FastifyRequest,
  of: { caller: Caller; key: string; isDryRun: boolean },
): Promise<ReadSubmission> {
  const files = isForm(request) ? await readForm(request) : new Map<string, Uint8Array>()
  const message = readMessage(request, files)
  files.delete(messagePart)
  const { caller, key, isDryRun } = of
  const at = context.clock.now()
  const { home } = caller
  const day = needsDay(message) ? await firstDay(context, { home, key, at }) : dayOf(at)
  const remote = request.ip
  const inviting = readInviting(message, { caller, key, remote, at })
  const own = { home, key, remote, apiKey: caller.key, at }
  return { ...(await makeSubmission({ ...own, request: message, files, day, isDryRun })), inviting }
}

function readMessage(request: FastifyRequest, files: ReadonlyMap<string, Uint8Array>): MessageRequest {
  const part = files.get(messagePart)
  if (isForm(request) && part === undefined) {
    throw refused('api.part', `нет части (there is no part) ${messagePart}`)
  }
  if (part !== undefined && part.length > limits.apiMessageBytesMax) {
    throw refused('api.too-large', `больше (more than) ${limits.apiMessageBytesMax} bytes`, messagePart)
  }
  if (part === undefined && request.body === undefined) {
    throw refused('api.content-type', 'нет тела запроса (there is no body)')
  }
  const value = part === undefined ? request.body : readJson(part, messagePart)
  const checked = checkMessage(value)
  if ('error' in checked) throw checked.error
  return checked.value as MessageRequest
}

/** A request that leaves a date to the hub is the same request on another day: the day of its first taking stays. */
async function firstDay(
  context: ApiParts['context'],
  { home, key, at }: { home: OperatorCode; key: string; at: Date },
): Promise<string> {
  const earlier = await context.intake.readEarlier({ peer: homePeerOf(home), name_key: key })
  return dayOf(earlier?.seen_at ?? at)
}

function answerOf(
  submitted: Submitted,
  { submission, digests }: MadeSubmission,
  isDryRun: boolean,
): Omit<MessageSubmitted, 'invitation'> {
  const { message, wireId, isRepeated, route, warnings } = submitted
  return {
    id: message ?? null,
    wireId: wireId ?? null,
    isDryRun,
    isRepeated,
    documents: submission.documents.map(({ id, body }) => {
      return { id, bytes: body.length, sha256: digests.get(`document:${id}`) ?? '' }
    }),
    signatures: submission.signatures.map(({ id, document, bytes }) => {
      return { id, document, bytes: bytes.length, sha256: digests.get(`signature:${id}`) ?? '' }
    }),
    route: { via: route.peer, reason: route.reason },
    warnings: [...warnings],
    href: message === undefined ? null : hrefOf(message),
  }
}
