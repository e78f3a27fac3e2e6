// Settings of invitations by ИНН and e-mail: how long a claim link is good, and how often its letter may be sent again.

import { integer } from '../setting-rows.ts'

/** The group `claim`. */
export const inviteSettingRows = {
  'claim.validDays': integer(
    { default: 14, min: 1, max: 90, unit: 'days' },
    'Сколько дней действует ссылка из письма с приглашением',
    'For how many days the link of a letter with an invitation is good',
  ),
  'claim.resendAfterMs': integer(
    { default: 600_000, min: 0, max: 7 * 86_400_000, unit: 'ms' },
    'Через сколько письмо того же приглашения можно повторить',
    'After how long the letter of the same invitation may be sent again',
  ),
} as const
