// Folders are made with all that is missing above them, or the reason is told; nothing hangs.

import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { exitCodes } from '../../hub/cli/context.ts'
import { makeFolder } from '../../hub/make-folder.ts'
import { runLine } from '../support/cli.ts'

t.test('a folder is made with what is missing above it, once', async (t) => {
  const folder = join(t.testdir({}), 'a', 'b c', 'д')
  makeFolder(folder, 0o700)
  makeFolder(folder, 0o755)
  t.equal(statSync(folder).mode & 0o777, 0o700)
})

t.test('what cannot be made is refused at once', async (t) => {
  const file = join(t.testdir({}), 'file')
  writeFileSync(file, '')
  t.throws(() => makeFolder(file, 0o700), { code: 'EEXIST' })
  t.throws(() => makeFolder(join(file, 'below'), 0o700), { code: 'ENOTDIR' })
  // A folder that exists and takes no others: mkdir with `recursive` would try for ever.
  if (existsSync('/proc/self')) t.throws(() => makeFolder('/proc/none/below', 0o700), { code: 'ENOENT' })
})

t.test('a hub whose data folder cannot be made says so and does not start', async (t) => {
  const file = join(t.testdir({}), 'file')
  writeFileSync(file, '')
  const { exit, err } = await runLine(t.testdirName, ['start', '--set', `data.folder=${file}`])
  t.equal(exit, exitCodes.refused)
  t.ok(err.startsWith('start.data-folder: '))
  t.match(err, /Папку данных .* \(The data folder .*\) \[.*file\]/m)
})
