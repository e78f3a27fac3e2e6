// A portal of a test on loopback, with a desk in memory and a clock that stands until it is moved.

import { createPortal, type PortalOptions } from '../../hub/portal/plane.ts'
import { makeTestDesk, sampleToken } from './claim-desk.ts'

/** Starts one; it ends with the test. */
export async function startTestPortal(
  t: { teardown(run: () => Promise<void>): void },
  over: Partial<PortalOptions> = {},
) {
  const made = makeTestDesk()
  const clock = { at: new Date('2026-11-27T10:00:00Z') }
  const portal = createPortal({
    desk: made.desk,
    now: () => clock.at,
    host: '127.0.0.1',
    port: 0,
    origin: 'https://edo.example.ru',
    trustedProxies: 0,
    missesPerMinuteMax: 100,
    postsPerMinuteMax: 100,
    isOutage: () => false,
    ...over,
  })
  const { port } = await portal.listen()
  t.teardown(() => portal.close())
  const address = `http://127.0.0.1:${port}`
  const link = `${address}/claim/${sampleToken}`
  const ask = async (url: string, init: RequestInit = {}) => {
    const response = await fetch(url.startsWith('/') ? `${address}${url}` : url, init)
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const post = (fields: Record<string, string> | string, headers: Record<string, string> = {}, url = link) =>
    ask(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: typeof fields === 'string' ? fields : new URLSearchParams(fields).toString(),
    })
  return { ...made, clock, address, link, ask, post }
}

/** A choice that is right. */
export const rightJoin = { choice: 'join', name: 'ООО «Василёк»', kpp: '773601001', contact: 'buh@firma.ru' }
