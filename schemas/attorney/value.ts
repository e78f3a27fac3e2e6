// A machine-readable power of attorney (МЧД, format EMCHD_1) as a plain value (domain rules 6.1, 13.5).

/** Name of a person as the document writes it. */
export type AttorneyName = { surname: string; givenName: string; patronymic?: string }

/** A natural person: СНИЛС as eleven digits, whatever separators were written. */
export type AttorneyPerson = { name: AttorneyName; inn?: string; snils?: string; position?: string }

/** A Russian organisation, its branch, or a foreign one. The format lets ИНН and ОГРН be left out. */
export type AttorneyOrganisation = { name: string; inn?: string; kpp?: string; ogrn?: string }

/** An individual entrepreneur (ИП). */
export type AttorneyEntrepreneur = { name: AttorneyName; inn: string; ogrnip: string; snils: string }

/** Who acts for an organisation without a power of attorney (ЛицоБезДов). */
export type AttorneyHead = {
  /** ПолнЮЛ 2: only together with the other heads so marked. */
  actsJointly: boolean
  /** A managing company (СВЮЛ) and the persons who act for it. */
  company?: { organisation: AttorneyOrganisation; persons: readonly AttorneyPerson[] }
  person?: AttorneyPerson
  entrepreneur?: AttorneyEntrepreneur
}

/** Who gives a power of attorney (СвДоверит), or gives powers on (СвПередПолн). */
export type AttorneyPrincipal =
  | {
      kind: 'organisation'
      organisation: AttorneyOrganisation
      /** ЕИОУК, ЕИОФЛ, ЕИОИП: what kinds of heads it says it has. */
      headKinds: { company: boolean; person: boolean; entrepreneur: boolean }
      heads: readonly AttorneyHead[]
    }
  | { kind: 'foreign'; organisation: AttorneyOrganisation; persons: readonly AttorneyPerson[] }
  | { kind: 'branch'; organisation: AttorneyOrganisation; persons: readonly AttorneyPerson[] }
  | { kind: 'entrepreneur'; entrepreneur: AttorneyEntrepreneur }
  /** `guardian`: who acts for a person that cannot (СвЗакПредРук). */
  | { kind: 'person'; person: AttorneyPerson; guardian?: AttorneyHead }

/** Who receives powers (СвУпПред, СвПолучПолн). */
export type AttorneyRepresentative =
  | { kind: 'organisation' | 'branch' | 'foreign'; organisation: AttorneyOrganisation }
  | { kind: 'entrepreneur'; entrepreneur: AttorneyEntrepreneur }
  | { kind: 'person'; person: AttorneyPerson }

/** One limit of a power (ОгрСвПолн): its code and value, as a code or a text. */
export type AttorneyLimit = { code: string; value: string; isText: boolean }

/** One machine-readable power (МашПолн). */
export type AttorneyPower = { code: string; limits: readonly AttorneyLimit[] }

/** СвПолн. */
export type AttorneyPowers = {
  /** ТипПолн 0 is text, 1 machine-readable. */
  kind: 'text' | 'machine'
  /** ПрСовмПолн 2: the representatives act only together. */
  heldJointly: boolean
  /** ПрУтрПолн 1: who gives the powers on loses them. */
  lostOnRetrust?: boolean
  text?: string
  items: readonly AttorneyPower[]
}

/** An earlier power of attorney a retrust names (СвПервДовер, СвПередов). */
export type AttorneyReference = {
  issued: string
  expires: string
  /** НомДоверПерв, lower case: the first of the chain. */
  firstNumber?: string
  /** НомДоверN, lower case: the one this one is derived from. */
  parentNumber?: string
  /** ИНН of the first principals, where they are given. */
  principalInns: readonly string[]
}

/** What Передов adds: who gave the powers on, and out of which power of attorney. */
export type AttorneyRetrust = {
  /** ПрНалПередов 1: the parent is a retrust itself. */
  parentIsRetrust: boolean
  first: AttorneyReference
  parent?: AttorneyReference
  givers: readonly AttorneyPrincipal[]
}

/** A power of attorney that was read; everything in it is what the document says, nothing is verified. */
export type Attorney = {
  /** НомДовер, lower case: both cases are valid and mean the same. */
  number: string
  /** ИдФайл. */
  fileId: string
  innerNumber: string
  /** First and last day, inclusive, YYYY-MM-DD. A zone in xs:date is dropped: the days are Moscow's. */
  issued: string
  expires: string
  /** ВидДовер 2. */
  isIrrevocable: boolean
  /** ПрПередов 1, 2, 3. */
  retrustAllowed: 'none' | 'once' | 'successive'
  /** СведСист: where it is kept, often the address of a registry. Never called. */
  system: string
  /** СвДоверит; empty in a retrust, whose principals stand in the first of its chain. */
  principals: readonly AttorneyPrincipal[]
  representatives: readonly AttorneyRepresentative[]
  powers: AttorneyPowers
  retrust?: AttorneyRetrust
  /** СвНотУд: the notary who certified it, and whose signature it then bears. */
  notary?: AttorneyName
}

/** Number and ИНН of the principal: enough to ask a registry (domain rules 6.2 b). */
export type AttorneyKey = { number: string; principalInn: string }

/** A power of attorney named without its file: in description.xml or inside the document. */
export type AttorneyRequisites = {
  source: 'description' | 'document'
  /** As written, lower case; the formats of documents do not insist on a GUID. */
  number: string
  principalInn?: string
  /** YYYY-MM-DD. */
  issued?: string
  /** СпосПодтПолном or СпособПредставл as written. */
  presented?: string
  /** ИдСистХран, СвСистХран or УРЛСист as written. Never called. */
  system?: string
}

/** The form of a МЧД number. */
export const attorneyNumberForm = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i

/** Freezes facts to their last part, so that nothing the judgement saw can change after it. */
export function freezeFacts<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const part of Object.values(value)) freezeFacts(part)
  }
  return value
}
