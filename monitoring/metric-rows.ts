// The table of metrics: name, kind, help, labels with their bounds, buckets.

import type { Outcome } from '../schemas/transport.ts'

/**
 * How the values of a label are bounded. `among`: these values. `peers`: ids of known peers. `namesMax`: names of our
 * own tables (codes, states), the first so many of them. Any other value becomes `other`.
 */
export type LabelBound = { among: readonly string[] } | { peers: true } | { namesMax: number }

/** One metric. Times are in seconds, sizes in bytes, as Prometheus advises. */
export type MetricRow = {
  kind: 'counter' | 'gauge' | 'histogram'
  ru: string
  en: string
  labels: Readonly<Record<string, LabelBound>>
  buckets?: readonly number[]
}

const peer = { peers: true } as const
const code = { namesMax: 200 } as const
const hop = { among: ['process', 'deliver', 'send', 'watch', 'settle', 'frozen'] } as const
const source = { among: ['crl', 'ocsp', 'trust-list'] } as const
const batch = { among: ['intake', 'change'] } as const
const stage = {
  among: ['accept', 'open', 'verify', 'route', 'translate', 'deliver', 'settle', 'receipts', 'sweep'],
} as const
const attempt = {
  among: ['accepted', 'rejected', 'transient', 'ambiguous', 'forbidden'] satisfies Outcome['class'][],
} as const

const quick = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] as const
const slow = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const
const sizes = [1, 2, 4, 8, 16, 32, 64, 128] as const

