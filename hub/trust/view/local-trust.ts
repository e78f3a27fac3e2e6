// What is trusted by local files alone: the command line offline, and anchors of test installations.

import { createHash } from 'node:crypto'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import type { Certificate } from '../certificate.ts'
import { readCertificateFiles, readCrlFiles } from '../files/certificate-files.ts'
import { gatherEvidence } from '../revocation/evidence.ts'
import { parseRevocationList, type RevocationList } from '../revocation/revocation-list.ts'
import type { TrustView } from '../verdict/gather.ts'
import { makeTrustView } from './trust-view.ts'

/** Files or folders; what is left out is not there. */
export type LocalPlaces = {
  anchors: string | undefined
  intermediates: string | undefined
  crls: string | undefined
}

/** What the files hold. */
export type LocalTrust = {
  anchors: readonly Certificate[]
  intermediates: readonly Certificate[]
  lists: readonly RevocationList[]
}

/** A view of what files hold, and of nothing else. */
export function viewOfFiles(local: LocalTrust): TrustView {
  const { anchors, intermediates, lists } = local
  const evidence = gatherEvidence(lists, [])
  return makeTrustView({ edition: editionOf(local), anchors, intermediates, evidence, trustList: undefined })
}

/** Reads the files of an installation. Refused with trust-files.* or crl.*, `at` the file: nothing is passed over. */
export async function readLocalTrust(places: LocalPlaces): Promise<LocalTrust | Refusal> {
  const anchors = await certificatesIn(places.anchors)
  if (isRefusal(anchors)) return anchors
  const intermediates = await certificatesIn(places.intermediates)
  if (isRefusal(intermediates)) return intermediates
  const lists = await listsIn(places.crls)
  return isRefusal(lists) ? lists : { anchors, intermediates, lists }
}

/** Names what the files held: another edition when one of them is another. */
export function editionOf({ anchors, intermediates, lists }: LocalTrust): string {
  const hash = createHash('sha256')
  for (const { thumbprint } of [...anchors, ...intermediates]) hash.update(thumbprint)
  for (const { sha256 } of lists) hash.update(sha256)
  return hash.digest('hex').slice(0, 16)
}

async function certificatesIn(path: string | undefined): Promise<Certificate[] | Refusal> {
  if (path === undefined) return []
  const files = await readCertificateFiles(path)
  return isRefusal(files) ? files : files.map(({ certificate }) => certificate)
}

async function listsIn(path: string | undefined): Promise<RevocationList[] | Refusal> {
  if (path === undefined) return []
  const files = await readCrlFiles(path)
  if (isRefusal(files)) return files
  const lists: RevocationList[] = []
  for (const { file, der } of files) {
    const list = parseRevocationList(der)
    if (isRefusal(list)) return refuse(list.code, list.seen, file)
    lists.push(list)
  }
  return lists
}
