// Functions in the database: a whole change in one round trip, built from the table of inserts, and the door's look-up.

import { createHash } from 'node:crypto'
import { homeChannel } from '../home/inbox.ts'
import { letterChannel, linkChannel } from '../links/channels.ts'
import { versionedStatements } from '../links/inserts.ts'
import { waitStatements } from '../links/waits.ts'
import type { SqlStore } from '../sql.ts'
import { commitParts, statements } from './inserts.ts'
import { linkWaitLane, waitingLane } from './rows.ts'

/** SQLSTATE of a change that rests on rows which are not ours, or have moved on, meanwhile. */
export const staleState = 'HB001'

/** SQLSTATE of packages of which one bears a name that was taken meanwhile (RULES 11). */
export const nameTakenState = 'HB002'

/** Names of the functions of this version; nodes of another version keep their own (STYLE 39). */
export type CommitFunctions = { change: string; intake: string; seen: string }

// Every row is found by its key: a plan made while a table was small must not scan it later. And so there is but one plan for
// each statement, whatever its values: to make it anew for each call costs more than to carry it out.
const planning =
  'set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off ' +
  'set plan_cache_mode = force_generic_plan'

const stale = (what: string) => `raise exception '${what}' using errcode = '${staleState}';`

const insertPart = ([part, statement]: [string, { text: string }]) =>
  `if change ? '${part}' then ${statement.text.replace('$1::jsonb', `(change->'${part}')`)}; end if;`

/** A part whose rows rest on a version that must still be there. */
const versionedPart = ([part, { text }]: [string, { text: string }]) =>
  `if change ? '${part}' then ${text.replace('$1::jsonb', `(change->'${part}')`)};
    get diagnostics found = row_count;
    if found <> jsonb_array_length(change->'${part}') then ${stale(`${part} have moved on`)} end if;
  end if;`

/** Ids of a part, as a set of uuid. */
const idsOf = (part: string) => `(select value::uuid from jsonb_array_elements_text(change->'${part}'))`

const leasesOf =
  "(select name, token from jsonb_to_recordset(change->'leases') as one(name text, token bigint))"

/** Woken are those who wait for the very two of a link, for an invitation, or in the name of its stand-in. */
const wakeWaiting = (part: 'links' | 'invites', waiters: string) =>
  `if change ? '${part}' then
    update work set due_at = date_trunc('milliseconds', clock_timestamp()) where hop = 'process'
      and lane = '${linkWaitLane}' and id in (${waiters});
    get diagnostics found = row_count;
    woken := woken + found;
  end if;`

const waitersOfLinks = `select w.message from jsonb_to_recordset(change->'links')
  as x(first_key text, second_key text) join link_wait w using (first_key, second_key)`

const invitesOf = "jsonb_to_recordset(change->'invites') as x(id uuid, sender text, stand_in text)"
const waitersOfInvites = `select w.message from ${invitesOf} join link_wait w on w.invite = x.id union
  select w.message from ${invitesOf} join link_wait w
    on w.first_key = lower(x.sender) and w.second_key = lower(x.stand_in) union
  select w.message from ${invitesOf} join link_wait w
    on w.first_key = lower(x.stand_in) and w.second_key = lower(x.sender)`

