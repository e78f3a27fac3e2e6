// What an invitation is made of, and what comes of it.

import type { InviteRequest } from '../../schemas/invites/invite.ts'
import type { InvitedOrganisation } from '../../schemas/package.ts'
import type { Change } from '../store/hot/change.ts'
import type { InviteRow } from '../store/links/rows.ts'

/** A sender of whom everything is known that a Запрос must say. */
export type KnownSender = InvitedOrganisation & { inn: string; name: string }

/** What an invitation is made of. */
export type Making = { request: InviteRequest; sender: KnownSender; digest: string }

/** A new invitation with everything that goes with it, or one that stands. */
export type Made = { invite: InviteRow; change?: Change; isCarried?: boolean }
