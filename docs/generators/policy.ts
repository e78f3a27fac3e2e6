// The page of what may be set per peer, from schemas/partner.ts.

import { PeerPolicy } from '../../schemas/partner.ts'
import { kindOf, type Shape } from './kinds.ts'
import { code, markdownPage, markdownTable } from './markdown.ts'

const intro = `Что можно задать для каждого узла отдельно: раздел \`policy\` в строке узла партнёрского файла.
Чего там нет, то следует умолчаниям работающей версии. Время — в миллисекундах, размеры — в байтах.

What may be set for each peer: the section \`policy\` of a peer's row in a partner file. What it leaves out
follows the defaults of the running version. Times are in milliseconds, sizes in bytes.`

/** docs/generated/peer-policy.md */
export function policyPage(): string {
  const properties = PeerPolicy.properties as unknown as Readonly<Record<string, Shape>>
  const rows = Object.entries(properties).map(([name, shape]) => {
    const kind = name === 'verdict' ? 'actions, weights' : kindOf(shape)
    return [code(name), kind, code(JSON.stringify(shape.default) ?? '—'), meanings[name] ?? '']
  })
  return markdownPage({
    title: 'Политика узла (peer policy)',
    source: 'schemas/partner.ts',
    parts: [intro, markdownTable(['Имя', 'Вид', 'По умолчанию', 'Смысл'], rows)],
  })
}

/** In both languages; a test holds the names against the schema. */
const meanings: Readonly<Record<string, string>> = {
  relay:
    'Пакет собирается заново или идёт как получен, когда весь предназначен этому узлу<br>' +
    'Packages are made anew, or go on as received when all of one is for this peer',
  signAs:
    'Чьим ключом подписывать пакеты узлу: `hub` или код своего оператора<br>Whose key signs packages to the peer',
  idempotentByName:
    'Повтор под тем же именем не имеет второго действия: неясный исход можно повторить<br>' +
    'A repeat under one name has no second effect, so an ambiguous outcome may be sent again',
  invitations: 'Узел принимает приглашения<br>The peer takes invitations',
  invitationDocuments:
    'Узел принимает документ внутри приглашения; иначе документ своего абонента идёт следом сообщением, когда связь ' +
    'установится<br>The peer takes a document inside an invitation; if not, a document of our own subscriber follows ' +
    'as a message once the link opens',
  unknownParent:
    'Сообщение о документе, которого хаб не видел: передать или ответить НеизвестныйИд<br>' +
    'A message about a document the hub never saw: forward, or answer НеизвестныйИд',
  linkless:
    'Сообщения абонентов без связи (приглашение не принято), от узла и через него, и сообщения своих абонентов ' +
    'этому узлу: `refuse` отказать, `hold` держать до связи, `pass` пропускать<br>' +
    'Messages of subscribers without a link (no invitation was accepted) that come from the peer, and those our own ' +
    'subscribers send to it: refuse, hold until there is a link, or pass',
  packageMessagesMax: 'Сообщений в одном пакете узлу<br>Messages in one package to the peer',
  packageBytesMax:
    'Байт в одном пакете узлу, по размеру пакетов, откуда взяты сообщения<br>' +
    'Bytes in one package, by the size of the packages its messages came in',
  gatherMs: 'Сколько ждать других сообщений в тот же пакет<br>Wait for more messages to one package',
  connectionsMax:
    'Запросов узлу одновременно, от каждого процесса хаба<br>Requests to the peer at a time, of each hub process',
  retryMs:
    'Паузы после неудачных попыток; последняя повторяется<br>Waits after each failed attempt; the last one repeats',
  retryForMs: 'Сколько длятся попытки, потом задержание<br>How long attempts go on; then held',
  receiptWithinMs:
    'Срок технологической квитанции после 200<br>A processing receipt is expected in, after the 200',
  overdueHoldMs:
    'Сколько ждать просроченную квитанцию до задержания<br>How long an overdue receipt is hoped for; then held',
  verdict:
    'Что отличается от общих правил о подписях: [verdicts.md](verdicts.md)<br>' +
    'What differs from the common rules about signatures',
  deliverTimeoutMs: 'Сколько длится одна попытка<br>How long one attempt may take',
}
