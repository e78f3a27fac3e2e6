// Named points of the pipeline where a drill may end this process: a crash there must lose and double nothing.

/** The points in the order of a message's way, each between two things that are durable or seen outside. */
export const racePoints = {
  'accept.blob': 'The bytes of a package are durable, its rows are not.',
  'accept.rows': 'The rows are durable, the partner has no answer yet.',
  'submit.blob': 'The bytes of what a home service submitted are durable, its rows are not.',
  'submit.rows': 'The rows are durable, the service has no answer yet.',
  'pickup.claimed': 'A file of an SFTP partner was claimed and not yet read.',
  'pickup.read': 'It was read, nothing of it is durable.',
  'pickup.accepted': 'The package is durable, its file still lies there.',
  'pickup.answered': 'The answer lies in its folder, so does the file.',
  'pickup.removed': 'The file is archived or deleted.',
  'process.commit': 'A message has its route.',
  'deliver.blob': 'The bytes of a package of ours are durable, its rows are not.',
  'deliver.commit': 'The package and "attempt started" are durable, no byte has left.',
  'resend.commit': '"Attempt started" of a repetition is durable, no byte has left.',
  'send.outcome': 'The partner has answered, its answer is not written down.',
  'send.commit': 'The outcome of an attempt is written down.',
  'placed.seen': 'It was seen what an SFTP partner did with a package, nothing is written down.',
  'placed.commit': 'That is written down, the answer of the partner still lies there.',
  'acknowledge.commit': 'What a home service says of a message is written down, it has no answer yet.',
  'receipts.read': 'Receipts were read, nothing has become of them.',
  'receipts.commit': 'Messages have their final answers by receipts, nobody was told.',
  'settle.blob': 'The bytes of receipts of ours are durable, their rows are not.',
  'settle.commit': 'Receipts of ours and "attempt started" are durable, no byte has left.',
} as const

/** Name of a point. */
export type RacePoint = keyof typeof racePoints

// Like all EDO_HUB_* variables no setting: nobody but a drill may want this. `name`, or `name:3` for the third time.
const [wanted, times = '1'] = (process.env['EDO_HUB_RACE_POINT'] ?? '').split(':')
let timesLeft = Number(times)

/** Ends the process by SIGKILL, at once and without a word, if a drill asked for it here. */
export function racePoint(name: RacePoint): void {
  if (name !== wanted) return
  timesLeft -= 1
  if (timesLeft === 0) process.kill(process.pid, 'SIGKILL')
}
