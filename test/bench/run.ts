// `npm run bench [-- relay] [--messages N] [--senders N] [--per-package N] [--body BYTES]`: speed, never a verdict.

import { parseArgs } from 'node:util'
import { benchRelay } from './relay.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    messages: { type: 'string', default: '5000' },
    connections: { type: 'string', default: '32' },
    'per-package': { type: 'string', default: '1' },
    body: { type: 'string', default: '20480' },
    signers: { type: 'string', default: '1000' },
    relay: { type: 'string', default: 'repack' },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

const benches: Record<string, () => Promise<object>> = {
  relay: () =>
    benchRelay({
      messages: Number(values.messages),
      connections: Number(values.connections),
      perPackage: Number(values['per-package']),
      bodyBytes: Number(values.body),
      signers: Number(values.signers),
      relay: values.relay === 'original' ? 'original' : 'repack',
      profileFolder: values.profile,
    }),
}
const name = positionals[0] ?? 'relay'
const bench = benches[name]
if (bench === undefined) {
  process.stderr.write(`no bench ${name}; there are: ${Object.keys(benches).join(', ')}\n`)
  process.exit(2)
}
const result = await bench()
process.stdout.write(`${JSON.stringify(result, null, values.json ? 0 : 2)}\n`)
