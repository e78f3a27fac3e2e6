// A poll over SFTP of a folder with more files than one poll takes.

import { utimesSync } from 'node:fs'
import t from 'tap'
import { limits } from '../../schemas/limits.ts'
import { startPickup, startSftpPeer } from '../support/sftp-peers.ts'

t.test(
  'more files than one poll takes are left to the next, and counted',
  { timeout: 120_000 },
  async (t) => {
    const peer = await startSftpPeer(t)
    const count = limits.sftpFilesPerPollMax + 5
    const second = Math.floor(Date.now() / 1000) - 60
    for (let index = 0; index < count; index += 1) {
      const file = peer.file(`to-hub/${index}.cms`)
      file.write('package')
      utimesSync(file.path, second, second)
    }
    const { poll } = startPickup(t, peer)
    const report = await poll()
    t.match(report, { taken: limits.sftpFilesPerPollMax, left: 5, isWholeFolder: true, fault: undefined })
    t.ok(report.oldestWaitingMs >= 60_000)
    t.match(await poll(), { taken: 5, left: 0, oldestWaitingMs: 0 })
  },
)
