// Settings of bulk jobs: how fast they invite, and how long their rows are kept.

import { integer } from '../setting-rows.ts'

/** The group `bulk`. */
export const bulkSettingRows = {
  'bulk.invitesPerMinute': integer(
    { default: 600, min: 1, max: 60_000, unit: 'invitations' },
    'Сколько приглашений в минуту отправляют все массовые задания вместе',
    'How many invitations a minute all bulk jobs send together',
  ),
  'bulk.keptDays': integer(
    { default: 30, min: 1, max: 366, unit: 'days' },
    'Сколько дней хранится массовое задание после последнего изменения: в нём ИНН, наименования и адреса почты',
    'How many days a bulk job is kept after its last change: it holds ИНН, names and e-mails',
  ),
}
