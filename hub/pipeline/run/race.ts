// Named points of the pipeline where a drill may end this process: a crash there must lose and double nothing.

/** The points in the order of a message's way, each between two things that are durable or seen outside. */
export const racePoints = {
  'accept.blob': 'The bytes of a package are durable, its rows are not.',
  'accept.rows': 'The rows are durable, the partner has no answer yet.',
  'process.commit': 'A message has its route.',
  'deliver.blob': 'The bytes of a package of ours are durable, its rows are not.',
  'deliver.commit': 'The package and "attempt started" are durable, no byte has left.',
  'resend.commit': '"Attempt started" of a repetition is durable, no byte has left.',
  'send.outcome': 'The partner has answered, its answer is not written down.',
  'send.commit': 'The outcome of an attempt is written down.',
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
