// How soon the folders of a peer are looked at again.

import t from 'tap'
import { isNextDueAtOnce, withoutPutAgain } from '../../hub/sftp/pickups.ts'

const quiet = { taken: 0, refused: 0, left: 0, isWholeFolder: true, fault: undefined }
const site = { filesAtOnceMax: 8 }

t.test('a folder is looked at again at once only while looking brings something', async (t) => {
  const cases: [Partial<Parameters<typeof isNextDueAtOnce>[0]>, boolean, string][] = [
    [{}, false, 'nothing is there'],
    [{ taken: 8 }, false, 'all that was there was taken at one time'],
    [{ taken: 5, refused: 4 }, true, 'a queue was worked off, behind which more may have come'],
    [{ taken: 1, left: 1 }, true, 'more lies there than one look takes'],
    [{ taken: 1, isWholeFolder: false }, true, 'there are more names than one look reads'],
    [{ isWholeFolder: false }, false, 'a folder full of what is none of ours'],
    [{ left: 9 }, false, 'nothing could be taken'],
    [{ taken: 20, left: 9, fault: { reason: 'pickup.cut', text: '' } }, false, 'the server is gone'],
  ]
  for (const [report, expected, what] of cases)
    t.equal(isNextDueAtOnce({ ...quiet, ...report }, site), expected, what)
})

t.test('the answer to a package that is to be put again by now is left alone', async (t) => {
  const now = new Date('2026-10-01T09:00:00Z')
  const at = (ms: number) => new Date(now.getTime() + ms)
  const ends = ['ended', 'later', 'now', 'late'].map((id) => ({ id }))
  const again = new Map([
    ['later', at(1)],
    ['now', at(0)],
    ['late', at(-1)],
  ])
  t.strictSame(
    withoutPutAgain(ends, again, now).map(({ id }) => id),
    ['ended', 'later'],
  )
})
