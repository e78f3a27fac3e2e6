// Rows of evidence about certificates and of the sources it is fetched from.

import { limits } from '../../schemas/limits.ts'
import type { Sql } from './sql.ts'

/** What a source gives. */
export type SourceKind = 'crl' | 'ocsp' | 'trust-list'

/** Which source: `subject` is the certificate an OCSP responder is asked about, by digest, else empty. */
export type SourceKey = { readonly kind: SourceKind; readonly address: string; readonly subject: string }

/** What is wanted of a source; `standsIn`: its certificate names lists, and none of them tells. */
export type WantedSource = SourceKey & {
  readonly issuer: string
  readonly isKept: boolean
  readonly standsIn?: boolean
}

/**
 * The condition under which a source is fetched: configured, or met in traffic of late. `now` is the parameter that holds the
 * time. What stands in for lists is left to them again soon.
 */
export const isWantedAt = (now: string) =>
  `(is_kept or wanted_at > ${now}::timestamptz - make_interval(days => ` +
  `case when stands_in then ${limits.standInForgottenDays} else ${limits.sourceForgottenDays} end))`

/** A source with what became of it. */
export type SourceRow = SourceKey & {
  readonly issuer: string
  readonly isKept: boolean
  readonly wantedAt: Date
  readonly dueAt: Date
  readonly attemptedAt: Date | undefined
  readonly succeededAt: Date | undefined
  readonly failures: number
  /** Code of the last refusal, undefined after a success. */
  readonly error: string | undefined
  /** SHA-256 of the edition in use. */
  readonly evidence: string | undefined
  readonly number: bigint | undefined
  readonly issuedAt: Date | undefined
  readonly nextAt: Date | undefined
  readonly etag: string | undefined
  readonly lastModified: string | undefined
}

/** The channel on which every node hears of new editions; the payload is the number of the edition of them all. */
export const trustChannel = 'hub_trust'

const columns =
  'kind, address, subject, issuer, is_kept, wanted_at, due_at, attempted_at, succeeded_at, failures, error, ' +
  'evidence, number::text as number, issued_at, next_at, etag, last_modified'

/** Keeps bytes under their digest, in pieces of evidencePieceBytes; bytes that are there stay as they are. */
export async function insertEvidence(
  sql: Sql,
  row: { sha256: string; kind: SourceKind | 'certificate'; bytes: Uint8Array; at: Date },
): Promise<void> {
  const { sha256, kind, bytes, at } = row
  const { rowCount } = await sql.query({
    text: 'insert into trust_evidence values ($1, $2, $3, $4) on conflict do nothing',
    values: [sha256, kind, bytes.length, at],
  })
  if (rowCount === 0) return
  for (let start = 0; start < bytes.length; start += limits.evidencePieceBytes) {
    const piece = Buffer.from(bytes.subarray(start, start + limits.evidencePieceBytes))
    await sql.query({
      name: 'insert_evidence_piece',
      text: 'insert into trust_evidence_piece values ($1, $2, $3)',
      values: [sha256, start / limits.evidencePieceBytes, piece],
    })
  }
}

/** The bytes under a digest, an array of their own; undefined when there are none. */
export async function readEvidence(sql: Sql, sha256: string): Promise<Uint8Array | undefined> {
  const { rows } = await sql.query({
    text: 'select bytes::integer as bytes from trust_evidence where sha256 = $1',
    values: [sha256],
  })
  if (rows[0] === undefined) return undefined
  const bytes = new Uint8Array(Number(rows[0]['bytes']))
  for (let at = 0, number = 0; at < bytes.length; number += 1) {
    const piece = await sql.query({
      name: 'read_evidence_piece',
      text: 'select piece from trust_evidence_piece where sha256 = $1 and number = $2',
      values: [sha256, number],
    })
    const octets = piece.rows[0]?.['piece']
    if (!(octets instanceof Uint8Array)) return undefined
    bytes.set(octets, at)
    at += octets.length
  }
  return bytes
}

/** The certificates kept as evidence, at most sourcesMax, each in DER. */
export async function readCertificateEvidence(sql: Sql): Promise<Uint8Array[]> {
  const { rows } = await sql.query({
    text:
      'select piece from trust_evidence join trust_evidence_piece using (sha256) ' +
      "where kind = 'certificate' and number = 0 order by first_seen desc limit $1",
    values: [limits.sourcesMax],
  })
  return rows.map((row) => row['piece'] as Uint8Array)
}

