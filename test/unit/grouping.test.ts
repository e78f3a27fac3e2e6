// Which messages share a package of ours: never more than a receiver with the limits of this hub takes.

import t from 'tap'
import { groupMembers, type Member } from '../../hub/pipeline/grouping.ts'
import type { MessageRow } from '../../hub/store/hot/rows.ts'
import { limits } from '../../schemas/limits.ts'
import type { PeerPolicy, PeerWithPolicy } from '../../schemas/partner.ts'
import { messageRow, packageInRow } from '../support/admin-plane.ts'

const peerWith = (policy: Partial<PeerPolicy> = {}) =>
  ({
    policy: { packageMessagesMax: 500, packageBytesMax: limits.packageBytesMax, ...policy },
  }) as PeerWithPolicy
const memberOf = (over: Partial<MessageRow> = {}, sourceBytes = 1000): Member => {
  const message = messageRow(over)
  const packageIn = { ...packageInRow(message, 'p.cms'), bytes: sourceBytes }
  return { work: { id: message.id } as Member['work'], message, packageIn }
}
const times = (count: number, make: () => Member) => Array.from({ length: count }, make)
const sizesOf = (members: Member[], policy: Partial<PeerPolicy> = {}) =>
  groupMembers(peerWith(policy), members).map((group) => group.members.length)

t.test(
  'entries, inflated bytes and messages of a package stay within what the hub itself takes',
  async (t) => {
    t.strictSame(sizesOf(times(9, () => memberOf({ entries: 501 }))), [8, 1])
    const plain = limits.zipTotalBytesMax / 4
    t.strictSame(sizesOf(times(6, () => memberOf({ packed_bytes: plain / 4, plain_bytes: plain }))), [4, 2])
    t.strictSame(sizesOf(times(501, () => memberOf({ entries: 2 }))), [500, 1])
    t.strictSame(
      sizesOf(
        times(7, () => memberOf()),
        { packageMessagesMax: 3 },
      ),
      [3, 3, 1],
    )
  },
)

t.test('the bytes that count are those of the messages, not of the packages they came in', async (t) => {
  const small = () => memberOf({ packed_bytes: 5000 }, 1_000_000)
  t.strictSame(sizesOf(times(8, small), { packageBytesMax: 40_000 }), [4, 4])
  const huge = () => memberOf({ packed_bytes: 5000 }, limits.openBytesMax)
  t.strictSame(sizesOf(times(2, huge)), [1, 1], 'yet packages are opened together only up to a bound')
})

t.test('small files that deflate well do not make a bomb together', async (t) => {
  const dense = () => memberOf({ entries: 2, packed_bytes: 4000, plain_bytes: 900_000 })
  t.strictSame(sizesOf(times(3, dense)), [1, 1, 1])
})

t.test('a message that passes a bound by itself goes alone, and origins do not mix', async (t) => {
  const giant = memberOf({ packed_bytes: 90_000 })
  t.strictSame(sizesOf([memberOf(), giant, memberOf()], { packageBytesMax: 50_000 }), [1, 1, 1])
  const mixed = [memberOf(), memberOf({ origin_code: '2ZX' }), memberOf()]
  t.strictSame(sizesOf(mixed), [2, 1])
})
