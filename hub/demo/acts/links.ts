// Fifth act of the demo: a counterparty of whom only ИНН and e-mail are known, from a letter to a delivered document.

import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { MessageId, ParticipantId } from '../../../schemas/ids.ts'
import { freeDocument } from '../../simulate/documents.ts'
import { requestOf } from '../../simulate/home-requests.ts'
import { composeInvitation, composeMessage } from '../../simulate/messages.ts'
import type { RecordedMessage } from '../../simulate/record.ts'
import type { Plot } from '../plot.ts'
import { askApi } from '../service.ts'
import type { Stage } from '../stage.ts'
import { answeredWithinMs, carry, compareDocument, expectSuccess, type Scene, type Step } from '../steps.ts'
import { chooseOnPage, readPage, waitForClaimLetter } from '../visitor.ts'

/** The steps of the act. */
export const links: readonly Step[] = [
  {
    id: 'invite-by-inn',
    ru: 'Наш абонент приглашает контрагента, зная только ИНН и почту, и сразу посылает ему документ',
    en: 'our subscriber invites by ИНН and e-mail alone, and sends a document at once: it waits',
    run: inviteByInn,
  },
  {
    id: 'claim-letter',
    ru: 'Контрагент получил письмо и открыл страницу по ссылке из него',
    en: 'the counterparty got a letter and opened the page behind its link',
    run: openLetter,
  },
  {
    id: 'claim',
    ru: 'Он выбрал «у нас есть идентификатор» у оператора Б: приглашение переформировано и ушло туда',
    en: 'it entered its id at operator B: the invitation was re-formed and went there',
    run: claim,
  },
  {
    id: 'claim-answer',
    ru: 'Б принимает приглашение, связь установлена, ждавший документ переадресован и доставлен без изменений',
    en: 'B accepts, the link stands, and the document that waited is re-addressed and delivered unchanged',
    run: acceptAndReceive,
  },
]

const documentBytes = 3_000
const lookMs = 50

async function inviteByInn({ stage, plot, found }: Scene): Promise<void> {
  const { home, b } = stage
  const { id, inn, kpp, name } = home.subscriber
  const invitation = {
    sender: { id, inn, kpp, name },
    counterparty: { inn: b.subscriber.inn, kpp: b.subscriber.kpp, name: b.subscriber.name },
    email: 'edo@vasilek.invalid',
    message: 'Предлагаем обмениваться документами в электронном виде.',
    comment: 'показ (demo)',
  }
  const made = await askApi(stage, { path: '/invitations', json: invitation })
  const { outcome, counterparty, href } = made as Record<'outcome' | 'counterparty' | 'href', string>
  found.check('приглашение ждёт выбора контрагента (it waits for a choice)', outcome === 'unclaimed', outcome)
  found.fact('временный абонент (stand-in)', counterparty)

  const at = new Date()
  const documents = [freeDocument({ at, size: documentBytes, fileName: 'предложение.pdf', number: '31' })]
  const message = composeMessage({
    from: home.subscriber,
    to: { id: counterparty as ParticipantId },
    at,
    documents,
  })
  const sent = (await askApi(stage, { path: '/messages', json: requestOf(message) })) as { href: string }
  plot.invited = { href, message, link: undefined }
  const state = await stateOnceProcessed(stage, sent.href)
  found.check('документ ждёт связи (the document waits for the link)', state === 'awaiting-link', state)
}

async function openLetter({ stage, plot, found }: Scene): Promise<void> {
  const { file, link } = await waitForClaimLetter(stage)
  found.fact('письмо (letter)', file)
  const page = await readPage(link)
  found.check('страница открылась (the page opens)', page.status === 200, String(page.status))
  found.check('на ней сказано, кто приглашает (it says who invites)', page.shows(stage.home.subscriber.name))
  invitedOf(plot).link = link
}

async function claim(scene: Scene): Promise<void> {
  const { stage, plot, found } = scene
  const { b, home } = stage
  const { link } = invitedOf(plot)
  assert(link !== undefined, 'the letter was read')
  const choice = { choice: 'id', id: b.subscriber.id }
  const answered = await chooseOnPage(link, choice)
  found.check('выбор принят (the choice is taken)', answered.status === 200, String(answered.status))
  const parties = { from: home.subscriber.id, to: b.subscriber.id }
  const { record } = b.operator
  const asked = await record.waitFor(() => record.messages.find((one) => isAskTo(one, parties)), 'the Запрос')
  const message = { id: asked.id as MessageId, contentSha256: asked.contentSha256 }
  plot.carried.push({ message, from: home, to: b })
  found.fact('ИдЛС Запроса (its Запрос)', asked.id)
  found.check('Запрос пришёл на введённый идентификатор (it came under the id that was entered)', true)
  const again = await chooseOnPage(link, { choice: 'decline' })
  found.check('вторая попытка по той же ссылке ничего не меняет (the link works once)', again.status >= 400)
}

async function acceptAndReceive(scene: Scene): Promise<void> {
  const { stage, plot, found } = scene
  const { b, home } = stage
  const { message, href } = invitedOf(plot)
  const accepted = composeInvitation({ type: 'ask', from: b.subscriber, to: home.subscriber, at: new Date() })
  await carry(scene, { from: b, to: home, message: accepted })
  await expectSuccess(found, b, accepted.id)
  const got = await b.operator.record.waitForMessage(message.id)
  plot.carried.push({ message, from: home, to: b })
  found.check(
    'получатель — введённый идентификатор (it is addressed to that id)',
    got.recipient === b.subscriber.id,
  )
  compareDocument(found, { message, got })
  await expectSuccess(found, home, message.id)
  const card = (await askApi(stage, { path: href })) as { state: string }
  found.check(
    'приглашение завершено связью (the invitation ended in a link)',
    card.state === 'linked',
    card.state,
  )
}

function isAskTo(one: RecordedMessage, { from, to }: { from: string; to: string }): boolean {
  return one.kind === 'invitation' && one.invitation === 'ask' && one.sender === from && one.recipient === to
}

/** The state of a message of ours after its first processing. */
async function stateOnceProcessed(stage: Stage, href: string): Promise<string> {
  const until = performance.now() + answeredWithinMs
  for (;;) {
    const { state } = (await askApi(stage, { path: href })) as { state: string }
    if (state !== 'accepted' || performance.now() > until) return state
    await pause(lookMs)
  }
}

function invitedOf(plot: Plot): NonNullable<Plot['invited']> {
  if (plot.invited === undefined) throw new Error('nobody was invited')
  return plot.invited
}
