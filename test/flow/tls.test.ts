// The partner plane over HTTPS, by settings: with a certificate, and with certificates of clients.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { startRelay } from '../support/relay.ts'
import { devTls, strangeTls } from '../support/tls.ts'

type Shown = { cert?: string; key?: string }

/** Posts junk: what matters is whether the hub speaks to us at all. */
function post(address: string, shown: Shown): Promise<{ status: number; code: unknown }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-disposition': 'attachment; filename="x.cms"', 'content-length': 4 }
    const sent = request(
      address,
      { method: 'POST', headers, ca: devTls.cert, agent: false, ...shown },
      (answer) => {
        answer
          .resume()
          .on('end', () => resolve({ status: answer.statusCode ?? 0, code: answer.headers['hub-code'] }))
      },
    )
    sent.on('error', reject).end('junk')
  })
}

t.test(
  'the partner plane answers over HTTPS, and only to clients of the authority when one is set',
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'edo-hub-tls-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'tls.crt'), devTls.cert)
    writeFileSync(join(folder, 'tls.key'), devTls.key)
    const relay = await startRelay(t, {
      partners: [{ code: '2ZA' }, { code: '2ZB' }],
      settings: [
        `partner.tlsCertificateFile=${join(folder, 'tls.crt')}`,
        `partner.tlsKeyFile=${join(folder, 'tls.key')}`,
        `partner.tlsClientCaFile=${join(folder, 'tls.crt')}`,
        'partner.host=localhost',
      ],
    })
    const { partnerAddress } = relay.hub
    t.match(partnerAddress, /^https:/)
    const address = partnerAddress.replace(/\/\/[^/]*:/, '//localhost:')
    t.match(await post(address, { cert: devTls.cert, key: devTls.key }), { status: 400, code: 'cms.not-cms' })
    await t.rejects(post(address, {}), 'without a certificate')
    await t.rejects(
      post(address, { cert: strangeTls.cert, key: strangeTls.key }),
      "with a stranger's certificate",
    )
  },
)
