// The rules that rows of partners must keep among each other, and what a peer needs before it may exchange.

import { dayOf, faultOfPeriod, type Period, periodsOverlap, periodText } from '../../routing/periods.ts'
import {
  canBeToldReceipts,
  operatorCodeOf,
  type ParticipantId,
  parseParticipantId,
} from '../../schemas/ids.ts'
import type { Operator, Override, Peer } from '../../schemas/partner.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { readPeerCertificate } from './peer-certificate.ts'
import type { PartnerPlan, PartnerRows } from './plan.ts'

/** What the rows are checked against besides each other. */
export type RuleSettings = {
  at: Date
  /** Names of the dialects this hub speaks. */
  dialects: readonly string[]
}

/** What a peer lacks for an exchange. */
export type Lack = 'address' | 'certificate' | 'grant'

/** How each lack is called before people. */
export const lackTexts: Readonly<Record<Lack, string>> = {
  address: 'адрес, куда отправлять пакеты',
  certificate: 'действующий сертификат, которым партнёр подписывает пакеты',
  grant: 'действующее право передавать за оператора',
}

/**
 * Everything that is wrong with a planned change, each by place. Refusals: partner.invalid (a value),
 * partner.conflict (two rows), partner.incomplete (a peer cannot exchange yet).
 */
export function faultsOfPlan({ rows, changes }: PartnerPlan, settings: RuleSettings): Refusal[] {
  const touched = new Set<string>()
  const overrides: Override[] = []
  for (const { kind, after } of changes) {
    if (kind === 'peer' && after !== undefined) touched.add(after.id)
    if (kind === 'grant' && after !== undefined) touched.add(after.peer)
    if (kind === 'override' && after !== undefined) overrides.push(after)
  }
  const peers = [...rows.peers.values()].filter(({ id }) => touched.has(id))
  return [
    ...faultsOfCodes(rows),
    ...faultsOfReferences(rows),
    ...overrides.flatMap(faultsOfOverride),
    ...faultsOfCertificates(rows),
    ...peers.flatMap((peer) => faultsOfPeer(peer, settings)),
    ...peers.flatMap((peer) => faultsOfActivation(rows, peer, settings.at)),
  ]
}

/** What a peer lacks for an exchange at a time; grants and certificates that are yet to begin do count. */
export function lacksOf(rows: Pick<PartnerRows, 'grants'>, peer: Peer, at: Date): Lack[] {
  const day = dayOf(at)
  const isOver = ({ to }: Period) => to !== undefined && to < day
  const lacks: Lack[] = []
  if (peer.address === undefined) lacks.push('address')
  const isUsable = ({ pem }: { pem: string }) => {
    const read = readPeerCertificate(pem)
    return !isRefusal(read) && read.notAfter >= at
  }
  if (!peer.certificates.some((row) => !isOver(row) && isUsable(row))) lacks.push('certificate')
  if (![...rows.grants.values()].some((row) => row.peer === peer.id && !isOver(row))) lacks.push('grant')
  return lacks
}

function faultsOfActivation(rows: PartnerRows, peer: Peer, at: Date): Refusal[] {
  if (peer.state === 'inactive') return []
  const lacks = lacksOf(rows, peer, at)
  if (lacks.length === 0) return []
  return [
    refuse(
      'partner.incomplete',
      `не хватает: ${lacks.map((lack) => lackTexts[lack]).join('; ')}`,
      peerPlace(peer),
    ),
  ]
}

// A code may stand in several rows of the past; at any time only one active operator may own it, or routing
// would depend on the order of rows.
function faultsOfCodes({ operators }: PartnerRows): Refusal[] {
  const faults: Refusal[] = []
  const owners = new Map<string, { operator: Operator; row: Period }[]>()
  for (const operator of operators.values()) {
    for (const row of operator.codes) {
      const place = `operators ${operator.id} ${row.code}`
      const fault = faultOfPeriod(row)
      if (fault !== undefined) faults.push(refuse('partner.invalid', fault, place))
      const others = owners.get(row.code) ?? []
      owners.set(row.code, [...others, { operator, row }])
      const clash = others.find(
        (other) => clashes(other.operator, operator) && periodsOverlap(other.row, row),
      )
      if (clash === undefined) continue
      const seen = `код ${row.code} принадлежит и ${clash.operator.id} ${periodText(clash.row)}`
      faults.push(refuse('partner.conflict', seen, place))
    }
  }
  return faults
}

function clashes(one: Operator, other: Operator): boolean {
  return one.id === other.id || (one.active && other.active)
}

