// Fetching sources: servers that are slow, huge, broken, moved and forbidden, over real connections.

import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo, LookupFunction } from 'node:net'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { type FetchOptions, type FetchRequest, fetchSource } from '../../hub/trust-sources/fetch.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'

type Test = { teardown(handler: () => Promise<unknown>): void }

async function serve(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(
    () =>
      new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      }),
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function fetched(
  address: string,
  request: Partial<FetchRequest> = {},
  options: Partial<FetchOptions> = {},
): Promise<string> {
  const { signal } = new AbortController()
  const answer = await fetchSource(
    { address, bytesMax: 1000, signal, ...request },
    { allowPrivateAddresses: true, ...options },
  )
  if (isRefusal(answer)) return answer.code
  return answer.isNew ? `${Buffer.from(answer.bytes)} ${answer.etag} ${answer.lastModified}` : 'nothing new'
}

t.test('bytes come with their marks, and what has not changed does not come again', async (t) => {
  const lastModified = 'Mon, 01 Jun 2026 00:00:00 GMT'
  const address = await serve(t, ({ headers }, response) => {
    const isSame = headers['if-none-match'] === '"1"' || headers['if-modified-since'] === lastModified
    response.writeHead(isSame ? 304 : 200, { etag: '"1"', 'last-modified': lastModified })
    response.end(isSame ? undefined : 'list')
  })
  t.equal(await fetched(address), `list "1" ${lastModified}`)
  t.equal(await fetched(address, { etag: '"1"' }), 'nothing new')
  t.equal(await fetched(address, { lastModified }), 'nothing new')
})

t.test('a question is posted as an OCSP request', async (t) => {
  const address = await serve(t, (request, response) => {
    request.setEncoding('utf8')
    let body = ''
    request.on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => response.end(`${request.method} ${request.headers['content-type']} ${body}`))
  })
  const body = Buffer.from('question')
  t.match(await fetched(address, { body }), /^POST application\/ocsp-request question/)
})

t.test('size is bounded on both sides, said in advance or not', async (t) => {
  const address = await serve(t, (request, response) => {
    const length = Number(request.url?.slice(2))
    if (request.url?.startsWith('/d')) response.setHeader('content-length', length)
    response.write('x'.repeat(length - 1))
    response.end('x')
  })
  for (const way of ['d', 'c']) {
    t.match(await fetched(`${address}/${way}1000`), /^x{1000} /)
    t.equal(await fetched(`${address}/${way}1001`), 'source.too-large')
  }
  const endless = await serve(t, (_, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65536)));
    }
    response.on('drain', more)
    more()
  })
  t.equal(await fetched(endless, { bytesMax: 10_000_000 }), 'source.too-large')
})

t.test('redirects are followed a few times, and judged like addresses', async (t) => {
  const address = await serve(t, (request, response) => {
    const left = Number(request.url?.slice(1))
    if (left === 0) return response.end('there')
    return response.writeHead(302, { location: `/${left - 1}` }).end()
  })
  t.match(await fetched(`${address}/${limits.sourceRedirectsMax}`), /^there/)
  t.equal(await fetched(`${address}/${limits.sourceRedirectsMax + 1}`), 'source.redirects')

  const targets: Record<string, string> = {
    '/here': `${address}/0`,
    '/metadata': 'http://169.254.169.254/latest',
    '/file': 'file:///etc/passwd',
    '/ldap': 'ldap://127.0.0.1/cn=x',
    '/broken': 'http://[',
    '/account': 'http://user:word@127.0.0.1/',
  }
  const moved = await serve(t, (request, response) =>
    response.writeHead(301, { location: targets[request.url ?? ''] }).end(),
  )
  t.match(await fetched(`${moved}/here`), /^there/)
  for (const path of ['/metadata', '/file', '/ldap', '/broken', '/account']) {
    t.equal(await fetched(`${moved}${path}`), 'source.address', path)
  }
  // A public name whose server sends on to this machine: nothing but the test resolves it to where the server is.
  const lookup: LookupFunction = (_, options, callback) => {
    if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }])
    else callback(null, '127.0.0.1', 4)
  }
  const named = moved.replace('127.0.0.1', 'public.test.invalid')
  t.equal(await fetched(`${named}/here`, {}, { allowPrivateAddresses: false, lookup }), 'source.address')
})

t.test('addresses of private networks are refused unless allowed, by number and by name', async (t) => {
  const address = await serve(t, (_, response) => response.end('x'))
  const closed = { allowPrivateAddresses: false }
  t.equal(await fetched(address, {}, closed), 'source.address')
  t.equal(await fetched(address.replace('127.0.0.1', 'localhost'), {}, closed), 'source.address')
  t.match(await fetched(address), /^x/)
  for (const other of ['ldap://host/cn=x', 'ftp://host/x', 'no address', 'http://host:0/']) {
    t.equal(await fetched(other), 'source.address', other)
  }
})

t.test('servers that are slow, silent, broken or gone', async (t) => {
  const silent = await serve(t, () => {})
  t.equal(await fetched(silent, {}, { idleMs: 50 }), 'source.slow')
  const dripping = await serve(t, (_, response) => {
    const timer = setInterval(() => response.write('x'), 5)
    response.on('close', () => clearInterval(timer))
  })
  t.equal(await fetched(dripping, { bytesMax: 1e9 }, { timeoutMs: 100 }), 'source.slow')
  const cut = await serve(t, (_, response) => {
    response.setHeader('content-length', 100)
    response.write('x', () => response.destroy())
  })
  t.equal(await fetched(cut), 'source.unreachable')
  const hanging = await serve(t, (request) => request.socket.destroy())
  t.equal(await fetched(hanging), 'source.unreachable')
  const failing = await serve(t, (_, response) => response.writeHead(503).end('x'))
  t.equal(await fetched(failing), 'source.answer')
  const packed = await serve(t, (_, response) =>
    response.setHeader('content-encoding', 'gzip').end(gzipSync('x')),
  )
  t.equal(await fetched(packed), 'source.answer')
  t.equal(await fetched('http://127.0.0.1:1/'), 'source.unreachable')
  const controller = new AbortController()
  const aborted = fetched(silent, { signal: controller.signal })
  controller.abort()
  t.equal(await aborted, 'source.unreachable')
})

t.test('marks that are too long are not kept', async (t) => {
  const address = await serve(t, (request, response) =>
    response.setHeader('etag', 'e'.repeat(Number(request.url?.slice(1)))).end('x'),
  )
  t.equal(
    await fetched(`${address}/${limits.sourceTagLengthMax}`),
    `x ${'e'.repeat(limits.sourceTagLengthMax)} undefined`,
  )
  t.equal(await fetched(`${address}/${limits.sourceTagLengthMax + 1}`), 'x undefined undefined')
})
