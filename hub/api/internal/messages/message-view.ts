// Shows messages to the service of a home code: rows, headers and steps in the shapes of the API, nothing of others.

import { finalStates } from '../../../../routing/machines/message.ts'
import type { MessageDetails, MessageSummary } from '../../../../schemas/api.ts'
import type { OperatorCode } from '../../../../schemas/ids.ts'
import type { Description, OpenedMessage } from '../../../../schemas/package.ts'
import { type RefusalCode, refusals } from '../../../../schemas/refusals.ts'
import { directionOf, type HomeDocument } from '../../../store/home/messages.ts'
import type { MessageRow } from '../../../store/hot/rows.ts'
import type { MessageDetails as FoundDetails } from '../../../store/views/message-details.ts'
import { root } from '../app.ts'
import { problemWords } from '../problems.ts'
import { answerWords, outcomeWords, stateWords, stepWords } from './words.ts'

/** A message for a list. `row` is one of the home code. */
export function summaryOf(
  row: MessageRow,
  home: OperatorCode,
  documents: readonly HomeDocument[],
): MessageSummary {
  const direction = directionOf(row, home) ?? 'in'
  return {
    id: row.id,
    wireId: row.wire_id,
    direction,
    kind: row.kind,
    state: row.state,
    stateText: stateWords(row.state, direction),
    isFinal: finalStates.includes(row.state),
    sender: row.sender,
    recipient: row.recipient,
    receivedAt: row.received_at.toISOString(),
    changedAt: row.state_at.toISOString(),
    answer: {
      outcome: row.answer_code,
      words: answerWords(row.answer_code),
      text: row.answer_text,
      ids: row.answer_ids,
      isTold: row.answer === 'told',
    },
    documents: documents.map(({ document: id, type, file_name: fileName, number, date }) => {
      return { id, type, fileName, number, date }
    }),
    href: hrefOf(row.id),
  }
}

/** Where a message is read. */
export function hrefOf(id: string): string {
  return `${root}/messages/${id}`
}

/** What a message is shown from. `digests`: SHA-256 of signatures by their ids, as far as they are known. */
export type ShownMessage = {
  row: MessageRow
  home: OperatorCode
  opened: OpenedMessage
  found: FoundDetails
  digests: ReadonlyMap<string, string>
  sizeOf(of: 'document' | 'signature', id: string): number | null
  /** What it waits for between its subscribers. */
  waiting: Pick<MessageDetails, 'waitsFor' | 'needsVersion'>
}

/** A message whole. */
export function detailsOf(shown: ShownMessage): MessageDetails {
  const { row, home, opened, found, digests, sizeOf, waiting } = shown
  const { description } = opened
  const summary = summaryOf(row, home, [])
  const indexed = new Map(found.documents.map((document) => [document.wire_id, document]))
  return {
    ...summary,
    recipientUnit: unitOf(description),
    contentSha256: row.content_sha256,
    documents: description.documents.map((document) => ({
      id: document.id,
      type: document.type,
      fileName: document.fileName,
      number: document.number ?? null,
      date: document.date ?? null,
      answerExpected: document.answerExpected,
      encrypted: document.encrypted,
      parents: [...document.parents],
      bytes: sizeOf('document', document.id),
      sha256: indexed.get(document.id)?.sha256 ?? null,
      href: `${summary.href}/documents/${document.id}`,
    })),
    signatures: description.signatures.map(({ id, document, signer }) => ({
      id,
      document,
      signer,
      bytes: sizeOf('signature', id),
      sha256: digests.get(id) ?? null,
      href: `${summary.href}/signatures/${id}`,
    })),
    reason: reasonOf(row.reason),
    route: { via: row.next_peer, reason: row.route_reason },
    verdict: row.verdict,
    warnings: row.warnings,
    deadlineAt: row.deadline_at?.toISOString() ?? null,
    ...waiting,
    timeline: timelineOf(found, summary.direction),
    attempts: attemptsOf(found),
  }
}

function unitOf(description: Description): string | null {
  return description.kind === 'message' ? (description.recipientUnit ?? null) : null
}

/** Not every reason in a row is a refusal: some say why a message goes on. */
function reasonOf(code: string | null): MessageDetails['reason'] {
  if (code === null || !Object.hasOwn(refusals, code)) return null
  return { code, ...problemWords(code as RefusalCode) }
}

/** Of an entry only what is listed here is shown: its facts may name messages of others in the same package. */
function timelineOf({ steps }: FoundDetails, direction: 'in' | 'out'): MessageDetails['timeline'] {
  return steps.map(({ entry }) => {
    const { at, kind, facts } = JSON.parse(entry) as {
      at: string
      kind: string
      facts: Record<string, unknown>
    }
    const [where, code] = [facts['next'] ?? facts['peer'], facts['reason']]
    return {
      at,
      what: stepWords(kind, direction, facts['to']),
      where: typeof where === 'string' ? where : null,
      code: typeof code === 'string' ? code : null,
    }
  })
}

function attemptsOf({ attempts, out }: FoundDetails): MessageDetails['attempts'] {
  const packages = new Map(out.map((one) => [one.id, one]))
  return attempts.map((attempt) => {
    const carrier = packages.get(attempt.package_out)
    return {
      package: carrier?.name ?? '',
      carries: carrier?.kind === 'receipts' ? ('answer' as const) : ('message' as const),
      number: attempt.number,
      startedAt: attempt.started_at.toISOString(),
      endedAt: attempt.ended_at?.toISOString() ?? null,
      outcome: outcomeWords(attempt.class),
      status: attempt.status,
      reason: attempt.reason,
    }
  })
}
