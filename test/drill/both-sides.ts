// What must hold after a drill at SFTP servers and in inboxes: nothing left behind, nothing read twice or never.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sql } from '../../hub/store/sql.ts'
import { siteOf } from '../../routing/book.ts'
import { homeCodeOf } from '../../schemas/ids.ts'
import type { RelayPartner } from '../support/relay-partners.ts'
import type { ReadEntry } from './journal-story.ts'

/** Folders of SFTP partners against the journal: all are empty but for answers and what is archived, once each. */
export function checkFolders(of: { all: readonly RelayPartner[]; entries: readonly ReadEntry[] }): string[] {
  return of.all.flatMap((partner) => {
    if (partner.sftp === undefined) return []
    const { folder, row } = partner.sftp
    const site = siteOf(row)
    const filesIn = (name: string) =>
      readdirSync(join(folder, name), { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
    const faults = [site.putFolder, site.pickupFolder, site.claimedFolder].flatMap((name) => {
      const left = filesIn(name)
      return left.length === 0 ? [] : [`${partner.code} has ${left.length} files in ${name}: ${left[0]}`]
    })
    const accepted = acceptedFrom(of.entries, partner)
    const names = [...accepted.keys()]
    const answers = filesIn(site.answersOutFolder)
    const wrong = answers.filter(
      (name) => !/^200\b/.test(readFileSync(join(folder, site.answersOutFolder, name), 'utf8')),
    )
    if (wrong.length > 0) faults.push(`${partner.code} was told a refusal: ${wrong.join(' ')}`)
    const told = answers.map((name) => name.replace(/\.txt$/, ''))
    faults.push(...compare(`${partner.code}: answers`, told, site.answers === 'all' ? names : []))
    if (site.archiveFolder === undefined) return faults
    const archived = filesIn(site.archiveFolder)
      .filter((name) => name.endsWith('.cms'))
      .map((name) => name.slice(name.indexOf('.') + 1))
    faults.push(...compare(`${partner.code}: archived packages`, [...new Set(archived)], names))
    for (const [name, copies] of Map.groupBy(archived, (one) => one)) {
      // A partner that lost sight of its package puts it again: the door knows it, and the copy is archived as well.
      if (copies.length <= 1 + (accepted.get(name) ?? 0)) continue
      faults.push(`package ${name} is archived ${copies.length} times`)
    }
    return faults
  })
}

/** Packages the hub took in, by the journal: how often each came again, by name. */
function acceptedFrom(entries: readonly ReadEntry[], { peer }: RelayPartner): Map<string, number> {
  const repeats = Map.groupBy(
    entries.filter(({ kind }) => kind === 'package.repeated'),
    ({ subject }) => subject,
  )
  return new Map(
    entries
      .filter(({ kind, facts }) => kind === 'package.accepted' && facts['peer'] === peer)
      .map(({ subject, facts }) => [String(facts['name']), repeats.get(subject)?.length ?? 0]),
  )
}

function compare(what: string, found: readonly string[], due: readonly string[]): string[] {
  const isSame = found.toSorted().join() === due.toSorted().join()
  return isSame ? [] : [`${what}: ${found.length}, by the journal ${due.length}`]
}

/** Positions without a gap, and each service has read its inbox once, from the first entry to the last (RULES 27). */
export async function checkInboxes(look: Sql, all: readonly RelayPartner[]): Promise<string[]> {
  const faults: string[] = []
  for (const { code, peer, inbox } of all) {
    if (inbox === undefined) continue
    const { rows } = await look.query(
      'select position::int, kind, message from home_inbox where home = $1 order by position',
      [homeCodeOf(peer)],
    )
    const gap = rows.findIndex(({ position }, index) => position !== index + 1)
    if (gap >= 0) faults.push(`the inbox of ${code} has ${rows[gap]?.['position']} where ${gap + 1} is due`)
    const lineOf = (of: Record<string, unknown>) => `${of['position']} ${of['kind']} ${of['message']}`
    const isSame = inbox.map(lineOf).join() === rows.map(lineOf).join()
    if (!isSame) faults.push(`${code} read ${inbox.length} entries of its inbox, it has ${rows.length}`)
    const { rows: heads } = await look.query('select last::int from home_head where home = $1', [
      homeCodeOf(peer),
    ])
    if (heads[0]?.['last'] !== rows.length) faults.push(`the head of ${code} stands at ${heads[0]?.['last']}`)
    if (new Set(rows.map(({ kind, message }) => `${kind} ${message}`)).size !== rows.length)
      faults.push(`something stands twice in the inbox of ${code}`)
  }
  return faults
}
