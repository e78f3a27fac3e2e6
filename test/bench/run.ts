// `npm run bench [-- relay|sftp|api|directory|lists|trust|signing] [--messages N] [--per-package N] [--body BYTES] ...`: speed, never a verdict.
// Ends with 1 when something was lost, doubled or refused; being slow is no failure.

import { parseArgs } from 'node:util'
import { benchApi } from './api.ts'
import type { BenchResult } from './children.ts'
import { benchDirectory } from './directory.ts'
import { benchLists } from './lists.ts'
import { benchRelay } from './relay.ts'
import { benchSftp } from './sftp.ts'
import { benchSigning } from './signing.ts'
import { benchTrust } from './trust.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    messages: { type: 'string' },
    connections: { type: 'string', default: '32' },
    'per-package': { type: 'string', default: '1' },
    body: { type: 'string', default: '20480' },
    signers: { type: 'string', default: '1000' },
    relay: { type: 'string', default: 'repack' },
    // sftp
    'per-group': { type: 'string', default: '10' },
    lying: { type: 'string', default: '10000' },
    backlog: { type: 'string', default: '300' },
    'poll-ms': { type: 'string', default: '200' },
    // OpenSSH, as partners have it, where there is one; the simulated servers take more of the two cores they share.
    simulated: { type: 'boolean', default: false },
    // api
    services: { type: 'string', default: '8' },
    // directory
    subscribers: { type: 'string' },
    questions: { type: 'string', default: '2000' },
    // lists, and subscribers of the directory
    searched: { type: 'string', default: '10000' },
    rows: { type: 'string', default: '100000' },
    // trust
    rounds: { type: 'string', default: '12' },
    signatures: { type: 'string', default: '4000' },
    only: { type: 'string', default: '' },
    profile: { type: 'string' },
    prepared: { type: 'string' },
    'warm-up': { type: 'string', default: '2000' },
    json: { type: 'boolean', default: false },
  },
})
const shared = {
  bodyBytes: Number(values.body),
  signers: Number(values.signers),
  profileFolder: values.profile,
}

const benches: Record<string, () => Promise<BenchResult>> = {
  relay: () =>
    benchRelay({
      ...shared,
      messages: Number(values.messages ?? 5000),
      connections: Number(values.connections),
      perPackage: Number(values['per-package']),
      warmUp: Number(values['warm-up']),
      preparedFolder: values.prepared,
      relay: values.relay === 'original' ? 'original' : 'repack',
    }),
  sftp: () =>
    benchSftp({
      ...shared,
      messages: Number(values.messages ?? 3000),
      perPackage: Number(values['per-package']),
      perGroup: Number(values['per-group']),
      lying: Number(values.lying),
      backlogMax: Number(values.backlog),
      pollMs: Number(values['poll-ms']),
      simulated: values.simulated,
    }),
  api: () =>
    benchApi({
      ...shared,
      messages: Number(values.messages ?? 2000),
      connections: Number(values.connections),
      services: Number(values.services),
    }),
  directory: () =>
    benchDirectory({
      subscribers: Number(values.subscribers ?? 1_000_000),
      questions: Number(values.questions),
    }),
  lists: () =>
    benchLists({
      subscribers: Number(values.subscribers ?? 100_000),
      searched: Number(values.searched),
      rows: Number(values.rows),
    }),
  trust: () => benchTrust({ rounds: Number(values.rounds), only: values.only, json: values.json }),
  signing: () => benchSigning({ signatures: Number(values.signatures) }),
}
const name = positionals[0] ?? 'relay'
const bench = benches[name]
if (bench === undefined) {
  process.stderr.write(`no bench ${name}; there are: ${Object.keys(benches).join(', ')}\n`)
  process.exit(2)
}
const { report, faults } = await bench()
process.stdout.write(`${JSON.stringify(report, null, values.json ? 0 : 2)}\n`)
for (const fault of faults) process.stderr.write(`wrong: ${fault}\n`)
process.exitCode = faults.length === 0 ? 0 : 1
