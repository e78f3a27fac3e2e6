// Starts the sending of letters: picks the mailer by the settings, runs the loop under its lease, counts what it does.

import { rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { log } from '../../monitoring/log.ts'
import type { Metrics } from '../../monitoring/metrics.ts'
import type { ClaimDesk } from '../../schemas/invites/invite.ts'
import { limits } from '../../schemas/limits.ts'
import { parseEmail } from '../../schemas/mail/email.ts'
import type { PartnerBook } from '../../schemas/partner.ts'
import type { Settings } from '../../schemas/settings.ts'
import { checkTls, readTls, unusableFile } from '../start-refusals.ts'
import { runWithLease } from '../store/lease-loop.ts'
import { letterChannel } from '../store/links/channels.ts'
import { countLetters, sweepLetters } from '../store/links/letters.ts'
import type { Store } from '../store/orm.ts'
import { syncFolder } from '../write-durably.ts'
import { deliverLetters, type PostOffice } from './deliver.ts'
import { mailFolder, makeEmlMailer } from './eml-mailer.ts'
import type { Mailer } from './ports.ts'
import { makeSmtpMailer } from './smtp-mailer.ts'

/** For letters that are kept as files; RFC 2606 gives the name to nobody. */
const fromDefault = 'edo-hub@hub.invalid'

/** What the loop needs. */
export type MailOptions = {
  settings: Settings
  context: PostOffice['context']
  store: Pick<Store, 'query' | 'transaction' | 'listen'>
  /** Id of this node. */
  node: string
  metrics: Metrics
  /** Without it letters with a claim link wait. */
  claims: Pick<ClaimDesk, 'mint'> | undefined
  /** Where the portal is when the settings do not say it. */
  portalAddress: string
  onFault(place: string, error: unknown): void
  /** Another mailer than that of the settings, for tests. */
  mailer?: Mailer
}

/** Starts it. Rejects with HubNotStarted for files of the settings that cannot be used. */
export async function startMail(options: MailOptions): Promise<{ stop(): Promise<void> }> {
  const { settings, context, store, node, metrics, onFault } = options
  const { mail } = settings
  const mailer = options.mailer ?? (await openMailer(settings))
  const from = parseEmail(mail.from ?? fromDefault)
  if (from === undefined) throw unusableFile('mail.from', 'not an address')
  const office: PostOffice = {
    context,
    mailer,
    claims: options.claims,
    home: operatorName(settings, context.book()),
    from,
    portalAddress: portalAddressOf(settings, options.portalAddress),
    retryMs: mail.retryMs.map(Number),
    retryForMs: mail.retryForMs,
    connectionsMax: mail.connectionsMax,
    onTried: (kind, outcome) => metrics.inc('hub_letters_total', { kind, outcome }),
    onFault,
  }
  const loop = runWithLease({
    store,
    name: 'letters',
    owner: node,
    everyMs: mail.pollMs,
    onError: onFault,
    run: async (lease, signal) => {
      const due = await deliverLetters(office, lease, signal)
      if (due === limits.lettersPerRunMax) loop.wake()
      await sweep(options)
    },
  })
  const wake = () => loop.wake()
  const stopListening = await store.listen(letterChannel, { notified: wake, connected: wake })
  collect(options)
  return {
    async stop() {
      await stopListening()
      await loop.stop()
      await mailer.close()
    },
  }
}

/** What people call our operator: the setting, else the name the book has for its first code, else that code. */
export function operatorName({ home }: Settings, book: Pick<PartnerBook, 'operators'>): string {
  const [code = 'ЭДО'] = home.codes
  const isOwn = (other: { code: string }) => other.code.toUpperCase() === code.toUpperCase()
  return (
    home.operatorName ?? [...book.operators.values()].find(({ codes }) => codes.some(isOwn))?.name ?? code
  )
}

/** Where claim links lead, with a slash at the end, so that `claim/<token>` can be put behind it. */
function portalAddressOf({ portal }: Settings, fallback: string): string {
  const address = portal.publicAddress ?? fallback
  return address.endsWith('/') ? address : `${address}/`
}

async function openMailer({ data, mail }: Settings): Promise<Mailer> {
  if (mail.smtpHost === undefined) return makeEmlMailer(mailFolder(data.folder))
  const ca = mail.caFile === undefined ? undefined : await readTls('mail.caFile', mail.caFile)
  if (ca !== undefined) checkTls({ ca })
  const { user, password } = mail
  return makeSmtpMailer({
    host: mail.smtpHost,
    port: mail.smtpPort,
    tls: mail.tls,
    ca: ca?.pem,
    login: user === undefined || password === undefined ? undefined : { user, pass: password },
    allowPrivateAddresses: mail.allowPrivateAddresses,
    connectionsMax: mail.connectionsMax,
  })
}

/**
 * Letters are personal data: those that are over go after their time, with their files. Rows go last: a file whose row is
 * gone would be found by no later run.
 */
async function sweep({ settings, context, store }: MailOptions): Promise<void> {
  const endedBefore = new Date(context.clock.now().getTime() - settings.mail.keepMs)
  const folder = mailFolder(settings.data.folder)
  const swept = await store.transaction(async (sql) => {
    const { count, files } = await sweepLetters(sql, { endedBefore, countMax: limits.lettersSweptMax })
    for (const file of files) rmSync(join(folder, basename(file)), { force: true })
    if (files.length > 0) syncFolder(folder)
    return count
  })
  if (swept > 0) log.info('mail.swept', { count: swept })
}

function collect({ metrics, store, context }: MailOptions): void {
  metrics.collect('hub_letters_queued', async () => {
    const { queued } = await countLetters(store, limits.countedRowsMax)
    return [{ labels: {}, value: queued }]
  })
  metrics.collect('hub_letters_oldest_due_seconds', async () => {
    const { oldestDueAt } = await countLetters(store, limits.countedRowsMax)
    const lateMs = oldestDueAt === null ? 0 : context.clock.now().getTime() - oldestDueAt.getTime()
    return [{ labels: {}, value: Math.max(0, lateMs) / 1000 }]
  })
}