const changeBody = `
declare
  found integer;
  woken integer := 0;
begin
  if change ? 'owned' then
    select count(*) into found from
      (select from work where id in ${idsOf('owned')} and owner = node order by id for update) as locked;
    if found <> (select count(distinct value) from jsonb_array_elements_text(change->'owned')) then
      ${stale('work rows are not ours any more')}
    end if;
  end if;
  if change ? 'leases' then
    select count(*) into found from
      (select from lease l where (l.name, l.token) in ${leasesOf} order by l.name for share) as held;
    if found <> (select count(*) from (select distinct name from ${leasesOf} as x) as wanted) then
      ${stale('a lease is not ours any more')}
    end if;
  end if;
  if change ? 'moves' then
    ${statements.messageMove.text.replace('$1::jsonb', "(change->'moves')")};
    get diagnostics found = row_count;
    if found <> jsonb_array_length(change->'moves') then ${stale('a message has moved on')} end if;
  end if;
  if change ? 'readdressed' then
    ${waitStatements.readdressedMessages.replace('$1::jsonb', "(change->'readdressed')")};
  end if;
  if change ? 'documentsReaddressed' then
    ${waitStatements.readdressedDocuments.replace('$1::jsonb', "(change->'documentsReaddressed')")};
  end if;
  if change ? 'messagesSeenAgain' then
    ${statements.messageSeenAgain.text.replace('$1::jsonb', "(change->'messagesSeenAgain')")};
    get diagnostics found = row_count;
    if found <> jsonb_array_length(change->'messagesSeenAgain') then
      ${stale('another message took the place')}
    end if;
  end if;
  ${Object.entries(versionedStatements).map(versionedPart).join('\n  ')}
  ${Object.entries(commitParts).map(insertPart).join('\n  ')}
  if change ? 'linkNewsDone' then delete from link_news where message in ${idsOf('linkNewsDone')}; end if;
  if change ? 'linkWaitsDone' then
    delete from link_wait where message in ${idsOf('linkWaitsDone')};
  end if;
  if change ? 'workDone' then delete from work where id in ${idsOf('workDone')}; end if;
  if change ? 'parentWaitsDone' then delete from parent_wait where child in ${idsOf('parentWaitsDone')}; end if;
  if change ? 'wakeChildrenOf' then
    update work set due_at = date_trunc('milliseconds', clock_timestamp()) where hop = 'process'
      and lane = '${waitingLane}'
      and id in (select child from parent_wait where parent in ${idsOf('wakeChildrenOf')});
    get diagnostics woken = row_count;
  end if;
  ${wakeWaiting('links', waitersOfLinks)}
  ${wakeWaiting('invites', waitersOfInvites)}
  if change ? 'linkNews' then perform pg_notify('${linkChannel}', ''); end if;
  if change ? 'letters' then perform pg_notify('${letterChannel}', ''); end if;
  if change ? 'homeArrivals' then
    perform pg_notify('${homeChannel}', home) from
      (select distinct one->>'home' as home from jsonb_array_elements(change->'homeArrivals') as one) as homes;
  end if;
  return woken;
end`

/**
 * All or nothing: when somebody else has one of the names, nothing is written, and the caller says again what is left.
 * Names are locked in one order, so that two nodes with the same names never wait for each other in a circle.
 */
const intakeBody = (change: string) => `
declare
  found integer;
begin
  ${statements.packageSeen.text.replace('$1::jsonb', 'seen')};
  get diagnostics found = row_count;
  if found <> jsonb_array_length(seen) then
    raise exception 'a name is taken' using errcode = '${nameTakenState}';
  end if;
  perform ${change}(change, node);
end`

const seenBody = `
begin
  return query select s.* from unnest(peers, names) as k(peer, name_key)
    join package_seen s on s.peer = k.peer and s.name_key = k.name_key;
end`

/** Makes the functions when they are not there yet. May run on several nodes at once. */
export async function installCommitFunctions(store: SqlStore): Promise<CommitFunctions> {
  const version = createHash('sha256')
    .update(changeBody)
    .update(intakeBody(''))
    .update(seenBody)
    .update(planning)
    .digest('hex')
    .slice(0, 12)
  const names = {
    change: `hub_change_${version}`,
    intake: `hub_intake_${version}`,
    seen: `hub_seen_${version}`,
  }
  await store.transaction(async (sql) => {
    await sql.query("select pg_advisory_xact_lock(hashtext('hub commit functions'))")
    const { rows } = await sql.query('select to_regproc($1) is not null as is_there', [names.intake])
    if (rows[0]?.['is_there'] === true) return
    await sql.query(
      `create or replace function ${names.change}(change jsonb, node bigint) returns integer ` +
        `language plpgsql ${planning} as $hub$${changeBody}$hub$`,
    )
    await sql.query(
      `create or replace function ${names.intake}(seen jsonb, change jsonb, node bigint) returns void ` +
        `language plpgsql ${planning} as $hub$${intakeBody(names.change)}$hub$`,
    )
    await sql.query(
      `create or replace function ${names.seen}(peers text[], names text[]) returns setof package_seen ` +
        `language plpgsql stable ${planning} as $hub$${seenBody}$hub$`,
    )
  })
  return names
}
