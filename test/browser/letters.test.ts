// Letters in a browser, as mail programs show their HTML: they fit, can be read aloud, and run nothing.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { composeLetter } from '../../hub/mail/compose.ts'
import { faultsOfAccess, openPage, overflow, startBrowser, withoutBrowser } from '../support/browser.ts'
import { sampleLetters } from '../support/sample-letters.ts'
import { smallPng } from '../support/small-png.ts'

const images = join(import.meta.dirname, '../../docs/images')
const isWriting = process.env['HUB_TEST_WRITE_IMAGES'] === '1'
const skip = withoutBrowser

t.test('every letter fits a phone and has no serious fault of access', { skip }, async (t) => {
  const browser = await startBrowser(t)
  for (const kind of ['asked', 'claim', 'readdressed', 'linked', 'refused'] as const) {
    for (const size of ['phone', 'desktop'] as const) {
      const page = await openPage(browser, { size, scripts: true })
      await page.setContent(composeLetter(sampleLetters(kind)).html)
      t.strictSame(await faultsOfAccess(page), [], `${kind} ${size}`)
      t.equal(await overflow(page), 0, `${kind} ${size} is not cut off`)
      await page.context().close()
    }
  }
})

t.test('what the inviter wrote stays text in letters', { skip }, async (t) => {
  const matter = sampleLetters('claim')
  const hostile = `<script>document.title='taken'</script><img src=x onerror="document.title='taken'">`
  const invite = { ...matter.invite, sender_name: hostile, message: `${hostile}\n${'я'.repeat(3000)}` }
  const page = await openPage(await startBrowser(t), { size: 'phone', scripts: true })
  await page.setContent(composeLetter({ ...matter, invite }).html)
  t.match(await page.title(), /^Приглашение к обмену/)
  t.equal(await page.locator('img, script, blockquote *:not(br)').count(), 0)
  t.equal(await overflow(page), 0)
  t.equal(await page.locator('a').count(), 2)
})

t.test('the pictures of the documents are made from the letters', { skip }, async (t) => {
  const browser = await startBrowser(t)
  for (const kind of ['asked', 'claim'] as const) {
    const page = await openPage(browser, { size: 'desktop' })
    await page.setViewportSize({ width: 640, height: 600 })
    await page.setContent(composeLetter(sampleLetters(kind)).html)
    const picture = smallPng(await page.screenshot({ fullPage: true }))
    if (isWriting) writeFileSync(join(images, `letter-${kind}.png`), picture)
    t.ok(picture.length > 10_000 && picture.length < 150_000, `${kind}: ${picture.length} bytes`)
  }
})
