// What this node trusts: local files read at the start, joined with the sources in use, as one view that follows them.

import { existsSync } from 'node:fs'
import { isRefusal, type Refusal } from '../schemas/refusals.ts'
import type { Settings } from '../schemas/settings.ts'
import { gatherEvidence, type RevocationEvidence } from './trust/revocation/evidence.ts'
import type { TrustView } from './trust/verdict/gather.ts'
import { editionOf, type LocalTrust, readLocalTrust } from './trust/view/local-trust.ts'
import { makeTrustView } from './trust/view/trust-view.ts'
import type { TrustEdition } from './trust-sources/current.ts'

/** The view of this moment. */
export type TrustDesk = {
  /** Cheap; another object whenever anything trusted changes. */
  view(): TrustView
  /** From now on what the sources give counts too. */
  follow(edition: () => TrustEdition): void
}

/** Reads the local files. Refused with trust-files.* or crl.*: no hub starts that trusts less than it was told. */
export async function openTrustDesk(settings: Pick<Settings, 'trust'>): Promise<TrustDesk | Refusal> {
  const { anchorsFolder, intermediatesFolder, listsFolder } = settings.trust
  const local = await readLocalTrust({
    anchors: present(anchorsFolder),
    intermediates: present(intermediatesFolder),
    crls: present(listsFolder),
  })
  return isRefusal(local) ? local : makeDesk(local)
}

/** The default folders need not be there. */
function present(folder: string | undefined): string | undefined {
  return folder !== undefined && existsSync(folder) ? folder : undefined
}

function makeDesk(local: LocalTrust): TrustDesk {
  const own = editionOf(local)
  const ownEvidence = gatherEvidence(local.lists, [])
  let edition: (() => TrustEdition) | undefined
  let shown: { number: number | undefined; view: TrustView } | undefined
  return {
    view() {
      const current = edition?.()
      if (shown !== undefined && shown.number === current?.number) return shown.view
      const view = makeTrustView({
        edition: current === undefined ? own : `${own}-${current.number}`,
        anchors: local.anchors,
        intermediates: local.intermediates,
        evidence: current === undefined ? ownEvidence : joined(ownEvidence, current.revocation),
        trustList: undefined,
      })
      shown = { number: current?.number, view }
      return view
    },
    follow(next) {
      edition = next
    },
  }
}

/** Local lists first: whoever puts one there wants it to count. */
function joined(own: RevocationEvidence, fetched: RevocationEvidence): RevocationEvidence {
  return {
    listsOf: (issuer) => [...own.listsOf(issuer), ...fetched.listsOf(issuer)],
    answersOn: (serial) => [...own.answersOn(serial), ...fetched.answersOn(serial)],
  }
}
