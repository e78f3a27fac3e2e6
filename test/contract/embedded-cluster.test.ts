// The making of a cluster that is called off: whatever was started has ended before its folder is cleared.

import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { ensureCluster } from '../../hub/adapters/embedded-postgres/cluster.ts'
import { choosePlace } from '../../hub/adapters/embedded-postgres/place.ts'
import { makeReapedFolder } from '../support/reaper.ts'

/** Like initdb it clears up after itself when it is ended, which takes a moment; `$2` is the draft of the cluster. */
const slowInitdb = (notes: string) => `#!/bin/sh
trap 'sleep 0.3; echo > "${notes}/ended"; kill $!; exit 1' TERM
echo > "$2/begun"
sleep 60 &
wait
`

t.test('a start that is called off waits for the end of initdb', async (t) => {
  const root = makeReapedFolder()
  const bin = join(root, 'bin')
  mkdirSync(bin)
  // Another account runs the programs when the tests run as root, and leaves its note there.
  chmodSync(bin, 0o777)
  writeFileSync(join(bin, 'initdb'), slowInitdb(bin), { mode: 0o755 })
  const place = choosePlace(join(root, 'data'), join(root, 'outside'))
  const calledOff = new AbortController()
  const binaries = { native: root, version: '18.0.0', major: '18' }
  const making = ensureCluster({ place, binaries, bin, signal: calledOff.signal })
  const drafts = () => readdirSync(place.folder).filter((name) => name.startsWith('cluster.new-'))
  while (!drafts().some((name) => existsSync(join(place.folder, name, 'begun')))) await pause(10)
  calledOff.abort()
  await t.rejects(making, { name: 'AbortError' })
  t.ok(existsSync(join(bin, 'ended')), 'it had ended')
  t.strictSame(drafts(), [])
})

t.test('a program that cannot be started is told by its name', async (t) => {
  const root = makeReapedFolder()
  const place = choosePlace(join(root, 'data'), join(root, 'outside'))
  const binaries = { native: root, version: '18.0.0', major: '18' }
  const making = ensureCluster({ place, binaries, bin: root })
  await t.rejects(making, { refusal: { code: 'start.database-failed' }, message: /ENOENT/ })
})