/** Wants a source from now on: a new one is due at once. At most sourcesMax; beyond it new ones are left out. */
export async function upsertSource(sql: Sql, wanted: WantedSource & { at: Date }): Promise<void> {
  await sql.query({
    name: 'want_source',
    text:
      'insert into trust_source (kind, address, subject, issuer, is_kept, wanted_at, due_at, stands_in) ' +
      'select $1, $2, $3, $4, $5::boolean, $6::timestamptz, $6, $8::boolean ' +
      'where (select count(*) from trust_source) < $7 or exists ' +
      '(select from trust_source where kind = $1 and address = $2 and subject = $3) ' +
      'on conflict (kind, address, subject) do update set ' +
      'wanted_at = greatest(trust_source.wanted_at, excluded.wanted_at), ' +
      'is_kept = trust_source.is_kept or excluded.is_kept, issuer = excluded.issuer, ' +
      'stands_in = trust_source.stands_in and excluded.stands_in',
    values: [
      wanted.kind,
      wanted.address,
      wanted.subject,
      wanted.issuer,
      wanted.isKept,
      wanted.at,
      limits.sourcesMax,
      wanted.standsIn ?? false,
    ],
  })
}

/**
 * Sources that are due, the longest first; those not wanted for sourceForgottenDays, or standInForgottenDays, are left
 * alone. At most sourcesPerRoundMax and `more`, which may be those being looked at already.
 */
export async function readDueSources(sql: Sql, now: Date, more = 0): Promise<SourceRow[]> {
  const { rows } = await sql.query({
    text:
      `select ${columns} from trust_source where due_at <= $1 and ${isWantedAt('$1')} ` +
      'order by due_at limit $2',
    values: [now, limits.sourcesPerRoundMax + more],
  })
  return rows.map(sourceOf)
}

/** Whether each of these sources, which differ, was looked at, whatever came of it. */
export async function areLookedAt(sql: Sql, keys: readonly SourceKey[]): Promise<boolean> {
  const { rows } = await sql.query({
    text:
      'select count(*)::integer as count from trust_source s join ' +
      'unnest($1::text[], $2::text[], $3::text[]) as k (kind, address, subject) ' +
      'using (kind, address, subject) where s.attempted_at is not null',
    values: [
      keys.map(({ kind }) => kind),
      keys.map(({ address }) => address),
      keys.map(({ subject }) => subject),
    ],
  })
  return rows[0]?.['count'] === keys.length
}

/** How many sources there are. */
export async function countSources(sql: Sql): Promise<number> {
  const { rows } = await sql.query('select count(*)::integer as count from trust_source')
  return Number(rows[0]?.['count'])
}

/** The sources that are fetched, by kind and address. */
export async function listWantedSources(sql: Sql, now: Date): Promise<SourceRow[]> {
  const { rows } = await sql.query({
    text: `select ${columns} from trust_source where ${isWantedAt('$1')} order by kind, address, subject`,
    values: [now],
  })
  return rows.map(sourceOf)
}

/** All sources, by kind and address. */
export async function listSources(sql: Sql): Promise<SourceRow[]> {
  const { rows } = await sql.query(`select ${columns} from trust_source order by kind, address, subject`)
  return rows.map(sourceOf)
}

/** Makes sources due now: all, or those of one address. Gives how many. */
export async function hastenSources(sql: Sql, now: Date, address?: string): Promise<number> {
  const { rowCount } = await sql.query({
    text: 'update trust_source set due_at = $1 where $2::text is null or address = $2',
    values: [now, address ?? null],
  })
  return rowCount ?? 0
}

/** What a successful look at a source found. */
export type SourceSuccess = {
  at: Date
  dueAt: Date
  etag: string | undefined
  lastModified: string | undefined
  /** The edition that came; undefined when the one in use is still the newest. */
  edition?: {
    sha256: string
    number: bigint | undefined
    issuedAt: Date
    nextAt: Date | undefined
  }
}

/**
 * Notes a success. A new edition takes the place of the former one and every node is told, all in the transaction of
 * `sql`: nobody sees half of it.
 */
