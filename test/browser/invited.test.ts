// From an invitation by ИНН to the answer of the invited: a whole hub, its letter, its page in a browser without scripts.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { newApiKey } from '../../hub/api/key-text.ts'
import { readEml } from '../../hub/mail/read-eml.ts'
import { styleSheet } from '../../hub/portal/pages.ts'
import { insertApiKey } from '../../hub/store/home/keys.ts'
import type { InviteRow } from '../../hub/store/links/rows.ts'
import { apiVerbs } from '../../schemas/home.ts'
import {
  faultsOfAccess,
  openPage,
  overflow,
  sizes,
  startBrowser,
  withoutBrowser,
} from '../support/browser.ts'
import { homeParty } from '../support/home-party.ts'
import { newKey } from '../support/internal-plane.ts'
import { inns } from '../support/invites.ts'
import { type Relay, startRelay } from '../support/relay.ts'
import type { RelayPartner } from '../support/relay-partners.ts'

t.setTimeout(300_000)

const skip = withoutBrowser
const us = homeParty('2AB').subscriber
/** HUB_TEST_PICTURES names a folder for pictures of every page that is seen. */
const pictures = process.env['HUB_TEST_PICTURES']

let relay: Relay
let browser: Browser
let partner: RelayPartner
let apiKey = ''
t.before(async () => {
  if (skip !== false) return
  relay = await startRelay(t, {
    partners: [{ code: '2ZA' }, { code: '2ZB' }],
    settings: ['home.codes=2AB'],
  })
  ;[partner] = relay.partners
  browser = await startBrowser(t)
  const { id, text, digest } = newApiKey()
  apiKey = text
  await insertApiKey(relay.hub.store, {
    id,
    home: '2AB',
    name: 'test',
    digest,
    verbs: Object.keys(apiVerbs),
    created_at: new Date(),
    created_by: 'test',
    expires_at: null,
  })
})

async function ask(path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${relay.hub.internalAddress}/api/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': newKey(),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const told = (await response.json()) as Record<string, unknown>
  if (!response.ok) throw new Error(JSON.stringify(told))
  return told
}

let invitedCount = 0

/** Invites by ИНН, each time at another address; gives the invitation and the link of its letter, read from the file. */
async function invite(): Promise<{ id: string; link: string }> {
  invitedCount += 1
  const { id } = await ask('/invitations', {
    sender: { id: us.id, inn: inns.sender, name: 'ООО «Ромашка»' },
    counterparty: { inn: inns.counterparty },
    email: `buh-${invitedCount}@example.ru`,
    message: 'Добрый день!\nПереходим на электронные документы.',
  })
  const letter = await relay.until(
    async () =>
      (
        await relay.rows<{ id: string }>(
          "select id from letter where invite = $1 and kind = 'claim' and state = 'sent'",
          [id],
        )
      )[0],
    'the letter of the invitation',
  )
  const { text } = readEml(readFileSync(join(relay.settings.data.folder, 'mail', `${letter.id}.eml`)))
  const [link] = /http:\S+\/claim\/\S+/.exec(text) ?? []
  if (link === undefined) throw new Error('the letter has no link')
  return { id: String(id), link }
}

function inviteRow(id: string, state: InviteRow['state']): Promise<InviteRow> {
  const read = async () =>
    (await relay.rows<InviteRow>('select * from invite where id = $1 and state = $2', [id, state]))[0]
  return relay.until(read, `invitation ${id} in ${state}`)
}

let seenCount = 0
const pagesBeside = new Map<string, Page>()

async function pageBeside(size: keyof typeof sizes): Promise<Page> {
  const page = pagesBeside.get(size) ?? (await openPage(browser, { size, scripts: true }))
  pagesBeside.set(size, page)
  return page
}

/** What is seen is not cut off, and has no serious fault of access; the scripts that check it run in a page beside. */
async function look(t: Test, page: Page, name: string): Promise<void> {
  const width = page.viewportSize()?.width
  const size = width === sizes.phone.width ? 'phone' : 'desktop'
  seenCount += 1
  if (pictures !== undefined) {
    writeFileSync(
      join(pictures, `${seenCount}-${name}-${size}.png`),
      await page.screenshot({ fullPage: true }),
    )
  }
  const beside = await pageBeside(size)
  await beside.setContent(await page.content())
  await beside.addStyleTag({ content: styleSheet.toString('utf8') })
  t.strictSame(await faultsOfAccess(beside), [], `${name} ${size} is accessible`)
  t.equal(await overflow(beside), 0, `${name} ${size} is not cut off`)
}

const heading = (page: Page) => page.getByRole('heading', { level: 1 }).textContent()
const enterId = async (page: Page, id: string) => {
  await page.getByLabel('Идентификатор участника ЭДО').fill(id)
  await page.getByRole('button', { name: 'Направить приглашение' }).click()
}
const becomeSubscriber = async (page: Page) => {
  await page.getByLabel('Наименование организации').fill('ООО «Василёк»')
  await page.getByLabel('Телефон или электронная почта').fill('+7 495 000-00-00')
  await page.getByRole('button', { name: 'Подключиться' }).click()
}

