// Routes of known subscribers: put rows of a file into the directory, find some there.

import { Type } from 'typebox'
import type { AdminImported, AdminSubscribers } from '../../../../schemas/directory/admin.ts'
import type { DirectoryHit } from '../../../../schemas/directory/directory.ts'
import { type ParticipantId, parseParticipantId } from '../../../../schemas/ids.ts'
import { innKppRefusal } from '../../../../schemas/inn.ts'
import { limits } from '../../../../schemas/limits.ts'
import { refusalText, refuse } from '../../../../schemas/refusals.ts'
import { importSubscribers } from '../../../directory/import.ts'
import { wordsOfName } from '../../../directory/words.ts'
import { subscriberView } from '../../subscriber-view.ts'
import { RequestRefused } from '../answers.ts'
import { type AdminApp, type AdminParts, actorOf } from '../app.ts'
import { invalid } from '../checks.ts'

const strict = { additionalProperties: false }
const Text = Type.Optional(Type.String({ maxLength: 4 * limits.subscriberNameLengthMax }))
const Rows = Type.Object(
  {
    rows: Type.Array(
      Type.Object(
        {
          row: Type.Integer({ minimum: 1 }),
          id: Type.String({ maxLength: 200 }),
          inn: Text,
          kpp: Text,
          name: Text,
        },
        strict,
      ),
      { minItems: 1, maxItems: limits.importRowsMax },
    ),
  },
  strict,
)
const Query = Type.Object({ inn: Text, kpp: Text, id: Text, name: Text }, strict)

/** Adds the routes. */
export function addSubscriberImport(app: AdminApp, { context, directory }: AdminParts): void {
  app.post('/admin/v1/subscribers', { schema: { body: Rows } }, async (request): Promise<AdminImported> => {
    const imported = await importSubscribers(context, request.body.rows, actorOf(request))
    for (const key of imported.keys) directory.forget(key)
    const refused = imported.refused.map(({ row, refusal }) => ({
      row,
      code: refusal.code,
      text: refusalText(refusal),
    }))
    return { taken: imported.taken, refused }
  })

  app.get(
    '/admin/v1/subscribers',
    { schema: { querystring: Query } },
    async (request): Promise<AdminSubscribers> => {
      const at = context.clock.now()
      const hits = await find(directory, request.query, at)
      const { activeForMs } = directory
      return { items: hits.map((hit) => subscriberView(hit, { at, activeForMs })) }
    },
  )
}

async function find(
  directory: AdminParts['directory'],
  query: { inn?: string; kpp?: string; id?: string; name?: string },
  at: Date,
): Promise<DirectoryHit[]> {
  const { inn, kpp, id, name } = query
  const eyes = { viewer: undefined, at }
  if ([inn, id, name].filter((one) => one !== undefined).length !== 1) {
    throw invalid('нужно одно из inn, id, name (exactly one of them)', 'querystring')
  }
  if (inn !== undefined) {
    const refusal = innKppRefusal({ inn, kpp })
    if (refusal !== undefined) throw new RequestRefused([refusal])
    return directory.byInn({ inn, kpp, ...eyes })
  }
  if (id !== undefined) {
    const hit = await directory.byId({ id: readId(id), ...eyes })
    return hit === undefined ? [] : [hit]
  }
  if (name === undefined || wordsOfName(name).length === 0) {
    throw new RequestRefused([refuse('directory.name-short', `знаков: ${name?.length ?? 0}`)])
  }
  return directory.byName({ name, ...eyes })
}

function readId(text: string): ParticipantId {
  const id = text.isWellFormed() ? parseParticipantId(text) : undefined
  if (id === undefined) throw invalid('участник: 3..46 знаков (3 to 46 characters)', 'querystring/id')
  return id
}
