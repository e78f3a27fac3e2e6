// A home subscriber answers its counterparty: accepts, declines, breaks or withdraws, by a message and one commit.

import { createHash } from 'node:crypto'
import { cellFor } from '../../routing/link.ts'
import type { LinkCell } from '../../routing/machines/link.ts'
import { homePeerOf, type OperatorCode, type ParticipantId, participantKey } from '../../schemas/ids.ts'
import type { LinkAnswer } from '../../schemas/links/api.ts'
import type { InvitedOrganisation } from '../../schemas/package.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { seenOf } from '../directory/seen.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { readSubmitted } from '../store/home/submissions.ts'
import { againWhenStale } from '../store/hot/again-when-stale.ts'
import { StaleChange } from '../store/hot/batcher.ts'
import { type Change, joinChanges } from '../store/hot/change.ts'
import type { PackageSeenRow } from '../store/hot/rows.ts'
import { readLink } from '../store/links/reads.ts'
import type { LinkRow } from '../store/links/rows.ts'
import { readOrganisation } from '../store/links/subscriber-reads.ts'
import { answerTable } from './answer-table.ts'
import { homeOf } from './home-of.ts'
import { sidesOf } from './say.ts'
import { speak } from './speak.ts'

/** What a service asks for. */
export type AnswerRequest = {
  home: OperatorCode
  own: ParticipantId
  counterparty: ParticipantId
  answer: LinkAnswer['answer']
  /** For the counterparty. */
  comment: string | undefined
  /** What is left out is taken from the directory of subscribers. */
  organisation: Omit<InvitedOrganisation, 'id'> | undefined
  /** Key of idempotency. */
  key: string
  remote: string
  apiKey: string | undefined
  /** Written in the same commit. */
  also?: Change
  at: Date
}

/**
 * Where it leads. `message` carries it; undefined when there was nothing to say, and between two subscribers of one home
 * code. `isSaid`: this request said it.
 */
export type Answered = {
  link: LinkRow
  cell: LinkCell
  message: string | undefined
  isSaid: boolean
  isRepeated: boolean
}

/**
 * Answers once by home code and key; another answer under it is refused (home.key-reused). The message and what it says to the
 * link are one commit; a link that moves meanwhile is read again, limits.staleRoundsMax times. Other refusals: home.sender,
 * link.*, those of the route and of the writer; api.busy when the link does not come to rest.
 */
export async function answerLink(
  context: PipelineContext,
  request: AnswerRequest,
): Promise<Answered | Refusal> {
  const { home, own, counterparty, key, at } = request
  if (homeOf(context, own, at) !== home) return refuse('home.sender', `код (code) ${home}`, 'body/own')
  if (participantKey(own) === participantKey(counterparty)) {
    return refuse('link.own', 'own, counterparty', 'body/counterparty')
  }
  const sha256 = digestOf(request)
  try {
    return await againWhenStale(async () => {
      const earlier = await context.intake.readEarlier({ peer: homePeerOf(home), name_key: key })
      if (earlier !== undefined) return repeated(context, { request, sha256, earlier })
      return answerOnce(context, { request, sha256 })
    })
  } catch (error) {
    if (!(error instanceof StaleChange)) throw error
    return refuse('api.busy', 'связь меняется (the link is changing)')
  }
}

async function answerOnce(
  context: PipelineContext,
  { request, sha256 }: { request: AnswerRequest; sha256: string },
): Promise<Answered | Refusal> {
  const { home, counterparty, answer, key, at } = request
  const { link, cell } = await standing(context, request)
  const says = answerTable[cell][answer]
  if (says === 'nothing' && link !== undefined)
    return { link, cell, message: undefined, isSaid: false, isRepeated: false }
  if (says !== 'ask' && says !== 'break')
    return refuse(says === 'nothing' ? 'link.nothing-to-break' : says, cell)
  const from = await ownOrganisation(context, request)
  if (isRefusal(from)) return from
  const { remote, apiKey, comment } = request
  const to = (await readOrganisation(context.store, counterparty)) ?? nobody(counterparty)
  const spoken = await speak(context, { home, type: says, from, to, comment, remote, apiKey, at })
  if (isRefusal(spoken)) return spoken
  // The link moved between the two reads: what is formed may not be what is wanted now.
  if (spoken.said.from !== cell) throw new StaleChange('the link has moved on')
  const seen: PackageSeenRow = {
    peer: homePeerOf(home),
    name_key: key,
    // Where nothing has to travel the key is kept all the same, with a package that is none.
    package: spoken.package ?? context.clock.newId(),
    sha256,
    status: 201,
    code: 'accepted',
    answer: '',
    seen_at: at,
  }
  const subscribers =
    request.organisation === undefined ? [] : [seenOf(from, { state: 'active', source: 'invitation', at })]
  const change = joinChanges([spoken.change, { subscribers }, request.also ?? {}])
  const result = await context.intake.submit({ seen, change })
  if (!result.won) throw new StaleChange('the key was taken meanwhile')
  const { said, message } = spoken
  if (message !== undefined) context.watcher.moved('accepted', 1)
  return { link: said.link, cell: said.to, message, isSaid: true, isRepeated: false }
}

/** The link as it is, and its cell as the subscriber of ours sees it. */
export async function standing(
  context: Pick<PipelineContext, 'store'>,
  { own, counterparty }: Pick<AnswerRequest, 'own' | 'counterparty'>,
): Promise<{ link: LinkRow | undefined; cell: LinkCell }> {
  const { first, second, side } = sidesOf({ by: own, to: counterparty })
  const link = await readLink(context.store, participantKey(first), participantKey(second))
  return { link, cell: cellFor(side, link?.cell ?? 'none') }
}

/** ИНН and name of the one who says it: as given, else as known. */
async function ownOrganisation(
  context: PipelineContext,
  { own, organisation }: Pick<AnswerRequest, 'own' | 'organisation'>,
): Promise<InvitedOrganisation | Refusal> {
  const known = organisation === undefined ? await readOrganisation(context.store, own) : undefined
  const { inn, kpp, name } = organisation ?? known ?? nobody(own)
  if (inn === undefined || name === undefined) {
    return refuse('link.organisation-unknown', 'inn, name', 'body/organisation')
  }
  return { id: own, inn, kpp, name }
}

function nobody(id: ParticipantId): InvitedOrganisation {
  return { id, inn: undefined, kpp: undefined, name: undefined }
}

function digestOf({ own, counterparty, answer, comment, organisation }: AnswerRequest): string {
  const { inn, kpp, name } = organisation ?? {}
  const whole = ['link', own, counterparty, answer, comment ?? null, inn ?? null, kpp ?? null, name ?? null]
  return createHash('sha256').update(JSON.stringify(whole)).digest('hex')
}

async function repeated(
  context: PipelineContext,
  of: { request: AnswerRequest; sha256: string; earlier: PackageSeenRow },
): Promise<Answered | Refusal> {
  const { request, sha256, earlier } = of
  if (earlier.sha256 !== sha256) {
    return refuse('home.key-reused', `под ним принято (taken under it) ${earlier.seen_at.toISOString()}`)
  }
  const message = await readSubmitted(context.store, earlier.package)
  const { link, cell } = await standing(context, request)
  if (link === undefined) throw new Error('an answer was taken and its link is not there')
  return { link, cell, message: message?.id, isSaid: false, isRepeated: true }
}