function faultsOfReferences({ operators, peers, grants, overrides }: PartnerRows): Refusal[] {
  const faults: Refusal[] = []
  for (const [key, grant] of grants) {
    const place = `grants ${key}`
    const fault = faultOfPeriod(grant)
    if (fault !== undefined) faults.push(refuse('partner.invalid', fault, place))
    if (!peers.has(grant.peer)) faults.push(refuse('partner.conflict', `нет партнёра ${grant.peer}`, place))
    if (!operators.has(grant.operator)) {
      faults.push(refuse('partner.conflict', `нет оператора ${grant.operator}`, place))
    }
  }
  for (const { participant, operator } of overrides.values()) {
    const place = `overrides ${participant}`
    if (parseParticipantId(participant) === undefined) {
      faults.push(refuse('partner.invalid', 'недопустимый идентификатор участника', place))
    }
    if (!operators.has(operator)) faults.push(refuse('partner.conflict', `нет оператора ${operator}`, place))
  }
  return faults
}

// What such a participant sends would be taken in, and then never answered (RULES 17): receipts name the operator of its
// id, whoever serves it. Rows of before are left alone, or no other change could be made.
function faultsOfOverride({ participant }: Override): Refusal[] {
  const code = operatorCodeOf(participant as ParticipantId)
  if (canBeToldReceipts(code)) return []
  const seen =
    `идентификатор начинается с «${code}», а не с кода оператора из трёх латинских букв и цифр: ` +
    'квитанции на сообщения этого участника не записать'
  return [refuse('partner.invalid', seen, `overrides ${participant}`)]
}

// The certificate says which peer signed a package, so it can name one only.
function faultsOfCertificates({ peers }: PartnerRows): Refusal[] {
  const faults: Refusal[] = []
  const holders = new Map<string, string>()
  for (const peer of peers.values()) {
    for (const [index, certificate] of peer.certificates.entries()) {
      const place = `${peerPlace(peer)} certificates ${index}`
      const fault = faultOfPeriod(certificate)
      if (fault !== undefined) faults.push(refuse('partner.invalid', fault, place))
      const read = readPeerCertificate(certificate.pem)
      if (isRefusal(read)) {
        faults.push(refuse('partner.invalid', read.seen, place))
        continue
      }
      const holder = holders.get(read.thumbprint)
      if (holder !== undefined) {
        faults.push(refuse('partner.conflict', `сертификат ${read.thumbprint} уже у ${holder}`, place))
      }
      holders.set(read.thumbprint, peer.id)
    }
  }
  return faults
}

function faultsOfPeer(peer: Peer, { dialects }: RuleSettings): Refusal[] {
  const faults: Refusal[] = []
  if (!dialects.includes(peer.dialect)) {
    const seen = `диалект ${peer.dialect} не известен; известны: ${dialects.join(', ')}`
    faults.push(refuse('partner.invalid', seen, `${peerPlace(peer)} dialect`))
  }
  if (peer.address?.startsWith('sftp:') === true && peer.sftp?.address !== peer.address) {
    const seen = 'адрес sftp должен быть тот же, что в разделе sftp узла'
    faults.push(refuse('partner.invalid', seen, `${peerPlace(peer)} address`))
  }
  const notHttp = peer.receiptAddresses.find((address) => !/^https?:/.test(address))
  if (notHttp !== undefined) {
    const seen = 'адрес квитанций: только http и https'
    faults.push(refuse('partner.invalid', seen, `${peerPlace(peer)} receiptAddresses`))
  }
  if (peer.sftp !== undefined) {
    const fault = faultOfAddress(peer.sftp.address)
    if (fault !== undefined) faults.push(refuse('partner.invalid', fault, `${peerPlace(peer)} sftp`))
  }
  const addresses = [...(peer.address === undefined ? [] : [peer.address]), ...peer.receiptAddresses]
  for (const address of addresses) {
    const fault = faultOfAddress(address)
    if (fault !== undefined) faults.push(refuse('partner.invalid', fault, `${peerPlace(peer)} address`))
  }
  return faults
}

/**
 * Says what is wrong with an address of a peer, or nothing. Passwords have no place in it: it is shown and
 * logged.
 */
function faultOfAddress(address: string): string | undefined {
  if (!URL.canParse(address)) return 'адрес не разобран'
  const { protocol, username, password, hash, hostname } = new URL(address)
  if (!['https:', 'http:', 'sftp:'].includes(protocol)) return `протокол ${protocol} не поддерживается`
  if (hostname === '') return 'в адресе нет имени узла'
  if (password !== '' || (username !== '' && protocol !== 'sftp:')) return 'в адресе имя или пароль'
  return hash === '' ? undefined : 'в адресе фрагмент (#)'
}

function peerPlace(peer: Peer): string {
  return `peers ${peer.id}`
}
