// Verifies an export in a file and tells the result in words: what `hub journal verify FILE` does.

import { createReadStream } from 'node:fs'
import { checkBlockSignature } from './cms-signature.ts'
import { faultText } from './faults.ts'
import { type Expectations, type VerifyReport, verifyExport } from './verify.ts'

/** Verifies the file; rejects when it cannot be read. No running hub and no database is needed. */
export async function verifyExportFile(path: string, expect: Expectations = {}): Promise<VerifyReport> {
  return verifyExport(createReadStream(path), { check: checkBlockSignature, expect })
}

/** The report for a person, line by line, Russian first. */
export function reportLines(report: VerifyReport): string[] {
  const { blocks, entries, first, last, signers, faults, isSound } = report
  const range = first === undefined || last === undefined ? '' : ` (${first.number}–${last.number})`
  const isEmpty = faults[0]?.kind === 'empty'
  const broken = isEmpty
    ? 'Проверять нечего (there is nothing to verify): блоков 0'
    : `Журнал повреждён: ошибок ${faults.length} (the journal is not sound); блоков ${blocks}${range}`
  const lines = [
    isSound ? `Журнал цел: блоков ${blocks}${range}, записей ${entries} (the journal is sound)` : broken,
    ...signers.map((signer) => `Сертификат (signer): ${signer}`),
  ]
  if (last !== undefined) {
    lines.push(`Последний блок (last block): ${last.number} ${last.root} ${last.sealedAt.toISOString()}`)
  }
  return [...lines, ...faults.map(faultText)]
}
