// The partner file that registers a simulated partner at a hub: `hub partners apply` takes it.

import { stringify } from 'yaml'
import type { PartnerFile } from '../../../schemas/partner.ts'
import type { SimulatedOperator } from '../operator.ts'
import type { SftpOperator } from '../sftp/operator.ts'

/** The rows of an operator, its peer and the grant, active at once. */
export function partnerFileOf(operator: SimulatedOperator | SftpOperator): PartnerFile {
  const { code, name, address, certificate } = operator
  const id = `sim-${code.toLowerCase()}`
  const sftp = 'sftp' in operator ? operator.sftp.row : undefined
  return {
    operators: [{ id, name, active: true, codes: [{ code }] }],
    peers: [
      {
        id,
        name,
        state: 'active',
        dialect: 'roseu',
        address,
        // Answers over SFTP are files: only http and https are addresses for receipts.
        receiptAddresses: sftp === undefined ? [address] : [],
        certificates: [{ pem: certificate }],
        ...(sftp === undefined ? {} : { sftp }),
        policy: {},
      },
    ],
    grants: [{ peer: id, operator: id, basis: 'симулятор партнёра (simulated)', preference: 0 }],
  }
}

/** The same as YAML, with what to do with it. */
export function partnerYaml(file: PartnerFile): string {
  const head =
    "# hub partners apply <этот файл> --reason 'проба' (registers the simulated partner at a hub)\n"
  return head + stringify(file, { lineWidth: 0 })
}
