// A directory and a desk of invitations for tests of bulk jobs, and the smallest hub around them.

import { readList } from '../../hub/lists/read.ts'
import type { PipelineContext } from '../../hub/pipeline/context.ts'
import { newRowId } from '../../hub/store/ids.ts'
import type { Store } from '../../hub/store/orm.ts'
import type { Directory, DirectoryHit, LookUp, Reach } from '../../schemas/directory/directory.ts'
import type { ParticipantId, RowId } from '../../schemas/ids.ts'
import type { InviteDesk, InviteMade, InviteRequest } from '../../schemas/invites/invite.ts'
import type { Refusal } from '../../schemas/refusals.ts'

/** A hit of a box with this reach. */
export function hitOf(inn: string, reach: Reach, over: Partial<DirectoryHit> = {}): DirectoryHit {
  const at = new Date(0)
  return {
    id: `2ZB-${inn}-770701001` as ParticipantId,
    inn,
    kpp: undefined,
    name: `ООО ${inn}`,
    operator: { id: 'b', name: 'Оператор Б' },
    reach,
    reason: reach === 'unreachable' ? 'route.no-peer' : undefined,
    firstSeenAt: at,
    lastSeenAt: at,
    lastTrafficAt: undefined,
    deliveredShare: undefined,
    sources: [],
    ...over,
  }
}

/** A directory that answers from functions, and counts the questions by ИНН. */
export function fakeDirectory(of: {
  byInn(inn: string): readonly DirectoryHit[] | Promise<readonly DirectoryHit[]>
  lookUp?(inn: string): LookUp['status'] | Promise<LookUp['status']>
}): Directory & { asked: Map<string, number>; lookedUp: string[] } {
  const asked = new Map<string, number>()
  const lookedUp: string[] = []
  const answer = async ({ inn }: { inn: string }) => {
    asked.set(inn, (asked.get(inn) ?? 0) + 1)
    return [...(await of.byInn(inn))]
  }
  return {
    asked,
    lookedUp,
    byInn: answer,
    byInns: (question) => Promise.all(question.asked.map(answer)),
    byId: async () => undefined,
    async lookUp(question) {
      const inn = 'inn' in question ? question.inn : ''
      lookedUp.push(inn)
      return { status: (await of.lookUp?.(inn)) ?? 'not-found', ids: [], askedAt: new Date() }
    },
  }
}

type Answered = Refusal | InviteMade['outcome']

/** A desk that keeps every invitation under its key, as the real one does, and every call. */
export function fakeDesk(
  answer: (request: InviteRequest) => Answered | Promise<Answered> = () => 'asked',
): InviteDesk & { calls: InviteRequest[]; made: Map<string, InviteMade> } {
  const calls: InviteRequest[] = []
  const made = new Map<string, InviteMade>()
  return {
    calls,
    made,
    async invite(request) {
      calls.push(request)
      const key = `${request.home} ${request.key}`
      const earlier = made.get(key)
      if (earlier !== undefined) return { ...earlier, isRepeated: true }
      const outcome = await answer(request)
      if (typeof outcome !== 'string') return outcome
      const { counterparty: whom } = request
      const counterparty = whom.by === 'id' ? whom.id : (`2AB-${whom.inn}-new` as ParticipantId)
      const one = { invite: newRowId() as RowId, outcome, counterparty, isRepeated: false }
      made.set(key, one)
      return one
    },
  }
}

/** A clock that stands until it is moved. */
export function standingClock(from = Date.parse('2026-10-01T09:00:00Z')) {
  let now = from
  return {
    now: () => new Date(now),
    newId: () => newRowId(new Date(now)),
    random: () => 0.5,
    move(ms: number) {
      now += ms
    },
  }
}

/** What jobs ask of a context. */
export function bulkContext(store: Store, clock: ReturnType<typeof standingClock>): PipelineContext {
  return { store, clock, node: '1', workers: { readList } } as unknown as PipelineContext
}
