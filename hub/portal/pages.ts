// Renders the pages of the portal, without scripts: the claim page with its forms, confirmations and refusals.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Eta } from 'eta'
import type { ClaimOutcome, ClaimView } from '../../schemas/invites/invite.ts'
import { limits } from '../../schemas/limits.ts'
import { type Language, momentText } from '../mail/letter-words.ts'
import { oneLine, plainLines } from '../mail/plain-text.ts'
import type { FieldFault, Fields } from './form.ts'
import { type RefusedPage, words } from './words.ts'

const views = join(import.meta.dirname, 'templates')
const eta = new Eta({ views, cache: true, autoTrim: false, autoEscape: true })

/** The field that asks for the page with what was typed, and chooses nothing. */
export const onlyShow = 'show'

/** The one style sheet. */
export const styleSheet = readFileSync(join(views, 'portal.css'))

/** The claim page. `fields` are kept as they were typed, `faults` told at the top and at their fields. */
export function claimPage(of: {
  view: ClaimView
  language: Language
  fields: Fields
  faults: readonly FieldFault[]
}): string {
  const { view, language, fields, faults } = of
  const told = words[language]
  const line = (text: string) => oneLine(text, limits.letterNameLengthMax)
  const faultOf = (field: FieldFault['field']) => {
    const fault = faults.find((one) => one.field === field)
    return fault === undefined ? undefined : told.faults[fault.fault]
  }
  return eta.render('./claim.eta', {
    ...frame(language, faults.length > 0 ? `${told.errorPrefix}: ${told.title}` : told.title),
    again: fields['choice'] === undefined ? undefined : [...typedFields(fields), [onlyShow, '1']],
    inviter: { name: line(view.inviter.name), inn: line(view.inviter.inn) },
    inn: line(view.inn),
    operator: line(view.operator),
    message: view.message === undefined ? [] : plainLines(view.message, limits.letterMessageLengthMax),
    until: momentText(view.expiresAt, language),
    faults: faults.map(({ field, fault }) => ({ field, text: told.faults[fault] })),
    faultOf,
    value: (name: string) => fields[name] ?? '',
  })
}

/** The page after a choice. Its switch of language sends the same choice again, which gets the same answer. */
export function donePage(outcome: ClaimOutcome, language: Language, fields: Fields): string {
  const told = words[language]
  const { title, text, id } = told.done[outcome.is]
  const facts = [
    ...('id' in outcome ? [{ name: id, value: outcome.id }] : []),
    ...('operator' in outcome
      ? [{ name: told.operator, value: oneLine(outcome.operator, limits.letterNameLengthMax) }]
      : []),
  ]
  return eta.render('./told.eta', {
    ...frame(language, title),
    again: typedFields(fields),
    text,
    facts,
    close: told.close,
  })
}

/** A page that refuses; it says nothing of any invitation. */
export function refusedPage(page: RefusedPage, language: Language): string {
  const { title, text } = words[language].refused[page]
  return eta.render('./told.eta', { ...frame(language, title), again: undefined, text, facts: [], close: '' })
}

/** What a switch of language sends again, so that nothing typed is lost. */
function typedFields(fields: Fields): [string, string][] {
  const names = ['choice', 'name', 'kpp', 'contact', 'id']
  return names.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]]))
}

function frame(language: Language, title: string) {
  return { language, title, words: words[language] }
}
