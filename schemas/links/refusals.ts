// Refusals of links: answers that have nothing to answer, and inviters nobody knows enough of.

/** Rows of `refusals`. */
export const linkRefusals = {
  'link.own': {
    fault: 'sender',
    class: 'permanent',
    ru: 'Абонент не может быть собственным контрагентом',
    en: 'A subscriber cannot be its own counterparty',
    advice: {
      ru: 'Укажите идентификатор контрагента.',
      en: 'Give the id of the counterparty.',
    },
  },
  'link.nothing-to-accept': {
    fault: 'sender',
    class: 'permanent',
    ru: 'Нет приглашения, которое можно принять',
    en: 'There is no request to accept',
    advice: {
      ru: 'Посмотрите состояние связи; пригласите контрагента сами.',
      en: 'Read the state of the link; invite the counterparty instead.',
    },
  },
  'link.nothing-to-decline': {
    fault: 'sender',
    class: 'permanent',
    ru: 'Нет приглашения, которое можно отклонить',
    en: 'There is no request to decline',
    advice: {
      ru: 'Посмотрите состояние связи: действующую связь разрывают, своё приглашение отзывают.',
      en: 'Read the state of the link; a link is broken, a request of your own is withdrawn.',
    },
  },
  'link.nothing-to-break': {
    fault: 'sender',
    class: 'permanent',
    ru: 'Нет связи, которую можно разорвать',
    en: 'There is no link to break',
    advice: {
      ru: 'Посмотрите состояние связи: приглашение отклоняют или отзывают.',
      en: 'Read the state of the link; a request is declined or withdrawn.',
    },
  },
  'link.nothing-to-withdraw': {
    fault: 'sender',
    class: 'permanent',
    ru: 'Нет приглашения, которое можно отозвать',
    en: 'There is no request of yours to withdraw',
    advice: {
      ru: 'Посмотрите состояние связи: действующую связь разрывают, приглашение контрагента отклоняют.',
      en: 'Read the state of the link; a link is broken, a request of the counterparty is declined.',
    },
  },
  'link.organisation-unknown': {
    fault: 'sender',
    class: 'permanent',
    ru: 'ИНН и наименование нашего абонента неизвестны',
    en: 'The ИНН and the name of our subscriber are not known',
    advice: {
      ru: 'Укажите в запросе организацию (inn, kpp, name).',
      en: 'Give the organisation (inn, kpp, name) with the request.',
    },
  },
} as const
