// Settings of links: how long an answer is waited for.

import { integer } from '../setting-rows.ts'

const day = 86_400_000

/** The group `links`. */
export const linkSettingRows = {
  'links.answerWithinMs': integer(
    { default: 30 * day, min: 1000, max: 366 * day, unit: 'ms' },
    'Сколько ждать ответа на приглашение; потом ожидающие его сообщения возвращаются отправителю',
    'How long the answer to an invitation is awaited; then the messages that wait for it go back to their senders',
  ),
  'links.messageWaitMs': integer(
    { default: 30 * day, min: 1000, max: 366 * day, unit: 'ms' },
    'Сколько сообщение ждёт связи с контрагентом; потом возвращается отправителю с причиной',
    'How long a message waits for the link with the counterparty; then it goes back to its sender with the reason',
  ),
  'links.versionWaitMs': integer(
    { default: 30 * day, min: 1000, max: 366 * day, unit: 'ms' },
    'Сколько ждать новой версии сообщения, возвращённого отправителю; потом в нём отказывают',
    'How long the new version of a message that went back to its sender is awaited; then it is refused',
  ),
}