export async function noteSuccess(sql: Sql, key: SourceKey, success: SourceSuccess): Promise<void> {
  const { at, dueAt, etag, lastModified, edition } = success
  const of = [key.kind, key.address, key.subject]
  await sql.query({
    text:
      'update trust_source set attempted_at = $4, succeeded_at = $4, due_at = $5, failures = 0, error = null, ' +
      'etag = coalesce($6, etag), last_modified = coalesce($7, last_modified) ' +
      'where kind = $1 and address = $2 and subject = $3',
    values: [...of, at, dueAt, etag ?? null, lastModified ?? null],
  })
  if (edition === undefined) return
  const { sha256, number, issuedAt, nextAt } = edition
  await sql.query({
    text:
      'update trust_source set evidence = $4, number = $5, issued_at = $6, next_at = $7, etag = $8, ' +
      'last_modified = $9 where kind = $1 and address = $2 and subject = $3',
    values: [
      ...of,
      sha256,
      number?.toString() ?? null,
      issuedAt,
      nextAt ?? null,
      etag ?? null,
      lastModified ?? null,
    ],
  })
  await announceEdition(sql)
}

/** Notes a failure; the edition in use stays. */
export async function noteFailure(
  sql: Sql,
  key: SourceKey,
  failure: { at: Date; dueAt: Date; error: string },
): Promise<void> {
  await sql.query({
    text:
      'update trust_source set attempted_at = $4, due_at = $5, failures = failures + 1, error = $6 ' +
      'where kind = $1 and address = $2 and subject = $3',
    values: [key.kind, key.address, key.subject, failure.at, failure.dueAt, failure.error],
  })
}

/** An edition in use. */
export type EditionRow = { kind: SourceKind; address: string; evidence: string; bytes: number }

/**
 * The editions in use and the number of them together, as of one moment: trust lists first, then what a configuration
 * names, then what was wanted last.
 */
export async function readEditions(sql: Sql): Promise<{ edition: number; editions: EditionRow[] }> {
  const { rows } = await sql.query(
    'select e.number::text as edition, s.kind, s.address, s.evidence, v.bytes::text as bytes ' +
      'from trust_edition e left join (trust_source s join trust_evidence v on v.sha256 = s.evidence) on true ' +
      "order by s.kind = 'trust-list' desc, s.is_kept desc, s.wanted_at desc, s.kind, s.address, s.subject",
  )
  const editions = rows.flatMap(({ kind, address, evidence, bytes }) =>
    typeof evidence === 'string'
      ? [{ kind: kind as SourceKind, address: String(address), evidence, bytes: Number(bytes) }]
      : [],
  )
  return { edition: Number(rows[0]?.['edition'] ?? 0), editions }
}

/** Forgets trust lists of addresses a configuration names no longer; their editions are in use no more. */
export async function keepTrustLists(sql: Sql, addresses: readonly string[]): Promise<void> {
  const { rowCount } = await sql.query({
    text: "delete from trust_source where kind = 'trust-list' and not address = any($1::text[])",
    values: [addresses],
  })
  if (rowCount !== 0) await announceEdition(sql)
}

async function announceEdition(sql: Sql): Promise<void> {
  const { rows } = await sql.query('update trust_edition set number = number + 1 returning number::text')
  await sql.query({ text: 'select pg_notify($1, $2)', values: [trustChannel, String(rows[0]?.['number'])] })
}

function sourceOf(row: Record<string, unknown>): SourceRow {
  const text = (name: string) => (row[name] === null ? undefined : String(row[name]))
  const date = (name: string) => (row[name] === null ? undefined : (row[name] as Date))
  const number = text('number')
  return {
    kind: row['kind'] as SourceKind,
    address: String(row['address']),
    subject: String(row['subject']),
    issuer: String(row['issuer']),
    isKept: row['is_kept'] === true,
    wantedAt: row['wanted_at'] as Date,
    dueAt: row['due_at'] as Date,
    attemptedAt: date('attempted_at'),
    succeededAt: date('succeeded_at'),
    failures: Number(row['failures']),
    error: text('error'),
    evidence: text('evidence'),
    number: number === undefined ? undefined : BigInt(number),
    issuedAt: date('issued_at'),
    nextAt: date('next_at'),
    etag: text('etag'),
    lastModified: text('last_modified'),
  }
}
