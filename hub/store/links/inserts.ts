// Writes of links, invitations, letters and known subscribers, as parts of a change.

/** Columns of a table with their PostgreSQL types. */
type Columns = Readonly<Record<string, string>>

const recordset = (columns: Columns) =>
  Object.entries(columns)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ')

/**
 * Inserts version 1, or writes over the version before; whoever calls counts the rows: fewer means stale. So is a row that
 * another node made under the same keys meanwhile.
 */
function versioned(table: string, keys: readonly string[], columns: Columns): string {
  const names = Object.keys(columns)
  const fixed = new Set(['id', ...keys])
  const set = names.filter((name) => !fixed.has(name)).map((name) => `${name} = excluded.${name}`)
  const key = keys.join(', ')
  return (
    `insert into ${table} (${names.join(', ')}) ` +
    `select ${names.join(', ')} from jsonb_to_recordset($1::jsonb) as x(${recordset(columns)}) order by ${key} ` +
    `on conflict (${key}) do update set ${set.join(', ')} ` +
    `where ${table}.version = excluded.version - 1 and ${table}.id = excluded.id`
  )
}

const insert = (table: string, columns: Columns, tail = '') => ({
  text:
    `insert into ${table} (${Object.keys(columns).join(', ')}) ` +
    `select ${Object.keys(columns).join(', ')} from jsonb_to_recordset($1::jsonb) as x(${recordset(columns)}) ${tail}`,
})

/** Parts that are stale unless every row was written. */
export const versionedStatements = {
  links: {
    text: versioned('link', ['first_key', 'second_key'], {
      id: 'uuid',
      first_key: 'text',
      second_key: 'text',
      first_id: 'text',
      second_id: 'text',
      cell: 'text',
      before: 'text',
      base: 'jsonb',
      sayings: 'jsonb',
      changed_at: 'timestamptz',
      linked_at: 'timestamptz',
      deadline_at: 'timestamptz',
      version: 'integer',
    }),
  },
  invites: {
    text: versioned('invite', ['home', 'key'], {
      id: 'uuid',
      home: 'text',
      key: 'text',
      digest: 'text',
      kind: 'text',
      sender: 'text',
      sender_inn: 'text',
      sender_kpp: 'text',
      sender_name: 'text',
      counterparty: 'text',
      stand_in: 'text',
      inn: 'text',
      kpp: 'text',
      name: 'text',
      email: 'text',
      message: 'text',
      comment: 'text',
      state: 'text',
      state_at: 'timestamptz',
      reason: 'text',
      link: 'uuid',
      said_message: 'uuid',
      application: 'uuid',
      bulk: 'uuid',
      is_automatic: 'boolean',
      made_at: 'timestamptz',
      deadline_at: 'timestamptz',
      mail: 'text',
      version: 'integer',
    }),
  },
  letterMoves: {
    text:
      'update letter l set state = x.state, attempts = x.attempts, due_at = x.due_at, ended_at = x.ended_at, ' +
      'message_id = x.message_id, reason = x.reason, file = x.file ' +
      'from jsonb_to_recordset($1::jsonb) as x(id uuid, state text, attempts integer, due_at timestamptz, ' +
      'ended_at timestamptz, message_id text, reason text, file text) ' +
      "where l.id = x.id and l.state = 'queued' and l.attempts = x.attempts - 1",
  },
  subscriberMoves: {
    text:
      'update subscriber s set state = x.state, moved_to = coalesce(x.moved_to, s.moved_to), ' +
      'inn = coalesce(x.inn, s.inn), kpp = coalesce(x.kpp, s.kpp), name = coalesce(x.name, s.name) ' +
      'from jsonb_to_recordset($1::jsonb) as x(key text, "from" text, state text, moved_to text, inn text, ' +
      'kpp text, name text) where s.key = x.key and s.state = x."from"',
  },
  claimsUsed: {
    text:
      'update invite_claim c set used_at = x.used_at, choice = x.choice, contact = x.contact ' +
      'from jsonb_to_recordset($1::jsonb) as x(digest text, used_at timestamptz, choice text, contact text) ' +
      "where c.digest = decode(x.digest, 'hex') and c.used_at is null and c.revoked_at is null",
  },
  applications: {
    text: versioned('application', ['id'], {
      id: 'uuid',
      home: 'text',
      operator: 'text',
      sender_key: 'text',
      sender: 'text',
      sender_inn: 'text',
      sender_kpp: 'text',
      sender_name: 'text',
      state: 'text',
      number: 'text',
      rows: 'integer',
      is_filling: 'boolean',
      made_at: 'timestamptz',
      sent_at: 'timestamptz',
      sent_by: 'text',
      ended_at: 'timestamptz',
      ended_by: 'text',
      version: 'integer',
    }),
  },
} as const

