// The route of the directory of subscribers: search by ИНН, id or name, on wish with the directory of participants.

import { Type } from 'typebox'
import { SubscriberList } from '../../../schemas/directory/api.ts'
import type { DirectoryHit, LookUp } from '../../../schemas/directory/directory.ts'
import type { ParticipantId } from '../../../schemas/ids.ts'
import { innKppRefusal } from '../../../schemas/inn.ts'
import { limits } from '../../../schemas/limits.ts'
import type { RefusalCode } from '../../../schemas/refusals.ts'
import { wordsOfName } from '../../directory/words.ts'
import { homeOf } from '../../links/home-of.ts'
import { RequestRefused } from '../admin/answers.ts'
import { lookUpView, subscriberView } from '../subscriber-view.ts'
import { type ApiApp, type ApiParts, callerOf, root } from './app.ts'
import { invalid, PageSize, readPageSize, readParticipant, refused } from './checks.ts'

const Query = Type.Object(
  {
    inn: Type.Optional(Type.String({ maxLength: 50, description: 'ИНН, 10 или 12 цифр' })),
    kpp: Type.Optional(Type.String({ maxLength: 50, description: 'КПП; только вместе с ИНН из 10 цифр' })),
    id: Type.Optional(Type.String({ maxLength: 200, description: 'Идентификатор участника' })),
    name: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: limits.directoryNameLengthMax,
        description: 'Слова имени или их начала',
      }),
    ),
    viewer: Type.Optional(
      Type.String({ maxLength: 200, description: 'Свой абонент: от чьего имени смотреть на связи' }),
    ),
    limit: Type.Optional(PageSize),
    lookUp: Type.Optional(
      Type.Union([Type.Literal('true'), Type.Literal('false')], {
        description: 'Спросить и справочник участников ФНС (только inn или id)',
      }),
    ),
  },
  { additionalProperties: false },
)

const problems = [
  'inn.form',
  'inn.check-digit',
  'kpp.form',
  'kpp.of-a-person',
  'api.sender',
  'directory.name-short',
  'directory.not-set-up',
  'directory.kpp-needed',
  'directory.own-id',
] as const satisfies readonly RefusalCode[]

/** What nobody was asked for: the question cannot be put at all. */
const unaskedCodes: readonly (RefusalCode | undefined)[] = problems.slice(-3)

/** Adds the route. */
export function addSubscribers(app: ApiApp, { context, directory }: ApiParts): void {
  const schema = {
    querystring: Query,
    summary: 'Известные абоненты по ИНН, идентификатору или имени (Known subscribers), лучшие сверху',
    tags: ['directory'],
  }
  const config = {
    verb: 'directory',
    answers: { 200: { schema: SubscriberList, description: 'Найденные, возможно ни одного' } },
    problems,
  } as const
  app.get(`${root}/directory`, { schema, config }, async (request): Promise<SubscriberList> => {
    const { viewer: viewerText, limit, lookUp: isLookedUp, ...given } = request.query
    const rowsMax = readPageSize(limit)
    const { home } = callerOf(request)
    const at = context.clock.now()
    const viewer = viewerText === undefined ? undefined : readParticipant(viewerText, 'querystring/viewer')
    if (viewer !== undefined && homeOf(context, viewer, at) !== home) {
      throw refused('api.sender', viewer, 'querystring/viewer')
    }
    const wanted = readWanted(given)
    const lookUp = isLookedUp === 'true' ? await lookedUp(directory, wanted) : undefined
    const hits = await find(directory, wanted, { viewer, home, at })
    const { activeForMs } = directory
    return {
      items: hits.slice(0, rowsMax).map((hit) => subscriberView(hit, { at, activeForMs })),
      lookUp: lookUp === undefined ? null : lookUpView(lookUp, context.clock.now()),
    }
  })
}

type Wanted = { inn: string; kpp: string | undefined } | { id: ParticipantId } | { name: string }

function readWanted(given: { inn?: string; kpp?: string; id?: string; name?: string }): Wanted {
  const { inn, kpp, id, name } = given
  if ([inn, id, name].filter((one) => one !== undefined).length !== 1) {
    throw invalid('нужно одно из inn, id, name (exactly one of them)', 'querystring')
  }
  if (kpp !== undefined && inn === undefined) {
    throw invalid('КПП — только вместе с ИНН (only beside inn)', 'querystring/kpp')
  }
  if (inn !== undefined) {
    const refusal = innKppRefusal({ inn, kpp })
    if (refusal !== undefined) throw new RequestRefused([{ ...refusal, at: `querystring/${refusal.at}` }])
    return { inn, kpp }
  }
  if (id !== undefined) return { id: readParticipant(id, 'querystring/id') }
  if (name === undefined || wordsOfName(name).length === 0) {
    throw refused('directory.name-short', `знаков: ${name?.length ?? 0}`, 'querystring/name')
  }
  return { name }
}

async function lookedUp(directory: ApiParts['directory'], wanted: Wanted): Promise<LookUp> {
  if ('name' in wanted) {
    throw invalid('по имени справочник участников не ищет (it finds nobody by name)', 'querystring/lookUp')
  }
  const lookUp = await directory.lookUp(wanted)
  const { reason } = lookUp
  if (reason !== undefined && unaskedCodes.includes(reason))
    throw refused(reason, 'lookUp', 'querystring/lookUp')
  return lookUp
}

async function find(
  directory: ApiParts['directory'],
  wanted: Wanted,
  eyes: Pick<Parameters<ApiParts['directory']['byName']>[0], 'viewer' | 'home' | 'at'>,
): Promise<DirectoryHit[]> {
  if ('inn' in wanted) return directory.byInn({ ...wanted, ...eyes })
  if ('name' in wanted) return directory.byName({ ...wanted, ...eyes })
  const hit = await directory.byId({ ...wanted, ...eyes })
  return hit === undefined ? [] : [hit]
}
