// A claim desk in memory, for tests of the pages: links by token, each good for one choice.

import type { ParticipantId } from '../../schemas/ids.ts'
import type { ClaimChoice, ClaimDesk, ClaimOutcome, ClaimView } from '../../schemas/invites/invite.ts'
import { isRefusal, type Refusal, type RefusalCode, refuse } from '../../schemas/refusals.ts'

/** A link of the desk. */
export type TestLink = { view: ClaimView; isUsed?: boolean; chosen?: ClaimChoice }

/** What the pages show unless a test says otherwise. */
export const sampleView: ClaimView = {
  inviter: { name: 'ООО «Ромашка»', inn: '7707083893' },
  inn: '7736050003',
  message: 'Добрый день!\nС 1 декабря отправляем документы только в электронном виде.',
  operator: 'ООО «Оператор Б»',
  expiresAt: new Date('2030-12-11T15:00:00Z'),
}

/** The token under which the desk has the sample. */
export const sampleToken = 'ZGVtb25zdHJhdGlvbi10b2tlbi1ub3QtYS1zZWNyZXQ'

/** Makes one. An id that stands in `refusals` is refused with that code. */
export function makeTestDesk(links: Record<string, TestLink> = { [sampleToken]: { view: sampleView } }) {
  const refusals: Record<string, RefusalCode> = {}
  const calls: string[] = []
  const find = (token: string, at: Date): TestLink | Refusal => {
    const link = links[token]
    if (link === undefined) return refuse('claim.unknown', 'test')
    return link.view.expiresAt <= at ? refuse('claim.expired', 'test') : link
  }
  const desk: ClaimDesk = {
    async mint() {
      return undefined
    },
    async look(token, at) {
      calls.push('look')
      const link = find(token, at)
      if (isRefusal(link)) return link
      return link.chosen === undefined ? link.view : refuse('claim.used', 'test')
    },
    async choose(token, choice, at) {
      calls.push('choose')
      const link = find(token, at)
      if (isRefusal(link)) return link
      const isSame = JSON.stringify(link.chosen) === JSON.stringify(choice)
      if (link.chosen !== undefined && !isSame) return refuse('claim.used', 'test')
      const code = refusals[choice.is === 'id' ? choice.id : choice.is === 'join' ? choice.name : '']
      if (code !== undefined) return refuse(code, 'test')
      link.chosen = choice
      return outcomeOf(choice)
    },
  }
  return { desk, links, refusals, calls }
}

function outcomeOf(choice: ClaimChoice): ClaimOutcome {
  if (choice.is === 'join') return { is: 'joined', id: '2HH-7736050003-1' as ParticipantId }
  if (choice.is === 'decline') return { is: 'declined' }
  const operator = 'АО «Оператор А»'
  return choice.id.startsWith('2AP')
    ? { is: 'application', id: choice.id, operator }
    : { is: 'asked', id: choice.id, operator }
}
