// The desks of invitations on a real database, behind a running internal plane, with messages formed but not signed.

import type { ClaimContext } from '../../hub/invites/choice.ts'
import { makeClaimDesk } from '../../hub/invites/claims.ts'
import { makeInviteDesk } from '../../hub/invites/desk.ts'
import type { PipelineContext } from '../../hub/pipeline/context.ts'
import type { FormedPackage, FormJob } from '../../hub/pipeline/ports.ts'
import type { InviteRow, LinkRow } from '../../hub/store/links/rows.ts'
import { writeZip } from '../../operators/containers/zip/write.ts'
import { roseu } from '../../operators/dialects/roseu/index.ts'
import type { DocumentId, MessageId, OperatorCode, ParticipantId, SignatureId } from '../../schemas/ids.ts'
import type {
  ClaimDesk,
  InviteDesk,
  InvitedCounterparty,
  InviteRequest,
} from '../../schemas/invites/invite.ts'
import type { InvitationDescription } from '../../schemas/package.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import { twoPartners } from './admin-plane.ts'
import { newKey, startTestApi, type TestApi } from './internal-plane.ts'

/** The desks with what tests look at. */
export type TestInvites = {
  api: TestApi
  context: PipelineContext
  desk: InviteDesk
  claims: ClaimDesk
  /** A desk of claims with a directory. */
  claimsWith(directory: ClaimContext['directory']): ClaimDesk
  /** What was formed to be sent, in order. */
  formed: InvitationDescription[]
  /** Called before a message is formed. */
  onForm: { call?: () => Promise<void> }
  rows<Row>(text: string, values?: unknown[]): Promise<Row[]>
  invite(id: string): Promise<InviteRow>
  link(id: string | null): Promise<LinkRow | undefined>
  /** Changes operators and peers as an engineer would. */
  setUp(change: { peer?: Record<string, unknown>; operatorActive?: boolean }): Promise<void>
}

export const sender = '2AB-7712345678' as ParticipantId
export const recipient = '2ZB-recipient' as ParticipantId
/** Numbers whose check digits are right. */
export const inns = { sender: '7707083893', counterparty: '7736050003', person: '500100732259' } as const

type Test = { teardown(run: () => Promise<void> | void): void }

/** Starts them; they end with the test. Peer `pb` of operator `b` takes what is sent to 2ZB. */
export async function startInvites(t: Test): Promise<TestInvites> {
  const api = await startTestApi(t)
  const { context, store, registry } = { ...api.admin, registry: api.admin.registry }
  const formed: InvitationDescription[] = []
  const onForm: TestInvites['onForm'] = {}
  Object.assign(context.workers, {
    formMessage: async (job: FormJob): Promise<FormedPackage | Refusal> => {
      await onForm.call?.()
      const made = form(job)
      if (!isRefusal(made)) formed.push(made.description)
      return isRefusal(made) ? made : made.package
    },
  })
  Object.assign(context.blobs, { put: async () => ({ ref: 'a-blob', sha256: '0'.repeat(64) }) })
  Object.assign(context.settings, {
    homeIdentities: [],
    linkAnswerWithinMs: 86_400_000,
    claimValidDays: 14,
    claimResendAfterMs: 60_000,
  })
  const rows = async <Row>(text: string, values: unknown[] = []) =>
    (await store.query({ text, values })).rows as Row[]
  const one = async <Row>(text: string, id: string | null) => (await rows<Row>(text, [id]))[0]
  return {
    api,
    context,
    desk: makeInviteDesk(context),
    claims: makeClaimDesk(context),
    claimsWith: (directory) =>
      makeClaimDesk({ ...context, ...(directory === undefined ? {} : { directory }) }),
    formed,
    onForm,
    rows,
    async invite(id) {
      const found = await one<InviteRow>('select * from invite where id = $1', id)
      if (found === undefined) throw new Error(`no invitation ${id}`)
      return found
    },
    link: (id) => one<LinkRow>('select * from link where id = $1', id),
    async setUp({ peer = {}, operatorActive = true }) {
      const peers = twoPartners.peers.map((one) => (one.id === 'pb' ? { ...one, ...peer } : one))
      const operators = twoPartners.operators.map((one) =>
        one.id === 'b' ? { ...one, active: operatorActive } : one,
      )
      const applied = await registry.apply({ operators, peers }, { actor: 'tests', reason: 'tests' })
      if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))
    },
  }
}

function form(job: FormJob): { package: FormedPackage; description: InvitationDescription } | Refusal {
  if (!('type' in job.description)) throw new Error('only invitations are formed here')
  const xml = roseu.writeInvitation(job.description)
  if (isRefusal(xml)) return xml
  const wireId = job.wireId as MessageId
  const { entryNames } = roseu
  const files = job.files.map(({ id, of, bytes }) => ({
    name:
      of === 'document'
        ? entryNames.document(wireId, id as DocumentId)
        : entryNames.signature(wireId, id as SignatureId),
    bytes,
  }))
  const bytes = writeZip([{ name: entryNames.description(wireId), bytes: xml }, ...files])
  const content = roseu.openContent(bytes)
  if (isRefusal(content)) return content
  const description = content.kind === 'messages' ? content.messages[0]?.description : undefined
  if (description?.kind !== 'invitation') throw new Error('what was formed is no invitation')
  return { package: { bytes, content }, description }
}

/** A request that is right, for tests that change one thing. */
export function rightRequest(over: Partial<InviteRequest> = {}): InviteRequest {
  return {
    home: '2AB' as OperatorCode,
    key: newKey(),
    sender: { id: sender, inn: inns.sender, kpp: undefined, name: 'ООО «Отправитель»' },
    counterparty: { by: 'id', id: recipient, email: undefined },
    message: 'Давайте обмениваться',
    comment: 'позвонить в пятницу',
    bulk: undefined,
    remote: '127.0.0.1',
    apiKey: undefined,
    at: new Date(),
    ...over,
  }
}

/** A counterparty known by ИНН and e-mail alone. */
export const byInn: Extract<InvitedCounterparty, { by: 'inn' }> = {
  by: 'inn',
  inn: inns.counterparty,
  kpp: undefined,
  name: undefined,
  email: 'buh@example.ru',
}

/** What was made; throws with the refusal otherwise. */
export function taken<Made extends object>(made: Made | Refusal | undefined): Made {
  if (made === undefined || isRefusal(made)) throw new Error(JSON.stringify(made))
  return made
}

/** The code of a refusal; undefined for what was made. */
export function codeOf(made: object | undefined): string | undefined {
  return made !== undefined && isRefusal(made) ? made.code : undefined
}
