// The page of what may be set for the SFTP side of a peer, from schemas/sftp.ts.

import { SftpSite } from '../../schemas/sftp.ts'
import { kindOf, type Shape } from './kinds.ts'
import { code, markdownPage, markdownTable } from './markdown.ts'

const intro = `Раздел \`sftp\` в строке узла партнёрского файла: сервер, папки и приметы целого файла.
Обязательны \`address\` и \`hostKeys\`. Папки названы со стороны хаба и стоят
ниже папки адреса, если не начинаются с \`/\`.

The section \`sftp\` of a peer's row in a partner file: server, folders, and how a whole file is known. \`address\` and
\`hostKeys\` are required. Folders are named from the hub's side, below the folder of the address unless they
begin with \`/\`.`

/** docs/generated/peer-sftp.md */
export function sftpPage(): string {
  const properties = SftpSite.properties as unknown as Readonly<Record<string, Shape>>
  const rows = Object.entries(properties).map(([name, shape]) => {
    const fallback = shape.default === undefined ? '—' : code(JSON.stringify(shape.default))
    return [code(name), kindOf(shape), fallback, meanings[name] ?? '']
  })
  return markdownPage({
    title: 'SFTP узла (SFTP side of a peer)',
    source: 'schemas/sftp.ts',
    parts: [intro, markdownTable(['Имя', 'Вид', 'По умолчанию', 'Смысл'], rows)],
  })
}

/** In both languages; a test holds the names against the schema. */
const meanings: Readonly<Record<string, string>> = {
  address:
    'Сервер и учётная запись хаба на нём: `sftp://запись@узел[:порт][/папка]`<br>' +
    'The server and the account of the hub there',
  hostKeys:
    'Отпечатки ключей сервера, как их печатает `ssh-keygen -lf`; на время замены — два<br>' +
    'Fingerprints of the host keys as `ssh-keygen -lf` prints them; two while a key is changed',
  putFolder: 'Сюда хаб кладёт пакеты<br>Where the hub puts packages',
  pickupFolder: 'Отсюда хаб забирает пакеты<br>Where the hub picks packages up',
  answersOutFolder:
    'Сюда хаб кладёт ответы на забранные пакеты<br>Where the hub puts its answers to what it picked up',
  answersInFolder:
    'Отсюда хаб читает ответы партнёра на положенные пакеты<br>Where the hub reads the answers to what it put',
  claimedFolder:
    'Сюда хаб переносит пакет, который принимает; на том же томе, что и pickupFolder<br>' +
    'Where a package lies while the hub takes it in; on the volume of pickupFolder',
  archiveFolder:
    'Сюда переносятся принятые пакеты; без неё они удаляются<br>' +
    'Where packages go once taken in; without it they are deleted',
  pickupPattern:
    'Какие файлы — пакеты: `*` любые знаки, `?` один<br>Which files are packages: `*` any characters, `?` one',
  pickupWhole:
    'Как узнать, что файл дописан: переименован, есть метка, не меняется<br>' +
    'How a whole file is known: it was renamed, has its marker, or does not change',
  putWhole: 'Как хаб показывает, что файл дописан<br>How the hub shows that a file is whole',
  temporarySuffix: 'Окончание имени недописанного файла<br>End of the name of a file still being written',
  markerSuffix:
    'Окончание имени пустого файла-метки<br>End of the name of the empty file that marks a whole one',
  stableMs: 'Сколько файл не меняется, чтобы считаться дописанным<br>Unchanged for so long, a file is whole',
  answers:
    'О чём хаб оставляет файл ответа: только отказы или всё<br>' +
    'What the hub leaves an answer file for: refusals, or all',
  leavesFiles:
    'Партнёр не убирает файлов: положенный пакет считается взятым<br>' +
    'The peer removes no files: a package that was put counts as taken',
  pollMs: 'Как часто смотреть, с разбросом в десятую<br>How often to look, varied by a tenth',
  filesAtOnceMax: 'Сколько файлов принимается одновременно<br>How many files are taken in at a time',
}