/** Parts of plain statements. */
export const linkStatements = {
  linkEvents: insert('link_event', {
    id: 'uuid',
    link: 'uuid',
    invite: 'uuid',
    at: 'timestamptz',
    said_by: 'text',
    news: 'text',
    cell: 'text',
    state: 'text',
    reason: 'text',
    message: 'uuid',
    places: 'jsonb',
  }),
  linkNews: insert(
    'link_news',
    { message: 'uuid', outcome: 'text', at: 'timestamptz' },
    'on conflict (message) do update set outcome = excluded.outcome',
  ),
  // In the order of keys, as subscribers are, and each once: a batch counts the same thing many times.
  linkMeasures: {
    text:
      'insert into link_measure as m (day, measure, label, count, total_ms) ' +
      'select day, measure, label, sum(count), sum(total_ms) from jsonb_to_recordset($1::jsonb) ' +
      'as x(day date, measure text, label text, count bigint, total_ms bigint) ' +
      'group by day, measure, label order by day, measure, label on conflict (day, measure, label) ' +
      'do update set count = m.count + excluded.count, total_ms = m.total_ms + excluded.total_ms',
  },
  letters: insert('letter', {
    id: 'uuid',
    kind: 'text',
    invite: 'uuid',
    recipient: 'text',
    language: 'text',
    state: 'text',
    attempts: 'integer',
    due_at: 'timestamptz',
    made_at: 'timestamptz',
    ended_at: 'timestamptz',
    message_id: 'text',
    reason: 'text',
  }),
  claims: {
    text:
      'insert into invite_claim (digest, invite, made_at, expires_at) ' +
      "select decode(digest, 'hex'), invite, made_at, expires_at from jsonb_to_recordset($1::jsonb) " +
      'as x(digest text, invite uuid, made_at timestamptz, expires_at timestamptz)',
  },
  claimsRevoked: {
    text:
      'update invite_claim c set revoked_at = x.at from jsonb_to_recordset($1::jsonb) ' +
      'as x(invite uuid, at timestamptz) ' +
      'where c.invite = x.invite and c.used_at is null and c.revoked_at is null',
  },
  applicationRows: insert(
    'application_row',
    {
      invite: 'uuid',
      application: 'uuid',
      position: 'integer',
      state: 'text',
      at: 'timestamptz',
      by: 'text',
    },
    'on conflict (invite) do update set state = excluded.state, at = excluded.at, by = excluded.by',
  ),
  // In the order of keys, so that nodes that hear of the same subscribers never wait for each other in a circle.
  subscribers: {
    text:
      'insert into subscriber as s (key, id, code, inn, kpp, name, state, sources, first_seen_at, last_seen_at) ' +
      'select distinct on (key) key, id, code, inn, kpp, name, state, array[source], at, at ' +
      'from jsonb_to_recordset($1::jsonb) as x(key text, id text, code text, inn text, kpp text, name text, ' +
      'state text, source text, at timestamptz) order by key, at desc ' +
      'on conflict (key) do update set id = excluded.id, inn = coalesce(excluded.inn, s.inn), ' +
      'kpp = coalesce(excluded.kpp, s.kpp), name = coalesce(excluded.name, s.name), ' +
      'sources = case when s.sources @> excluded.sources then s.sources else s.sources || excluded.sources end, ' +
      'last_seen_at = greatest(s.last_seen_at, excluded.last_seen_at)',
  },
} as const
