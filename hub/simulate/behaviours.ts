// How a simulated partner may behave: a table of manners for taking packages and for telling what became of them.

/**
 * What happens to a package that arrives. `late` processes it and answers after the pause; `lost` never answers;
 * `proxied` processes it, and somebody in front of it answers.
 */
export type TakingManner =
  | { how: 'answer' }
  | { how: 'proxied'; status: 502 | 504 }
  | { how: 'refuse'; status: 400 | 500 | 503 }
  | { how: 'hang' }
  | { how: 'drop' }
  | { how: 'late' }
  | { how: 'lost' }
  | { how: 'slow' }

/** What the sender of a message is told later. */
export type ReceiptManner = 'success' | 'error' | 'unknown-id' | 'none' | 'twice'

/** A row of the table. `keepsAnswers`: a repeated name gets its stored answer and has no second effect. */
export type BehaviourRow = {
  ru: string
  about: string
  take: TakingManner
  receipts: ReceiptManner
  keepsAnswers: boolean
}

const good = { take: { how: 'answer' }, receipts: 'success', keepsAnswers: true } as const

/** All behaviours by name. */
export const behaviours = {
  ok: {
    ...good,
    ru: 'Принимает, отвечает 200, сообщает об успехе.',
    about: 'Takes, answers 200, tells success.',
  },
  'answer-400': {
    ...good,
    ru: 'Отказывает навсегда.',
    take: { how: 'refuse', status: 400 },
    about: 'Refuses for ever.',
  },
  'answer-500': {
    ...good,
    ru: 'Просит прислать позже.',
    take: { how: 'refuse', status: 500 },
    about: 'Asks for it again later.',
  },
  'answer-503': {
    ...good,
    ru: 'Занят, просит подождать 1 с.',
    take: { how: 'refuse', status: 503 },
    about: 'Is too busy, asks for a pause of 1 s.',
  },
  hang: {
    ...good,
    ru: 'Читает пакет, забывает его и не отвечает.',
    take: { how: 'hang' },
    about: 'Reads the package, forgets it, never answers.',
  },
  'drop-mid-body': {
    ...good,
    ru: 'Рвёт соединение на первых байтах пакета.',
    take: { how: 'drop' },
    about: 'Resets the connection at the first bytes of a body.',
  },
  'late-answer': {
    ...good,
    ru: 'Обрабатывает, отвечает после паузы.',
    take: { how: 'late' },
    about: 'Processes it, answers after the pause.',
  },
  'answer-lost': {
    ...good,
    ru: 'Обрабатывает и рвёт соединение без ответа.',
    take: { how: 'lost' },
    about: 'Processes it, resets the connection unanswered.',
  },
  'proxy-502': {
    ...good,
    ru: 'Обрабатывает, а прокси отвечает 502.',
    take: { how: 'proxied', status: 502 },
    about: 'Processes it, a proxy answers 502.',
  },
  'proxy-504': {
    ...good,
    ru: 'Обрабатывает, а прокси отвечает 504.',
    take: { how: 'proxied', status: 504 },
    about: 'Processes it, a proxy answers 504.',
  },
  slow: {
    ...good,
    ru: 'Читает медленно, отвечает после паузы.',
    take: { how: 'slow' },
    about: 'Reads slowly, answers after the pause.',
  },
  'not-idempotent': {
    ...good,
    ru: 'Повтор имени имеет второе действие.',
    keepsAnswers: false,
    about: 'A repeated name has a second effect.',
  },
  'receipt-error': {
    ...good,
    ru: 'Принимает, потом сообщает об ошибке обработки.',
    receipts: 'error',
    about: 'Takes, then tells a processing error.',
  },
  'receipt-unknown-id': {
    ...good,
    ru: 'Принимает, потом сообщает о неизвестном ид.',
    receipts: 'unknown-id',
    about: 'Takes, then tells an unknown id.',
  },
  'no-receipt': {
    ...good,
    ru: 'Принимает и ничего не сообщает.',
    receipts: 'none',
    about: 'Takes, never tells.',
  },
  'duplicate-receipts': {
    ...good,
    ru: 'Сообщает об успехе дважды, в двух пакетах.',
    receipts: 'twice',
    about: 'Tells success twice, in two packages.',
  },
} as const satisfies Record<string, BehaviourRow>

/** Name of a behaviour. */
export type BehaviourName = keyof typeof behaviours

/** For how long, and in which words. */
export type BehaviourOptions = {
  /** Ends after so many arrivals; then `ok`. */
  packages?: number
  /** Ends after so many milliseconds; then `ok`. */
  forMs?: number
  /** Pause of late-answer and slow, ms. */
  pauseMs?: number
  /** Text of an error, an unknown id, or a refusal. */
  text?: string
  /** What is told, when not what the behaviour says. */
  receipts?: ReceiptManner
  /** Ids of НеизвестныйИд; otherwise the documents the message refers to, or its own first one. */
  ids?: readonly string[]
}

/** A behaviour as it applies to one arrival. */
export type Behaviour = BehaviourRow & {
  name: BehaviourName
  pauseMs: number
  text: string
  ids: readonly string[]
}

const pauseMsDefault = 3000

/** The behaviour of one partner over time; counts arrivals. */
export class Conduct {
  #name: BehaviourName = 'ok'
  #options: BehaviourOptions = {}
  #until = Number.POSITIVE_INFINITY
  #left = Number.POSITIVE_INFINITY

  /** From now on, until the options end it. */
  set(name: BehaviourName, options: BehaviourOptions = {}): void {
    this.#name = name
    this.#options = options
    this.#until = performance.now() + (options.forMs ?? Number.POSITIVE_INFINITY)
    this.#left = options.packages ?? Number.POSITIVE_INFINITY
  }

  /** The behaviour towards a package that begins to arrive now. */
  next(): Behaviour {
    const behaviour = this.peek()
    this.#left -= 1
    return behaviour
  }

  /** What `next` would give; nothing is counted. */
  peek(): Behaviour {
    const isOver = performance.now() > this.#until || this.#left <= 0
    if (isOver) this.set('ok')
    const row: BehaviourRow = behaviours[this.#name]
    const { pauseMs = pauseMsDefault, text = '', ids = [], receipts = row.receipts } = this.#options
    return { ...row, name: this.#name, receipts, pauseMs, text, ids }
  }
}
