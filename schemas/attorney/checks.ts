// The table of checks of a power of attorney: what each implements, what it can find, and the texts for people.

import { chainFindings } from './chain-findings.ts'
import { ownFindings } from './own-findings.ts'

type CheckRow = { clause: string; ru: string; en: string }

/** Checks in the order of the protocol. `domain` is the collection of rules the hub was made from. */
export const attorneyChecks = {
  due: {
    clause: 'domain 6.3; 63-ФЗ, 17.2',
    ru: 'Нужна ли доверенность',
    en: 'Whether a power of attorney is due',
  },
  found: { clause: 'domain 6.2', ru: 'Доверенность найдена', en: 'The power of attorney was found' },
  format: { clause: 'EMCHD_1 (domain 13.5)', ru: 'Формат', en: 'Format' },
  number: { clause: 'domain 6.1, 6.2', ru: 'Номер', en: 'Number' },
  dates: { clause: 'domain 6.4; ГК РФ, 186', ru: 'Срок действия', en: 'Dates' },
  'own-signature': { clause: 'domain 6.4; 63-ФЗ, 17.5', ru: 'Подпись доверенности', en: 'Its own signature' },
  signer: { clause: 'domain 6.4; ГК РФ, 185.1(4)', ru: 'Кто подписал доверенность', en: 'Who signed it' },
  representative: {
    clause: 'domain 6.4',
    ru: 'Представитель — подписант документа',
    en: "The representative is the document's signer",
  },
  jointly: { clause: 'domain 6.1 (ПрСовмПолн)', ru: 'Совместные полномочия', en: 'Powers held jointly' },
  principal: { clause: 'domain 6.4', ru: 'Доверитель — отправитель', en: 'The principal is the sender' },
  registry: { clause: 'domain 6.4; ГК РФ, 188', ru: 'Отмена доверенности', en: 'Revocation' },
  powers: { clause: 'domain 6.4', ru: 'Полномочия', en: 'Powers' },
  chain: { clause: 'domain 6.4; ГК РФ, 187', ru: 'Цепочка передоверия', en: 'The chain of retrust' },
  'retrust-allowed': {
    clause: 'domain 6.1 (ПрПередов)',
    ru: 'Право передоверия',
    en: 'Whether retrust is allowed',
  },
  giver: { clause: 'domain 6.1 (СвПередПолн)', ru: 'Кто передал полномочия', en: 'Who gave the powers on' },
  'powers-subset': {
    clause: 'domain 6.4',
    ru: 'Полномочия в пределах вышестоящей',
    en: "Powers within the parent's",
  },
  'dates-subset': {
    clause: 'domain 6.4; ГК РФ, 187(4)',
    ru: 'Срок в пределах вышестоящей',
    en: "Dates within the parent's",
  },
} as const satisfies Record<string, CheckRow>

/** The name of a check. */
export type AttorneyCheckId = keyof typeof attorneyChecks

/** Findings by name; each belongs to one check. */
export const attorneyFindings = { ...ownFindings, ...chainFindings }

/** The name of a finding. */
export type AttorneyFindingName = keyof typeof attorneyFindings

/** The results a verdict can have, in the terms of domain rules 6.4, with texts for people. */
export const attorneyStatuses = {
  NotRequired: { ru: 'Доверенность не нужна', en: 'No power of attorney is due' },
  IsNotAttached: { ru: 'Доверенность не приложена', en: 'It is not attached' },
  CanNotBeValidated: { ru: 'Доверенность нельзя проверить', en: 'It cannot be validated' },
  ValidationError: { ru: 'Проверка доверенности не выполнена', en: 'The validation failed' },
  IsNotValid: {
    ru: 'Доверенность недействительна для этой подписи',
    en: 'It is not valid for this signature',
  },
  HasWarnings: { ru: 'Доверенность действительна, есть замечания', en: 'It is valid, with warnings' },
  IsValid: { ru: 'Доверенность действительна', en: 'It is valid' },
} as const satisfies Record<string, { ru: string; en: string }>

/** The result of a verdict. */
export type AttorneyStatus = keyof typeof attorneyStatuses
