// What this node trusts: local files read at the start, joined with the sources in use, as one view that follows them.

import { existsSync } from 'node:fs'
import { log } from '../monitoring/log.ts'
import { isRefusal, type Refusal } from '../schemas/refusals.ts'
import type { Settings } from '../schemas/settings.ts'
import type { Certificate } from './trust/certificate.ts'
import { gatherEvidence, type RevocationEvidence } from './trust/revocation/evidence.ts'
import type { TrustView } from './trust/verdict/gather.ts'
import { editionOf, type LocalTrust, readLocalTrust } from './trust/view/local-trust.ts'
import { type Issued, makeTrustView, type PathMemory, type TrustParts } from './trust/view/trust-view.ts'
import type { TrustEdition } from './trust-sources/current.ts'

/** The view of this moment. */
export type TrustDesk = {
  /** Cheap; another object whenever anything trusted changes. */
  view(): TrustView
  /**
   * From now on what the sources give counts too; `onPath` is told of the certificates that paths rest on, `onUnanswered` of
   * those of them whose revocation nothing tells of.
   */
  follow(sources: Followed): void
  /** What the local files hold: they vouch for who signs the list of authorities. */
  readonly local: Pick<LocalTrust, 'anchors' | 'intermediates'>
}

type Followed = Required<Pick<TrustParts, 'onPath' | 'onUnanswered'>> & { edition(): TrustEdition }

/**
 * Reads the local files. Refused with trust-files.* or crl.*: no hub starts that trusts less than it was told. One that was
 * told of nothing to trust does start, and says so.
 */
export async function openTrustDesk(settings: Pick<Settings, 'trust'>): Promise<TrustDesk | Refusal> {
  const { anchorsFolder, intermediatesFolder, listsFolder, listUrl, listFile } = settings.trust
  const local = await readLocalTrust({
    anchors: present(anchorsFolder),
    intermediates: present(intermediatesFolder),
    crls: present(listsFolder),
  })
  if (isRefusal(local)) return local
  const isListConfigured = listUrl !== undefined || listFile !== undefined
  if (local.anchors.length === 0 && !isListConfigured)
    log.warn('trust.not-configured', { folder: anchorsFolder })
  return makeDesk(local, isListConfigured)
}

/** The default folders need not be there. */
function present(folder: string | undefined): string | undefined {
  return folder !== undefined && existsSync(folder) ? folder : undefined
}

function makeDesk(local: LocalTrust, isListConfigured: boolean): TrustDesk {
  const own = editionOf(local)
  const ownEvidence = gatherEvidence(local.lists, [])
  const { anchors, intermediates } = local
  const memory: PathMemory = {}
  let followed: Followed | undefined
  let shown: { edition: TrustEdition | undefined; view: TrustView } | undefined
  return {
    view() {
      const edition = followed?.edition()
      if (shown !== undefined && shown.edition === edition) return shown.view
      const list = edition?.trustList
      const parts = {
        edition: [own, edition?.number, list?.digest.slice(0, 16)]
          .filter((one) => one !== undefined)
          .join('-'),
        anchors,
        intermediates,
        evidence: edition === undefined ? ownEvidence : joined(ownEvidence, edition.revocation),
        trustList: list,
        isListAwaited: isListConfigured && list === undefined,
        onPath: (path: readonly Certificate[]) => followed?.onPath(path),
        onUnanswered: (certificates: readonly Issued[]) => followed?.onUnanswered(certificates),
      }
      const view = makeTrustView(parts, memory)
      shown = { edition, view }
      return view
    },
    follow(sources) {
      followed = sources
    },
    local,
  }
}

/** Local lists first: whoever puts one there wants it to count. */
function joined(own: RevocationEvidence, fetched: RevocationEvidence): RevocationEvidence {
  return {
    listsOf: (issuer) => [...own.listsOf(issuer), ...fetched.listsOf(issuer)],
    answersOn: (serial) => [...own.answersOn(serial), ...fetched.answersOn(serial)],
  }
}
