// Debian's Chromium for tests of pages: without scripts unless a test wants them, told apart by width and language.

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'

const executablePath = process.env['HUB_TEST_CHROMIUM'] ?? '/usr/bin/chromium'

/** Why no browser can be started here; false when one can. */
export const withoutBrowser = existsSync(executablePath) ? false : `no browser at ${executablePath}`

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--lang=ru',
  // Grey edges of letters make pictures smaller, and the same on every screen.
  '--disable-lcd-text',
]

/** Widths of the pictures and checks. */
export const sizes = { desktop: { width: 1024, height: 900 }, phone: { width: 360, height: 740 } } as const

/** Starts one; it ends with the test. */
export async function startBrowser(t: { teardown(run: () => Promise<void>): void }): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, args })
  t.teardown(() => browser.close())
  return browser
}

/** Opens a page of a size; scripts of the page are off unless `scripts` is true. */
export async function openPage(
  browser: Browser,
  { size, scripts = false }: { size: keyof typeof sizes; scripts?: boolean },
): Promise<Page> {
  const context = await browser.newContext({
    viewport: sizes[size],
    javaScriptEnabled: scripts,
    // The checks are put into the page, which lets no script of its own in.
    bypassCSP: scripts,
    locale: 'ru-RU',
  })
  return context.newPage()
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

type Finding = { id: string; impact: string | null; nodes: { html: string; failureSummary?: string }[] }

/** Faults of accessibility that axe-core calls serious or critical, as short texts. The page must allow scripts. */
export async function faultsOfAccess(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const found = (await page.evaluate('axe.run()')) as { violations: Finding[] }
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

/** How far the page is wider than the window; 0 when nothing is cut off. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}
