// Checks a time-stamp token over a signature (RFC 3161 and 5816; EN 319 122-1, 5.3) by the code that checks signatures.

import { hash } from 'node:crypto'
import { limits } from '../../../schemas/limits.ts'
import type { Found, TimestampFacts } from '../../../schemas/verdict/facts.ts'
import type { Certificate } from '../certificate.ts'
import { attachedContent } from '../cms/content.ts'
import { isFound, type OpenedCms, openCms, readingDer } from '../cms/open.ts'
import { judgeSigner, prepareSigner, type SignerOptions } from '../cms/signer.ts'
import { isWeakDigest } from '../cms/signer-algorithms.ts'
import {
  type RawRevocation,
  readRevocationChoices,
  readUnsignedAttributes,
} from '../cms/unsigned-attributes.ts'
import { oids } from '../der/oids.ts'
import { equalBytes } from '../der/values.ts'
import { digestBytes, digestNameOf } from '../signature-scheme.ts'
import { isForTimestampsAlone, readTimestampStatement, type TimestampStatement } from './token.ts'

/** A token that was checked. */
export type CheckedTimestamp = {
  /** Without the authority's chain. */
  readonly facts: TimestampFacts
  readonly statement: TimestampStatement
  readonly certificate: Certificate | undefined
  /** Certificates and revocation values that came along in the token, raw. */
  readonly certificates: readonly Uint8Array[]
  readonly revocations: readonly RawRevocation[]
}

/** What a token is held against. */
export type TimestampTarget = {
  /** The octets of SignerInfo.signature. */
  readonly signature: Uint8Array
  /** What the signer says about the time. */
  readonly claimedTime: Date | undefined
  readonly options: SignerOptions
}

/**
 * Checks one token: its statement, its imprint of the signature, its own signature, what its certificate is for and
 * its time against the claimed one. A token that cannot be read at all is the problem timestamp.broken; everything
 * else stands among the problems of its facts. Never throws for any bytes.
 */
export function checkTimestamp(token: Uint8Array, target: TimestampTarget): CheckedTimestamp | Found {
  if (token.length > limits.timestampBytesMax) return broken(`a token of ${token.length} bytes`)
  const opened = openCms(token)
  if (isFound(opened)) return broken(opened.seen)
  const [one, ...others] = opened.signers
  if (opened.parts.contentType !== oids.timestampContent) {
    return broken(`a CMS with content of type ${opened.parts.contentType}`)
  }
  if (opened.contentSpans === undefined) return broken('a token without content')
  if (one === undefined || isFound(one) || others.length > 0) {
    return broken(one !== undefined && isFound(one) ? one.seen : `${opened.signers.length} signers`)
  }
  const content = attachedContent({ bytes: opened.reader.bytes, spans: opened.contentSpans })
  const statement = readingDer(() => readTimestampStatement(content.whole() ?? new Uint8Array(0)))
  if (isFound(statement)) return broken(statement.seen)
  const prepared = prepareSigner(opened, one.signer, target.options)
  const judged = judgeSigner(prepared, content)
  const { certificate } = prepared
  const problems = [
    ...opened.problems,
    ...judged.problems,
    ...imprintProblems(statement, target.signature),
    ...statementProblems(statement, target.claimedTime),
  ]
  if (certificate !== undefined && !isForTimestampsAlone(certificate)) {
    problems.push({
      problem: 'timestamp.key-usage',
      seen: 'no critical extendedKeyUsage with timeStamping alone',
      certificate: certificate.thumbprint,
    })
  }
  return {
    facts: {
      sha256: hash('sha256', token, 'hex'),
      time: statement.time.toISOString(),
      accuracyMs: statement.accuracyMs,
      certificate: judged.certificate,
      problems,
    },
    statement,
    certificate,
    ...alongWith(opened),
  }
}

function broken(seen: string): Found {
  return { problem: 'timestamp.broken', seen }
}

function imprintProblems(statement: TimestampStatement, signature: Uint8Array): Found[] {
  const name = digestNameOf(statement.imprintAlgorithm)
  if (name === undefined) {
    return [{ problem: 'timestamp.imprint-unknown', seen: `digest ${statement.imprintAlgorithm}` }]
  }
  const problems: Found[] = []
  if (isWeakDigest(name)) problems.push({ problem: 'timestamp.imprint-weak', seen: `digest ${name}` })
  if (!equalBytes(digestBytes(name, signature), statement.imprint)) {
    problems.push({ problem: 'timestamp.imprint', seen: `the ${name} of the signature` })
  }
  return problems
}

function statementProblems(statement: TimestampStatement, claimedTime: Date | undefined): Found[] {
  const problems: Found[] = statement.criticalExtensions.map((oid) => ({
    problem: 'timestamp.extension',
    seen: `critical extension ${oid}`,
  }))
  const latest = statement.time.getTime() + statement.accuracyMs + limits.timestampBehindMs
  if (claimedTime !== undefined && latest < claimedTime.getTime()) {
    const seen = `stamped ${statement.time.toISOString()}, claimed ${claimedTime.toISOString()}`
    problems.push({ problem: 'timestamp.order', seen })
  }
  return problems
}

/** What a token carries besides; stamps on the token itself are not followed. */
function alongWith(opened: OpenedCms): Pick<CheckedTimestamp, 'certificates' | 'revocations'> {
  const { reader, parts, signers } = opened
  const [one] = signers
  const attributes = one === undefined || isFound(one) ? undefined : one.signer.unsignedAttributes
  const unsigned = readUnsignedAttributes(reader, attributes)
  const certificates = parts.certificates.map((element) => reader.encoding(element))
  return {
    certificates: [...certificates, ...unsigned.certificates],
    revocations: [...readRevocationChoices(reader, parts.revocations), ...unsigned.revocations],
  }
}
