// What a submission becomes in a package: headers of its description, and the files beside it.

import type { SubmittedDocument, SubmittedSignature } from '../../schemas/home.ts'
import type { DocumentHeader, SignatureHeader } from '../../schemas/package.ts'
import type { FormJob } from '../pipeline/ports.ts'

type Parts = { documents: readonly SubmittedDocument[]; signatures: readonly SubmittedSignature[] }

/** The headers, without bodies. */
export function headersOf({ documents, signatures }: Parts): {
  documents: DocumentHeader[]
  signatures: SignatureHeader[]
} {
  return {
    documents: documents.map(({ body: _body, parents, ...header }) => ({ ...header, parents: [...parents] })),
    signatures: signatures.map(({ bytes: _bytes, ...header }) => header),
  }
}

/** The bodies and signatures. */
export function filesOf({ documents, signatures }: Parts): FormJob['files'] {
  return [
    ...documents.map(({ id, body }) => ({ id, of: 'document' as const, bytes: body })),
    ...signatures.map(({ id, bytes }) => ({ id, of: 'signature' as const, bytes })),
  ]
}
