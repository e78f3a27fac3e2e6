// Judges a partner file by itself, before a hub is asked: whether it has rows, whether its certificates can be read.

import type { PartnerFile } from '../../schemas/partner.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { readPeerCertificate } from '../partners/peer-certificate.ts'

/**
 * Every fault that needs no other rows than those of the file: partner.invalid. A file without rows is one, since
 * applying it would change nothing, and whoever wrote it meant something.
 */
export function faultsOfPartnerFile(file: PartnerFile, name: string): Refusal[] {
  const { operators = [], peers = [], grants = [], overrides = [] } = file
  if ([operators, peers, grants, overrides].every((rows) => rows.length === 0)) {
    return [
      refuse('partner.invalid', 'в файле нет строк, он ничего не меняет (no rows: changes nothing)', name),
    ]
  }
  return peers.flatMap(({ certificates }, peer) =>
    certificates.flatMap(({ pem }, index) => {
      const read = readPeerCertificate(pem)
      const place = `${name}/peers/${peer}/certificates/${index}`
      return isRefusal(read)
        ? [refuse('partner.invalid', `сертификат не прочитан (certificate): ${read.seen}`, place)]
        : []
    }),
  )
}
