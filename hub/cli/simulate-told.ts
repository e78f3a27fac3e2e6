// What `hub simulate partner` tells while it runs: how to register it, then a line for everything that happens.

import type { ReceiptItem } from '../../schemas/package.ts'
import type { Outcome } from '../../schemas/transport.ts'
import type { AlonePartner } from '../simulate/alone/partner.ts'
import type { SimulatedMessage } from '../simulate/messages.ts'
import type { RecordNews } from '../simulate/record.ts'
import type { CliContext } from './context.ts'
import type { Simulation } from './simulate-options.ts'
import { formatFacts } from './table.ts'

/** Whom the partner tells. */
export type Reporter = {
  ready(partner: AlonePartner, simulation: Simulation): void
  news(news: RecordNews): void
  /** Receipts of its own were answered. */
  told(items: readonly ReceiptItem[], outcome: Outcome): void
  sent(message: SimulatedMessage, outcome: Outcome): void
}

/** Lines for a person, or JSON lines. */
export function makeReporter({ io, json }: CliContext): Reporter {
  const tell = (event: string, facts: Record<string, unknown>, text: string) =>
    io.out(json ? `${JSON.stringify({ event, ...facts })}\n` : `${text}\n`)
  return {
    ready(partner, simulation) {
      const facts = readyFacts(partner, simulation)
      tell('ready', facts, readyText(facts))
    },
    news({ arrival, messages = [], receipts = [] }) {
      for (const { id, sender, recipient } of messages) {
        tell('message', { id, sender, recipient }, `сообщение (message) ${id}: ${sender} → ${recipient}`)
      }
      for (const { item } of receipts) {
        tell('receipt', item, `получена квитанция (receipt got) ${item.message}: ${itemText(item)}`)
      }
      if (arrival !== undefined) {
        const { name, bytes, behaviour, status, repeated } = arrival
        const answer = status === 0 ? 'без ответа (unanswered)' : status
        const again = repeated ? ', повтор (repeated)' : ''
        const text = `пакет (package) ${name}: ${bytes} байт, ${behaviour}, ${answer}${again}`
        tell('package', { name, bytes, behaviour, status, repeated }, text)
      }
    },
    told(items, outcome) {
      for (const item of items) {
        const text = `отправлена квитанция (receipt told) ${item.message}: ${itemText(item)}; ${outcomeText(outcome)}`
        tell('told', { ...item, class: outcome.class, status: outcome.status }, text)
      }
    },
    sent({ id, recipient }, outcome) {
      const text = `отправлено (sent) ${id} → ${recipient}: ${outcomeText(outcome)}`
      const { class: is, status, reason } = outcome
      tell('sent', { id, recipient, class: is, status, reason, text: outcome.text }, text)
    },
  }
}

function itemText(item: ReceiptItem): string {
  return 'text' in item && item.text !== undefined ? `${item.outcome}, ${item.text}` : item.outcome
}

function outcomeText({ class: is, status, reason, text }: Outcome): string {
  return [is, status ?? reason, text].filter((part) => part !== '').join(' ')
}

type ReadyFacts = {
  code: string
  name: string
  address: string
  subscriber: string
  partnerFile: string
  folder: string
  signers: readonly string[]
  sftp: { hostKeys: readonly string[]; folder: string; hubKeys: number } | undefined
}

function readyFacts(
  { operator, subscriber, partnerFile }: AlonePartner,
  { partner }: Simulation,
): ReadyFacts {
  const { transport } = partner
  const hubKeys = transport.over === 'sftp' ? transport.hubKeys.length : 0
  return {
    code: operator.code,
    name: operator.name,
    address: operator.address,
    subscriber: subscriber.id,
    partnerFile,
    folder: partner.folder,
    signers: partner.signers ?? [],
    sftp:
      'sftp' in operator
        ? { hostKeys: operator.sftp.row.hostKeys, folder: operator.sftp.folder, hubKeys }
        : undefined,
  }
}

function readyText({ sftp, ...facts }: ReadyFacts): string {
  const lines = formatFacts([
    ['оператор (operator)', `${facts.code}, ${facts.name}`],
    ['адрес (address)', facts.address],
    ['ключ узла (host key)', sftp?.hostKeys.join(' ')],
    ['файлы (files)', sftp?.folder],
    ['его участник (its participant)', facts.subscriber],
    ['кто подписывает (signers)', facts.signers.join(' ') || 'любой (anybody)'],
    ['папка (folder)', facts.folder],
    ['файл партнёра (partner file)', facts.partnerFile],
    ['зарегистрировать (register)', `hub partners apply '${facts.partnerFile}' --reason 'проба'`],
    [
      'у хаба (at the hub)',
      'outbound.allowPrivateAddresses=true, если адрес частный (for a private address)',
    ],
    ['остановить (stop)', 'Ctrl-C'],
  ])
  const nobody = 'Ключей хаба нет: никто не войдёт; дайте --hub-key (no key of a hub: nobody may come in)'
  return sftp?.hubKeys === 0 ? `${lines}\n${nobody}` : lines
}
