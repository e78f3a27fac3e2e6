// The link machine: what two subscribers last said to each other, Запрос or Разрыв, and whether that makes a link.

import type { MachineTable, TransitionRow } from '../machine.ts'

/** After an answer that did not come, nothing changes but that both sides know: the request still stands. */
const unanswered = <const From extends string>(from: From) =>
  ({
    from,
    on: 'unanswered',
    to: from,
    effects: ['unanswered'],
    why: 'The request still stands: a late answer is an answer. What waited with it goes back.',
  }) as const satisfies TransitionRow

const repeated = <const From extends string, const On extends string>(from: From, on: On, why: string) =>
  ({ from, on, to: from, effects: [], why }) as const satisfies TransitionRow

const deadline = { on: 'unanswered', after: 'links.answerWithinMs' } as const

/**
 * Nine cells of (ours, theirs): З a standing request, Р broke or refused last, – nothing. A link exists only while both
 * requests came after the last Разрыв of either side. There is no word for accepting or refusing: the second Запрос
 * accepts, a Разрыв refuses, withdraws and breaks. Effects name what the change is to people. The same table seen from
 * the other side is itself, so either subscriber may be "us".
 */
export const linkMachine = {
  name: 'link',
  about:
    'What two subscribers have said to each other, seen from one of them. The cells are (ours, theirs): З asked, ' +
    'Р refused or broke, – nothing.',
  states: {
    none: { ru: 'Связи нет (–,–)', en: 'No link', waitsOn: 'nobody' },
    'asked-by-us': {
      ru: 'Приглашение отправлено (З,–)',
      en: 'We asked',
      waitsOn: 'counterparty',
      deadline,
    },
    'asked-by-them': {
      ru: 'Контрагент приглашает нас (–,З)',
      en: 'They ask us',
      waitsOn: 'subscriber',
      deadline,
    },
    linked: { ru: 'Контрагенты (З,З)', en: 'Linked', waitsOn: 'nobody' },
    'broken-by-them': { ru: 'Контрагент отказал нам (–,Р)', en: 'They refused or broke', waitsOn: 'nobody' },
    'broken-by-us': { ru: 'Мы отказали (Р,–)', en: 'We refused or broke', waitsOn: 'nobody' },
    'asked-again-by-us': {
      ru: 'Приглашение отправлено повторно (З,Р)',
      en: 'We asked again after their no',
      waitsOn: 'counterparty',
      deadline,
    },
    'asked-again-by-them': {
      ru: 'Контрагент приглашает нас повторно (Р,З)',
      en: 'They ask again after our no',
      waitsOn: 'subscriber',
      deadline,
    },
    'broken-by-both': {
      ru: 'Отказали оба (Р,Р)',
      en: 'Both refused',
      waitsOn: 'nobody',
      unreached: 'A second Разрыв changes nothing.',
    },
  },
  rows: [
    // (–,–)
    { from: 'none', on: 'we-ask', to: 'asked-by-us', effects: ['invited'], why: 'A first request.' },
    { from: 'none', on: 'they-ask', to: 'asked-by-them', effects: ['invited'], why: 'A first request.' },
    repeated('none', 'we-break', 'There is nothing to break.'),
    repeated('none', 'they-break', 'There is nothing to break: ignored.'),

    // (З,–)
    repeated('asked-by-us', 'we-ask', 'It stands already.'),
    {
      from: 'asked-by-us',
      on: 'we-break',
      when: 'after-our-break',
      to: 'broken-by-us',
      effects: ['withdrawn'],
      why: 'A withdrawn request leaves what was before it.',
    },
    {
      from: 'asked-by-us',
      on: 'we-break',
      to: 'none',
      effects: ['withdrawn'],
      why: 'A withdrawn request leaves what was before it.',
    },
    { from: 'asked-by-us', on: 'they-ask', to: 'linked', effects: ['accepted'], why: 'Both asked.' },
    { from: 'asked-by-us', on: 'they-break', to: 'broken-by-them', effects: ['refused'], why: 'A no.' },
    unanswered('asked-by-us'),

    // (–,З)
    { from: 'asked-by-them', on: 'we-ask', to: 'linked', effects: ['accepted'], why: 'Both asked.' },
    { from: 'asked-by-them', on: 'we-break', to: 'broken-by-us', effects: ['refused'], why: 'A no.' },
    repeated('asked-by-them', 'they-ask', 'It stands already.'),
    {
      from: 'asked-by-them',
      on: 'they-break',
      when: 'after-their-break',
      to: 'broken-by-them',
      effects: ['withdrawn'],
      why: 'A withdrawn request leaves what was before it.',
    },
    {
      from: 'asked-by-them',
      on: 'they-break',
      to: 'none',
      effects: ['withdrawn'],
      why: 'A withdrawn request leaves what was before it.',
    },
    unanswered('asked-by-them'),

    // (З,З)
    repeated('linked', 'we-ask', 'They are linked already.'),
    { from: 'linked', on: 'we-break', to: 'broken-by-us', effects: ['broken'], why: 'One side is enough.' },
    repeated('linked', 'they-ask', 'They are linked already.'),
    {
      from: 'linked',
      on: 'they-break',
      to: 'broken-by-them',
      effects: ['broken'],
      why: 'One side is enough.',
    },

    // (–,Р)
    {
      from: 'broken-by-them',
      on: 'we-ask',
      to: 'asked-again-by-us',
      effects: ['invited'],
      why: 'Their earlier request counts no more.',
    },
    repeated('broken-by-them', 'we-break', 'It is broken already.'),
    {
      from: 'broken-by-them',
      on: 'they-ask',
      to: 'asked-by-them',
      effects: ['invited'],
      why: 'They think otherwise now; ours is void since their Разрыв.',
    },
    repeated('broken-by-them', 'they-break', 'A repeat.'),

    // (Р,–)
    {
      from: 'broken-by-us',
      on: 'we-ask',
      to: 'asked-by-us',
      effects: ['invited'],
      why: 'We think otherwise now; theirs is void since our Разрыв.',
    },
    repeated('broken-by-us', 'we-break', 'A repeat.'),
    {
      from: 'broken-by-us',
      on: 'they-ask',
      to: 'asked-again-by-them',
      effects: ['invited'],
      why: 'Our earlier request counts no more.',
    },
    repeated('broken-by-us', 'they-break', 'It is broken already.'),

    // (З,Р)
    repeated('asked-again-by-us', 'we-ask', 'It stands already.'),
    {
      from: 'asked-again-by-us',
      on: 'we-break',
      to: 'broken-by-them',
      effects: ['withdrawn'],
      why: 'A withdrawn request leaves what was before it.',
    },
    { from: 'asked-again-by-us', on: 'they-ask', to: 'linked', effects: ['accepted'], why: 'Both asked.' },
    {
      from: 'asked-again-by-us',
      on: 'they-break',
      to: 'broken-by-them',
      effects: ['refused'],
      why: 'A no once more.',
    },
    unanswered('asked-again-by-us'),

    // (Р,З)
    { from: 'asked-again-by-them', on: 'we-ask', to: 'linked', effects: ['accepted'], why: 'Both asked.' },
    {
      from: 'asked-again-by-them',
      on: 'we-break',
      to: 'broken-by-us',
      effects: ['refused'],
      why: 'A no once more.',
    },
    repeated('asked-again-by-them', 'they-ask', 'It stands already.'),
    {
      from: 'asked-again-by-them',
      on: 'they-break',
      to: 'broken-by-us',
      effects: ['withdrawn'],
      why: 'A withdrawn request leaves what was before it.',
    },
    unanswered('asked-again-by-them'),

    // (Р,Р)
    {
      from: 'broken-by-both',
      on: 'we-ask',
      to: 'asked-again-by-us',
      effects: ['invited'],
      why: 'A new request.',
    },
    repeated('broken-by-both', 'we-break', 'It is broken already.'),
    {
      from: 'broken-by-both',
      on: 'they-ask',
      to: 'asked-again-by-them',
      effects: ['invited'],
      why: 'A new request.',
    },
    repeated('broken-by-both', 'they-break', 'It is broken already.'),
  ],
  late: ['unanswered'],
} as const satisfies MachineTable

