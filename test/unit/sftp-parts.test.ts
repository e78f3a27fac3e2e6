// Tests of the small parts of the SFTP edge: addresses and paths, room for bytes, names of claims, texts of answers.

import t from 'tap'
import { pathIn, readSftpAddress } from '../../operators/transports/sftp/address.ts'
import { readAnswer } from '../../operators/transports/sftp/answers.ts'
import { createByteGate } from '../../operators/transports/sftp/byte-gate.ts'
import { createClaims } from '../../operators/transports/sftp/claims.ts'
import { faultOf } from '../../operators/transports/sftp/fault.ts'
import { judgePut } from '../../operators/transports/sftp/put-outcome.ts'
import { limits } from '../../schemas/limits.ts'
import { standingClock } from '../support/sftp-peers.ts'

t.test('reads addresses, and refuses what is none of a peer', async (t) => {
  t.strictSame(readSftpAddress('sftp://hub@files.example', false), {
    host: 'files.example',
    port: 22,
    account: 'hub',
    basePath: '',
  })
  t.strictSame(readSftpAddress('sftp://h%40b@файлы.example:2022/a%20b/c/', false), {
    host: 'xn--80asg7a0b.example',
    port: 2022,
    account: 'h@b',
    basePath: '/a b/c',
  })
  t.match(readSftpAddress('sftp://hub@[::1]:2022/', true), { host: '::1', port: 2022, basePath: '' })
  const refused: [string, string][] = [
    ['no address', 'address.unreadable'],
    ['https://hub@files.example', 'address.scheme'],
    ['sftp://files.example', 'address.credentials'],
    ['sftp://hub:secret@files.example', 'address.credentials'],
    ['sftp://hub@files.example:0', 'address.port'],
    ['sftp://hub@files.example/%00', 'address.unreadable'],
    ['sftp://hub@files.example/%ff', 'address.unreadable'],
    ['sftp://hub@files.example/?a=b', 'address.unreadable'],
    ['sftp://hub@127.0.0.1', 'address.network'],
    ['sftp://hub@127.1', 'address.network'],
    ['sftp://hub@0x7f000001', 'address.network'],
    ['sftp://hub@[::1]', 'address.network'],
    ['sftp://hub@[::ffff:127.0.0.1]', 'address.network'],
    ['sftp://hub@169.254.169.254', 'address.network'],
  ]
  for (const [address, forbidden] of refused) {
    t.strictSame(readSftpAddress(address, false), { forbidden }, address)
  }
})

t.test('folders lie below the folder of the address unless they are absolute', async (t) => {
  t.equal(pathIn({ address: 'sftp://hub@a' }, 'in', 'x.cms'), 'in/x.cms')
  t.equal(pathIn({ address: 'sftp://hub@a/' }, 'in'), 'in')
  t.equal(pathIn({ address: 'sftp://hub@a/base%20folder/' }, 'in', 'x.cms'), '/base folder/in/x.cms')
  t.equal(pathIn({ address: 'sftp://hub@a/base' }, '/in', 'x.cms'), '/in/x.cms')
})

t.test('room for bytes is given in turn, and to what is larger than all of it alone', async (t) => {
  const { enter } = createByteGate(100)
  const order: string[] = []
  const first = await enter(60)
  const second = enter(60).then((leave) => {
    order.push('second')
    return leave
  })
  const third = enter(10).then((leave) => {
    order.push('third')
    return leave
  })
  const large = enter(1000).then((leave) => {
    order.push('large')
    return leave
  })
  await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(order, [], 'a small one does not overtake')
  first()
  first()
  const leaveSecond = await second
  const leaveThird = await third
  t.strictSame(order, ['second', 'third'])
  leaveSecond()
  leaveThird()
  const leaveLarge = await large
  const last = enter(1).then(() => order.push('last'))
  await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(order, ['second', 'third', 'large'])
  leaveLarge()
  await last
})

t.test('a claim says whose it is, since when, and of which name', async (t) => {
  const { clock, pass } = standingClock()
  const ours = createClaims(clock, 1000)
  const theirs = createClaims(clock, 1000)
  const claim = ours.make('a.b-c.cms')
  t.not(claim.file, ours.make('a.b-c.cms').file, 'no claim is named like another')
  const entries = [claim.file, theirs.make('z.cms').file, 'left by hand.cms'].map((name) => ({
    name,
    kind: 'file' as const,
    size: 1,
    modifiedMs: 0,
  }))
  t.match(ours.sort(entries), { due: [{ name: 'a.b-c.cms' }], lapsed: [], elsewhere: 1, strays: 1 })
  pass(1000)
  t.match(ours.sort(entries), { lapsed: [{ name: 'z.cms' }], elsewhere: 0 })
  const long = ours.make(`${'я'.repeat(120)}.cms`)
  t.match(long.name, /^[0-9a-f]{16}\.long-name$/)
  t.ok(Buffer.byteLength(ours.make('x'.repeat(200)).file) <= 255)
})

t.test('pauses between tries of a claim grow to their bound', async (t) => {
  const { clock, pass } = standingClock()
  const claims = createClaims(clock, 1000)
  const claim = claims.make('a.cms')
  const entries = [{ name: claim.file, kind: 'file' as const, size: 1, modifiedMs: 0 }]
  for (let tries = 0; tries < 30; tries += 1) claims.postpone(claim, 0)
  pass(limits.faultPauseMaxMs - 1)
  t.equal(claims.sort(entries).due.length, 0)
  pass(1)
  t.equal(claims.sort(entries).due.length, 1)
})

t.test('reads answers of peers', async (t) => {
  const rows: [string, number | undefined, string][] = [
    ['200', 200, ''],
    ['400 cms.digest: no\r\nmore', 400, 'cms.digest: no more'],
    ['  503\tbusy', 503, 'busy'],
    ['2000 ok', undefined, '2000 ok'],
    ['20', undefined, '20'],
    ['', undefined, ''],
    ['OK', undefined, 'OK'],
  ]
  for (const [text, status, words] of rows)
    t.strictSame(readAnswer(Buffer.from(text)), { status, text: words }, text)
  t.equal(readAnswer(Buffer.from([0x34, 0x30, 0x30, 0x20, 0xff])).status, 400, 'words that are no UTF-8')
})

t.test('only what nobody answered while the package was being placed is ambiguous', async (t) => {
  const numbers = [2, 3, 4, 5, 8]
  for (const code of numbers) {
    const fault = faultOf(Object.assign(new Error('no'), { code }))
    t.equal(judgePut({ fault, step: 'placing', isLate: false }).class, 'transient', `status ${code}`)
  }
  for (const code of [6, 7, 'ECONNRESET', undefined]) {
    const fault = faultOf(Object.assign(new Error('no'), { code }))
    t.equal(judgePut({ fault, step: 'placing', isLate: false }).class, 'ambiguous', `code ${code}`)
    t.equal(judgePut({ fault, step: 'writing', isLate: false }).class, 'transient', `code ${code}`)
  }
})
