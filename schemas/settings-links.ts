// Settings of links: how long an answer is waited for.

import { integer } from './setting-rows.ts'

const day = 86_400_000

/** The group `links`. */
export const linkSettingRows = {
  'links.answerWithinMs': integer(
    { default: 30 * day, min: 1000, max: 366 * day, unit: 'ms' },
    'Сколько ждать ответа на приглашение; потом ожидающие его сообщения возвращаются отправителю',
    'How long the answer to an invitation is awaited; then the messages that wait for it go back to their senders',
  ),
}