t.test('an id at another operator brings the Запрос there', { skip }, async (t) => {
  for (const [index, size] of (['phone', 'desktop'] as const).entries()) {
    const to = relay.partners[index]?.subscriber ?? partner.subscriber
    const { id, link } = await invite()
    const page = await openPage(browser, { size })
    await page.goto(link)
    t.match(await page.locator('main').textContent(), /ООО «Ромашка».*7707083893.*7736050003/s)
    await look(t, page, 'invited')
    await enterId(page, to.id)
    t.equal(await heading(page), 'Приглашение направлено вашему оператору ЭДО')
    t.match(await page.locator('dl').textContent(), to.id)
    await look(t, page, 'asked')
    const { record } = relay.partners[index] ?? partner
    const got = await record.waitFor(
      () => record.messages.find((one) => one.invitation === 'ask' && one.sender === us.id),
      'the Запрос',
    )
    t.match(got, { invitation: 'ask', sender: us.id, recipient: to.id })
    t.match(await inviteRow(id, 'asked'), { counterparty: to.id })
    await page.goto(link)
    t.equal(await heading(page), 'На это приглашение уже ответили')
    await look(t, page, 'used')
  }
})

t.test('who becomes our subscriber is linked, and the service hears of it', { skip }, async (t) => {
  for (const size of ['phone', 'desktop'] as const) {
    const { id, link } = await invite()
    const page = await openPage(browser, { size })
    await page.goto(link)
    await becomeSubscriber(page)
    t.equal(await heading(page), 'Спасибо! Заявка на подключение принята')
    await look(t, page, 'joined')
    const row = await inviteRow(id, 'linked')
    t.match(await page.locator('dl').textContent(), row.counterparty)
    const told = await ask(`/invitations/${id}`)
    t.match(told, { joined: { name: 'ООО «Василёк»', contact: '+7 495 000-00-00' } })
    t.match(await relay.rows('select news from link_event where invite = $1 order by id', [id]), [
      { news: 'made' },
      { news: 'joined' },
      { news: 'linked' },
    ])
  }
})

t.test('who declines is thanked no further, and the invitation ends', { skip }, async (t) => {
  const { id, link } = await invite()
  const page = await openPage(browser, { size: 'phone' })
  await page.goto(link)
  await page.getByRole('button', { name: 'Отклонить приглашение' }).click()
  t.equal(await heading(page), 'Приглашение отклонено')
  await look(t, page, 'declined')
  await inviteRow(id, 'refused')
})

t.test('an id that is wrong is told at its field, and the link stays good', { skip }, async (t) => {
  const { id, link } = await invite()
  const wrong: readonly [string, string, RegExp][] = [
    ['home', '2AB-7736050003', /идентификатор абонента нашего оператора/],
    ['unknown-operator', '2XX-7736050003', /Оператор с таким кодом нам неизвестен/],
    ['inviter', us.id, /идентификатор приглашающего/],
    ['empty', '', /Укажите идентификатор полностью/],
    ['html', '<b>2ZA</b>"\'><script>', /Идентификатор записан неверно/],
  ]
  for (const size of ['phone', 'desktop'] as const) {
    const page = await openPage(browser, { size })
    await page.goto(link)
    for (const [name, typed, says] of wrong) {
      await enterId(page, typed)
      t.match(await page.title(), /^Ошибка: /, name)
      t.match(await page.getByRole('alert').textContent(), says, name)
      t.equal(await page.getByLabel('Идентификатор участника ЭДО').inputValue(), typed, `${name} is kept`)
      t.equal(await page.locator('main script, main b').count(), 0)
      await look(t, page, `wrong-${name}`)
    }
    await page.context().close()
  }
  // The field itself takes no more than 46 characters; who sends more without it is told as well.
  const sent = await fetch(link, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ choice: 'id', id: `2ZA-${'7'.repeat(43)}` }),
  })
  t.equal(sent.status, 422)
  t.match(await sent.text(), 'Укажите идентификатор полностью')
  await inviteRow(id, 'unclaimed')
})

t.test('a link that is over or forged says so, and nothing of anybody', { skip }, async (t) => {
  const { id, link } = await invite()
  const page = await openPage(browser, { size: 'phone' })
  await relay.rows("update invite_claim set expires_at = now() - interval '1 second' where invite = $1", [id])
  await page.goto(link)
  t.equal(await heading(page), 'Срок действия ссылки истёк')
  t.notMatch(await page.content(), /Ромашка|7707083893/)
  await look(t, page, 'expired')
  await page.goto(`${link.slice(0, -1)}${link.endsWith('A') ? 'E' : 'A'}`)
  t.equal(await heading(page), 'Ссылка не найдена')
  await look(t, page, 'unknown')
})

t.test('of two browsers at once one wins, and the other is told', { skip }, async (t) => {
  const { id, link } = await invite()
  const pages = await Promise.all([
    openPage(browser, { size: 'phone' }),
    openPage(browser, { size: 'desktop' }),
  ])
  await Promise.all(pages.map((page) => page.goto(link)))
  const [one, other] = pages
  await Promise.all([enterId(one, partner.subscriber.id), becomeSubscriber(other)])
  const told = await Promise.all(pages.map(heading))
  const won = told.filter((text) => text !== 'На это приглашение уже ответили')
  t.equal(won.length, 1, told.join(' | '))
  const [{ state } = { state: undefined }] = await relay.rows<InviteRow>(
    'select * from invite where id = $1',
    [id],
  )
  t.equal(state, won[0]?.startsWith('Спасибо') === true ? 'linked' : 'asked')
  for (const page of pages) await look(t, page, 'two-at-once')
})
