// Writes the generated pages, or with --check tells which of them are stale.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { limitsPage } from './generators/limits.ts'
import { inviteMachinePage, linkMachinePage, messageMachinePage } from './generators/machine.ts'
import { metricsPage } from './generators/metrics.ts'
import { policyPage } from './generators/policy.ts'
import { refusalsPage } from './generators/refusals.ts'
import { settingsPage } from './generators/settings.ts'
import { sftpPage } from './generators/sftp.ts'
import { verdictsPage } from './generators/verdicts.ts'

/** Pages by file name in docs/generated. A new page is a new row. */
export const generatedPages: Readonly<Record<string, () => string>> = {
  'configuration.md': settingsPage,
  'invite-machine.md': inviteMachinePage,
  'limits.md': limitsPage,
  'link-machine.md': linkMachinePage,
  'message-machine.md': messageMachinePage,
  'metrics.md': metricsPage,
  'peer-policy.md': policyPage,
  'peer-sftp.md': sftpPage,
  'refusals.md': refusalsPage,
  'verdicts.md': verdictsPage,
}

const generatedFolder = join(import.meta.dirname, 'generated')

/** Writes all pages. */
export function writePages(folder = generatedFolder): void {
  mkdirSync(folder, { recursive: true })
  for (const [name, page] of Object.entries(generatedPages)) writeFileSync(join(folder, name), page())
}

/** Names of pages that differ from their tables, are missing, or belong to no row. */
export function stalePages(folder = generatedFolder): string[] {
  const present = new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  )
  const names = new Set([...present.keys(), ...Object.keys(generatedPages)])
  return [...names].filter((name) => present.get(name) !== generatedPages[name]?.()).sort()
}

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    const stale = stalePages()
    for (const name of stale) console.error(`docs/generated/${name} is stale: run npm run docs`)
    process.exitCode = stale.length === 0 ? 0 : 1
  } else {
    writePages()
  }
}
