// Cleans up after a test process however it ends: its database servers and its folder.
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, realpathSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * The shell waits for the end of its input, which comes when the test process is gone, by SIGKILL too. A
 * server is ended by SIGQUIT, which stops it at once; what it wrote is thrown away anyway.
 */
const script = `
cat > /dev/null
for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  find "$1" -name postmaster.pid 2> /dev/null | while read -r file; do
    kill -QUIT "$(head -n 1 "$file" | tr -d -)"
  done
  rm -rf "$1" && exit
  sleep 0.3 # Something that is ending still writes there.
done
`

/**
 * A folder for this process, gone when the process is, with all servers whose clusters lie in it. Root's
 * folder lies where other users may pass, for they run the servers.
 */
export function makeReapedFolder(): string {
  const isOpen = (statSync(tmpdir()).mode & 0o001) !== 0
  const folder = mkdtempSync(join(realpathSync(isOpen ? tmpdir() : '/var/tmp'), 'hub-test-'))
  chmodSync(folder, 0o711)
  const reaper = spawn('/bin/sh', ['-c', script, 'reaper', folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  reaper.unref()
  // The pipe is a socket that would keep the process alive; the published type does not know its unref.
  ;(reaper.stdin as unknown as { unref(): void }).unref()
  return folder
}