/** A cell of the table, seen from one side. */
export type LinkCell = keyof typeof linkMachine.states
type LinkRow = (typeof linkMachine.rows)[number]
/** What a side says, or the clock. */
export type LinkEvent = LinkRow['on']
/** What a change is to people. */
export type LinkNews = LinkRow['effects'][number]
/** The cell as the other side sees it. */
export const mirroredCell: Readonly<Record<LinkCell, LinkCell>> = {
  none: 'none',
  'asked-by-us': 'asked-by-them',
  'asked-by-them': 'asked-by-us',
  linked: 'linked',
  'broken-by-them': 'broken-by-us',
  'broken-by-us': 'broken-by-them',
  'asked-again-by-us': 'asked-again-by-them',
  'asked-again-by-them': 'asked-again-by-us',
  'broken-by-both': 'broken-by-both',
}

/** Names of the status for services: those the users of roaming know from the largest operator's API. */
export const linkStatuses: Readonly<Record<LinkCell, string>> = {
  none: 'NotInCounteragentList',
  'asked-by-us': 'IsInvitedByMe',
  'asked-by-them': 'InvitesMe',
  linked: 'IsMyCounteragent',
  'broken-by-them': 'RejectsMe',
  'broken-by-us': 'IsRejectedByMe',
  'asked-again-by-us': 'IsInvitedByMe',
  'asked-again-by-them': 'InvitesMe',
  'broken-by-both': 'NotInCounteragentList',
}
