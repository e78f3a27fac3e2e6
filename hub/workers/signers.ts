// The identities a worker may sign as, by their names.

import assert from 'node:assert/strict'
import { workerData } from 'piscina'
import type { Identity } from '../trust/identity.ts'
import { packageSignerOf } from '../trust/identity.ts'
import type { PackageSigner } from '../trust/sign.ts'

/** What a worker is started with: the identities it may sign as. */
export type WorkerSeed = { identities: readonly Identity[] }

const signers = new Map<string, PackageSigner>()

/** The signer of an identity; made once. */
export function signerFor(name: string): PackageSigner {
  const known = signers.get(name)
  if (known !== undefined) return known
  const identity = (workerData as WorkerSeed).identities.find((one) => one.name === name)
  assert(identity, `no identity ${name} to sign with`)
  const signer = packageSignerOf(identity)
  signers.set(name, signer)
  return signer
}
