// Every scenario with OpenSSH in front of the folders of the SFTP partners.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startOpenssh, withoutOpenssh } from '../support/openssh.ts'
import { startRelay } from '../support/relay.ts'
import type { Over, PartnerOptions } from '../support/relay-partners.ts'
import { runScenarios } from '../support/scenarios.ts'
import { hubKey, temporaryFolder } from '../support/sftp-peers.ts'

const pairs: readonly [Over, Over][] = [
  ['http', 'sftp'],
  ['sftp', 'http'],
  ['sftp', 'sftp'],
  ['home', 'sftp'],
  ['sftp', 'home'],
]

async function partner(t: Test, code: string, over: Over): Promise<PartnerOptions> {
  if (over !== 'sftp') return { code, over }
  const folder = temporaryFolder(t)
  const { address, fingerprint } = await startOpenssh(t, folder)
  return { code, over, place: { folder, server: { address, hostKeys: [fingerprint] } } }
}

for (const [from, to] of pairs) {
  t.test(`OpenSSH: ${from} to ${to}`, { skip: withoutOpenssh, timeout: 120_000 }, async (t) => {
    const keyFile = join(temporaryFolder(t), 'sftp.key')
    writeFileSync(keyFile, hubKey.privateKey, { mode: 0o600 })
    const relay = await startRelay(t, {
      partners: [await partner(t, '2ZA', from), await partner(t, '2ZB', to)],
      settings: [`sftp.keyFile=${keyFile}`, ...(to === 'home' ? ['home.answeringCodes=2ZB'] : [])],
    })
    const [a, b] = relay.partners
    await runScenarios(t, { relay, a, b })
  })
}
