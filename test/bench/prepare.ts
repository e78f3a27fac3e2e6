// Prepares the bench's packages: distinct incompressible bodies, each signed by one of many signers, then packed.

import { randomBytes } from 'node:crypto'
import { createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { finished } from 'node:stream/promises'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { composeMessage } from '../../hub/simulate/messages.ts'
import { packMessages } from '../../hub/simulate/packages.ts'
import { SimulatedAuthority, type SimulatedSubscriber } from '../../hub/simulate/subscriber.ts'
import { writePem } from '../../hub/trust/pem.ts'
import { createSigner } from '../../hub/trust/sign.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import { writePrepared } from './prepared-file.ts'

/** The prepared work; `file` is one of prepared-file.ts. */
export type PreparedWork = {
  file: string
  certificates: Record<string, string>
  /** PEM of what the hub must trust, so that every signature is judged to its end. */
  trust: { root: string; list: string }
  pki: Record<string, { certificate: string; key: string }>
}

type Work = { messages: number; perPackage: number; bodyBytes: number; signers: number }

const at = new Date()

/** Prepares the packages in a file of the folder; what was prepared there before for the same work is used again. */
export async function prepareWork(of: Work & { folder: string }): Promise<PreparedWork> {
  const { folder, messages, perPackage, bodyBytes, signers } = of
  const key = JSON.stringify({ messages, perPackage, bodyBytes, signers })
  const kept = `${folder}/prepared.json`
  if (existsSync(kept)) {
    const before = JSON.parse(readFileSync(kept, 'utf8')) as { key: string; work: PreparedWork }
    if (before.key === key) return before.work
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const work = await makeWork(of)
  writeFileSync(kept, JSON.stringify({ key, work }), { mode: 0o600 })
  return work
}

async function makeWork(of: Work & { folder: string }): Promise<PreparedWork> {
  const authority = new SimulatedAuthority(at)
  const a = authority.operator({ code: '2ZA', name: 'Operator A', inn: '7705717142' })
  const b = authority.operator({ code: '2ZB', name: 'Operator B', inn: '7773333970' })
  const senders = Array.from({ length: of.signers }, (_, n) => subscriber(authority, `2ZA-bench-${n}`))
  const signer = createSigner(a.identity)
  const file = `${of.folder}/packages.bin`
  const stream = createWriteStream(file)
  for (let made = 0; made < of.messages; made += of.perPackage) {
    const messages = Array.from({ length: Math.min(of.perPackage, of.messages - made) }, (_, n) => {
      const from = senders[(made + n) % senders.length] as SimulatedSubscriber
      const document = freeDocument({
        at,
        bytes: randomBytes(of.bodyBytes),
        fileName: `bench-${made + n}.bin`,
      })
      const to = { id: `2ZB-bench-${(made + n) % 997}` as ParticipantId }
      return composeMessage({ from, to, at, documents: [document] })
    })
    const prepared = packMessages(signer, { messages, at })
    const ids = messages.map((message) => message.id)
    stream.write(writePrepared({ name: prepared.name, ids, bytes: prepared.bytes }))
  }
  stream.end()
  await finished(stream)
  const pki = { '2ZA': pemOf(a.identity), '2ZB': pemOf(b.identity) }
  const { root, list } = authority.trust()
  const trust = { root: writePem('CERTIFICATE', root.der), list: writePem('X509 CRL', list) }
  return { file, trust, certificates: { '2za': pki['2ZA'].certificate, '2zb': pki['2ZB'].certificate }, pki }
}

function subscriber(authority: SimulatedAuthority, id: string): SimulatedSubscriber {
  return authority.subscriber({ id, name: id, inn: '7741377501' })
}

function pemOf(identity: SimulatedSubscriber['identity']): { certificate: string; key: string } {
  return { certificate: writePem('CERTIFICATE', identity.certificate.der), key: identity.privateKey.toPem() }
}

/** Settings of a hub that trusts the signers; the files go into the folder. */
export function trustSettings(folder: string, { root, list }: PreparedWork['trust']): string[] {
  const [anchors, lists] = [`${folder}/root.pem`, `${folder}/root-crl.pem`]
  writeFileSync(anchors, root)
  writeFileSync(lists, list)
  return [`trust.anchorsFolder=${anchors}`, `trust.listsFolder=${lists}`]
}