/** All metrics of the hub by name. */
export const metricRows = {
  hub_build_info: {
    kind: 'gauge',
    labels: { version: { namesMax: 1 } },
    ru: 'Версия хаба, всегда 1',
    en: 'Version of the hub, always 1',
  },
  hub_packages_received_total: {
    kind: 'counter',
    labels: { peer, outcome: { among: ['accepted', 'repeated', 'refused', 'failed'] }, code },
    ru: 'Пакеты, пришедшие на приём, по исходу и коду',
    en: 'Packages that came to the door, by outcome and code',
  },
  hub_packages_received_bytes_total: {
    kind: 'counter',
    labels: { peer },
    ru: 'Байты принятых пакетов',
    en: 'Bytes of accepted packages',
  },
  hub_verdicts_total: {
    kind: 'counter',
    labels: {
      peer,
      indication: { among: ['TOTAL-PASSED', 'INDETERMINATE', 'TOTAL-FAILED', 'NOT-SIGNED'] },
      sub: { namesMax: 40 },
    },
    ru: 'Сообщения по тому, чего стоят их подписи',
    en: 'Messages by what their signatures are worth',
  },
  hub_door_seconds: {
    kind: 'histogram',
    labels: { outcome: { among: ['accepted', 'repeated', 'refused', 'failed'] } },
    buckets: quick,
    ru: 'Время от последнего байта пакета до ответа',
    en: 'Time from the last byte of a package to its answer',
  },
  hub_messages_total: {
    kind: 'counter',
    labels: { state: { namesMax: 40 } },
    ru: 'Сообщения по достигнутым состояниям',
    en: 'Messages by the state they reached',
  },
  hub_message_seconds: {
    kind: 'histogram',
    labels: { peer },
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600, 86_400],
    ru: 'Время от приёма сообщения до его отправки получателю',
    en: 'Time from a message being accepted to its being taken by the next operator',
  },
  hub_stage_seconds: {
    kind: 'histogram',
    labels: { stage },
    buckets: quick,
    ru: 'Длительность этапов',
    en: 'Duration of stages',
  },
  hub_delivery_attempts_total: {
    kind: 'counter',
    labels: { peer, class: attempt },
    ru: 'Попытки доставки по исходу',
    en: 'Attempts of delivery by outcome',
  },
  hub_delivery_seconds: {
    kind: 'histogram',
    labels: { peer },
    buckets: slow,
    ru: 'Длительность попыток доставки',
    en: 'Duration of attempts of delivery',
  },
  hub_queue_depth: {
    kind: 'gauge',
    labels: { hop },
    ru: 'Длина очереди по переходам',
    en: 'Depth of the queue by hop',
  },
  hub_queue_oldest_due_seconds: {
    kind: 'gauge',
    labels: { hop },
    ru: 'Насколько опаздывает самая старая работа',
    en: 'How late the oldest due work is',
  },
  hub_letters_total: {
    kind: 'counter',
    labels: {
      kind: { among: ['asked', 'claim', 'readdressed', 'linked', 'refused'] },
      outcome: { among: ['sent', 'retry', 'bounced', 'dropped'] },
    },
    ru: 'Попытки отправить письма приглашений, по виду и исходу',
    en: 'Attempts to send letters of invitations, by kind and outcome',
  },
  hub_letters_queued: {
    kind: 'gauge',
    labels: {},
    ru: 'Письма, ждущие отправки',
    en: 'Letters that wait to be sent',
  },
  hub_letters_oldest_due_seconds: {
    kind: 'gauge',
    labels: {},
    ru: 'На сколько опаздывает самое старое письмо',
    en: 'How late the oldest letter is',
  },
  hub_messages_held: {
    kind: 'gauge',
    labels: {},
    ru: 'Сообщения, ждущие решения дежурного',
    en: 'Messages that wait for a person',
  },
  hub_links_events: {
    kind: 'gauge',
    labels: { news: { namesMax: 20 }, where: { among: ['home', 'transit'] } },
    ru: 'События связей абонентов с начала учёта: accepted — новая связь',
    en: 'Events of links of subscribers since they are counted: accepted is a new link',
  },
  hub_links_by_invitation: {
    kind: 'gauge',
    labels: { how: { among: ['automatic', 'manual'] } },
    ru: 'Связи по приглашениям наших служб: сами или после заявки оператору',
    en: 'Links by invitations of our services: by themselves, or after an application to the operator',
  },
  hub_links_waiting: {
    kind: 'gauge',
    labels: { what: { among: ['requests', 'invites', 'messages'] } },
    ru: 'Приглашения, чей срок ответа идёт, и сообщения, которые ждут связи',
    en: 'Requests and invitations whose deadline runs, and messages that wait for a link',
  },
  hub_sftp_polls_total: {
    kind: 'counter',
    labels: { peer, outcome: { namesMax: 40 } },
    ru: 'Просмотры папок узлов по SFTP по исходу; host-key — чужой ключ сервера, тревога',
    en: 'Looks at folders of SFTP peers by outcome; host-key: a key that is not pinned, an alarm',
  },
  hub_sftp_files_total: {
    kind: 'counter',
    labels: { peer, outcome: { among: ['taken', 'refused', 'failed', 'ignored'] } },
    ru: 'Файлы в папках узлов по SFTP по тому, что с ними стало',
    en: 'Files in folders of SFTP peers by what became of them',
  },
  hub_sftp_files_waiting: {
    kind: 'gauge',
    labels: { peer },
    ru: 'Файлы, которые ещё не приняты, при последнем просмотре',
    en: 'Files not taken in yet, at the last look',
  },
  hub_sftp_oldest_waiting_seconds: {
    kind: 'gauge',
    labels: { peer },
    ru: 'Сколько ждёт самый старый из них',
    en: 'How long the oldest of them has waited',
  },
  hub_source_looks_total: {
    kind: 'counter',
    labels: { kind: source, outcome: { among: ['new', 'same', 'failed'] }, code },
    ru: 'Обращения к источникам списков отзыва, OCSP и перечня УЦ, по исходу и коду',
    en: 'Looks at sources of revocation lists, OCSP answers and the trust list, by outcome and code',
  },
  hub_source_age_seconds: {
    kind: 'gauge',
    labels: { kind: source, source: { namesMax: 200 } },
    ru: 'Возраст данных источника; пока их нет — сколько источник ждёт',
    en: 'Age of what a source gave; while there is nothing, how long it has been wanted',
  },
  hub_sources_left_out: {
    kind: 'gauge',
    labels: {},
    ru: 'Списки и ответы, которые не держатся в памяти: вместе они больше предела listsHeldBytesMax',
    en: 'Lists and answers not held in memory: together they are above the limit listsHeldBytesMax',
  },
  hub_registry_answers_total: {
    kind: 'counter',
    labels: {
      question: { among: ['file', 'status'] },
      outcome: { among: ['found', 'not-found', 'valid', 'revoked', 'unknown', 'silent'] },
      reason: code,
    },
    ru: 'Ответы реестра доверенностей (МЧД), по вопросу и исходу; silent — ответа нет, и почему',
    en: 'Answers of the registry of powers of attorney by question and outcome; silent is none, and why',
  },
  hub_participant_answers_total: {
    kind: 'counter',
    labels: {
      outcome: { among: ['ok', 'not-found', 'not-allowed', 'try-later'] },
      reason: code,
    },
    ru: 'Ответы справочника участников ФНС по исходу; try-later — ответа нет, и почему',
    en: 'Answers of the directory of participants by outcome; try-later is none, and why',
  },
  hub_blob_bytes_total: {
    kind: 'counter',
    labels: { direction: { among: ['written', 'read'] } },
    ru: 'Байты, записанные в хранилище тел и прочитанные из него',
    en: 'Bytes written to and read from the blob store',
  },
  hub_journal_entries_total: {
    kind: 'counter',
    labels: {},
    ru: 'Записи журнала, вошедшие в блоки',
    en: 'Journal entries sealed into blocks',
  },
  hub_journal_blocks_total: {
    kind: 'counter',
    labels: {},
    ru: 'Закрытые блоки журнала',
    en: 'Sealed journal blocks',
  },
  hub_journal_unsealed: {
    kind: 'gauge',
    labels: {},
    ru: 'Записи журнала вне блоков',
    en: 'Journal entries not sealed yet',
  },
  hub_commit_batch: {
    kind: 'histogram',
    labels: { batch },
    buckets: sizes,
    ru: 'Сколько работ вошло в одну транзакцию',
    en: 'Pieces of work committed together',
  },
  hub_commit_seconds: {
    kind: 'histogram',
    labels: { batch },
    buckets: quick,
    ru: 'Длительность транзакций',
    en: 'Duration of commits',
  },
  hub_worker_queue: {
    kind: 'gauge',
    labels: {},
    ru: 'Задания, ждущие потока для подписей и разбора',
    en: 'Tasks that wait for a worker thread',
  },
  hub_database_connections: {
    kind: 'gauge',
    labels: { state: { among: ['open', 'idle', 'waiting'] } },
    ru: 'Соединения с базой: открытые, свободные и ожидающие их',
    en: 'Connections to the database: open, idle, and waiters for one',
  },
  hub_packages_out_held: {
    kind: 'gauge',
    labels: {},
    ru: 'Исходящие пакеты, ждущие решения дежурного',
    en: 'Outgoing packages that wait for a person',
  },
  hub_faults_total: {
    kind: 'counter',
    labels: { place: { namesMax: 100 } },
    ru: 'Внутренние ошибки по месту',
    en: 'Faults of the hub itself by place',
  },
  hub_event_loop_lag_seconds: {
    kind: 'gauge',
    labels: { quantile: { among: ['p50', 'p99', 'max'] } },
    ru: 'Задержка цикла событий с прошлого опроса',
    en: 'Lag of the event loop since the last scrape',
  },
} as const satisfies Record<`hub_${string}`, MetricRow>

type Rows = typeof metricRows
/** Name of a metric. */
export type MetricName = keyof Rows
/** Names of the metrics of one kind. */
export type MetricNameOf<Kind extends MetricRow['kind']> = {
  [N in MetricName]: Rows[N]['kind'] extends Kind ? N : never
}[MetricName]

/** Labels a metric must be given: listed values where the table lists them, any text where the bound is at run time. */
export type LabelsOf<N extends MetricName> = {
  readonly [L in keyof Rows[N]['labels']]: Rows[N]['labels'][L] extends { among: readonly (infer V)[] }
    ? V
    : string
}
