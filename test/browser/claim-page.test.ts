// The claim page in a browser: without scripts, in both languages, on a phone and a desktop, for those who cannot see it.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { faultsOfAccess, openPage, overflow, startBrowser, withoutBrowser } from '../support/browser.ts'
import { sampleToken, sampleView } from '../support/claim-desk.ts'
import { rightJoin, startTestPortal } from '../support/portal.ts'
import { smallPng } from '../support/small-png.ts'

const images = join(import.meta.dirname, '../../docs/images')
/** HUB_TEST_WRITE_IMAGES=1 makes the pictures of the documents anew. */
const isWriting = process.env['HUB_TEST_WRITE_IMAGES'] === '1'
const skip = withoutBrowser

t.test('the main way needs no scripts: read, fill in, be told, mend, be done', { skip }, async (t) => {
  const portal = await startTestPortal(t)
  const browser = await startBrowser(t)
  const page = await openPage(browser, { size: 'phone' })
  await page.goto(portal.link)
  t.equal(await page.title(), 'Приглашение к обмену электронными документами')
  await page.getByLabel('Наименование организации').fill('ООО «Василёк»')
  await page.getByRole('button', { name: 'Подключиться' }).click()
  t.match(await page.title(), /^Ошибка: /)
  t.equal(await page.getByLabel('Наименование организации').inputValue(), 'ООО «Василёк»')
  t.match(await page.getByRole('alert').textContent(), 'Укажите телефон')
  t.equal(await page.locator('.faults:focus').count(), 1, 'the summary is where the keyboard is')
  await page.getByRole('alert').getByRole('link').click()
  t.match(page.url(), /#contact$/)
  await page.getByLabel('Телефон или электронная почта').fill('+7 495 000-00-00')
  await page.getByRole('button', { name: 'Подключиться' }).click()
  t.match(await page.getByRole('heading', { level: 1 }).textContent(), 'Заявка на подключение принята')
  t.match(portal.links[sampleToken]?.chosen, { is: 'join', name: 'ООО «Василёк»' })
})

t.test('the switch of language keeps what was typed, and chooses nothing', { skip }, async (t) => {
  const portal = await startTestPortal(t)
  const page = await openPage(await startBrowser(t), { size: 'phone' })
  await page.goto(portal.link)
  await page.getByLabel('Наименование организации').fill('ООО «Василёк» & <Ко>')
  await page.getByRole('button', { name: 'Подключиться' }).click()
  await page.getByRole('button', { name: 'English' }).click()
  t.match(await page.title(), /^Error: /)
  t.equal(await page.getByLabel('Name of your organisation').inputValue(), 'ООО «Василёк» & <Ко>')
  portal.refusals['2BM-unknown'] = 'claim.not-in-directory'
  await page.getByLabel('EDI participant id').fill('2BM-unknown')
  await page.getByRole('button', { name: 'Send the invitation there' }).click()
  t.match(await page.getByRole('alert').textContent(), 'directory of EDI participants')
  delete portal.refusals['2BM-unknown']
  await page.getByRole('button', { name: 'Русский' }).click()
  t.equal(await page.getByLabel('Идентификатор участника ЭДО').inputValue(), '2BM-unknown')
  t.equal(portal.links[sampleToken]?.chosen, undefined, 'what would be taken now is only shown')
  await page.getByRole('button', { name: 'Направить приглашение' }).click()
  await page.getByRole('button', { name: 'English' }).click()
  t.match(await page.getByRole('heading', { level: 1 }).textContent(), 'went to your EDI operator')
})

t.test('an id and a no are given in English as well', { skip }, async (t) => {
  const browser = await startBrowser(t)
  const byId = await startTestPortal(t)
  const page = await openPage(browser, { size: 'desktop' })
  await page.goto(byId.link)
  await page.getByRole('link', { name: 'English' }).click()
  await page.getByLabel('EDI participant id').fill('2BM-7736050003')
  await page.getByRole('button', { name: 'Send the invitation there' }).click()
  t.match(await page.getByRole('heading', { level: 1 }).textContent(), 'went to your EDI operator')

  const declined = await startTestPortal(t)
  await page.goto(`${declined.link}?lang=en`)
  await page.getByRole('button', { name: 'Decline the invitation' }).click()
  t.match(await page.getByRole('heading', { level: 1 }).textContent(), 'was declined')
  t.match(declined.links[sampleToken]?.chosen, { is: 'decline' })
})

t.test('every page fits a phone and a desktop, and has no serious fault of access', { skip }, async (t) => {
  const browser = await startBrowser(t)
  const faulty = { ...rightJoin, name: '', kpp: 'x', contact: '' }
  for (const size of ['phone', 'desktop'] as const) {
    for (const language of ['ru', 'en']) {
      const portal = await startTestPortal(t)
      const page = await openPage(browser, { size, scripts: true })
      const check = async (name: string) => {
        t.strictSame(await faultsOfAccess(page), [], `${name} ${size} ${language}`)
        t.equal(await overflow(page), 0, `${name} ${size} ${language} is not cut off`)
        t.equal(await page.evaluate('document.documentElement.lang'), language)
      }
      const address = `${portal.link}?lang=${language}`
      await page.goto(address)
      await check('claim')
      await page.setContent((await portal.post(faulty, {}, address)).text)
      await page.addStyleTag({ url: `${portal.address}/portal.css` })
      await check('faults')
      await page.goto(address)
      await page.locator('#decline-title ~ form button').click()
      await check('done')
      await page.goto(address)
      await check('used')
      await page.goto(`${portal.address}/claim/forged?lang=${language}`)
      await check('unknown')
      await page.context().close()
    }
  }
})

t.test('the keyboard reaches everything in the order it stands', { skip }, async (t) => {
  const portal = await startTestPortal(t)
  const page = await openPage(await startBrowser(t), { size: 'desktop', scripts: true })
  await page.goto(portal.link)
  const reached: string[] = []
  for (let step = 0; step < 8; step += 1) {
    await page.keyboard.press('Tab')
    const active = 'document.activeElement.id || document.activeElement.innerText'
    reached.push(String(await page.evaluate(active)))
  }
  t.strictSame(reached, [
    'English',
    'name',
    'kpp',
    'contact',
    'Подключиться',
    'id',
    'Направить приглашение',
    'Отклонить приглашение',
  ])
})

t.test('what the inviter wrote stays text, however long and hostile', { skip }, async (t) => {
  const portal = await startTestPortal(t)
  const hostile = `<script>document.title='taken'</script><img src=x onerror="document.title='taken'">\u202E`
  const message = `${hostile}\n${'я'.repeat(3000)}`
  const view = { ...sampleView, message, inviter: { name: hostile, inn: '7707083893' } }
  portal.links[sampleToken] = { view }
  const page = await openPage(await startBrowser(t), { size: 'phone', scripts: true })
  await page.goto(portal.link)
  t.equal(await page.title(), 'Приглашение к обмену электронными документами')
  t.equal(await page.locator('img, script, blockquote *:not(br)').count(), 0)
  t.match(await page.locator('blockquote').textContent(), '<script>')
  t.equal(await overflow(page), 0)
})

t.test('the pictures of the documents are made from the pages', { skip }, async (t) => {
  const portal = await startTestPortal(t)
  const browser = await startBrowser(t)
  for (const [size, name] of [
    ['desktop', 'claim-page'],
    ['phone', 'claim-page-phone'],
  ] as const) {
    const page = await openPage(browser, { size })
    if (size === 'desktop') await page.setViewportSize({ width: 760, height: 900 })
    await page.goto(portal.link)
    const picture = smallPng(await page.screenshot({ fullPage: true }))
    if (isWriting) writeFileSync(join(images, `${name}.png`), picture)
    t.ok(picture.length > 10_000 && picture.length < 150_000, `${name}: ${picture.length} bytes`)
  }
})
