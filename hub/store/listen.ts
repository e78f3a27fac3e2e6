// Hears PostgreSQL notifications on a connection of its own, renewed whenever it is lost.

import { Client, escapeIdentifier } from 'pg'
import { limits } from '../../schemas/limits.ts'

/** `connected` is called after every (re)connection: what was notified in between was missed. */
export type Listener = { notified(payload: string): void; connected(): void }

/** What is listened to, and who is told. */
type Listening = {
  url: string
  channel: string
  hears: Listener
  onFault: (place: string, error: unknown) => void
}

/**
 * Listens on a channel until the returned function is called. Resolves once connected for the first time.
 * After a loss it connects again every limits.listenRetryMs and calls `connected`, since notifications in
 * between are gone.
 */
export async function listenOn(listening: Listening): Promise<() => Promise<void>> {
  let current: Client | undefined
  let retry: NodeJS.Timeout | undefined
  let isStopped = false

  const lost = (client: Client, error: unknown) => {
    if (isStopped || current !== client) return
    current = undefined
    listening.onFault('listen', error)
    void client.end().catch((fault: unknown) => listening.onFault('listen', fault))
    again()
  }
  const again = () => {
    retry = setTimeout(() => {
      connect().catch((error: unknown) => {
        listening.onFault('listen', error)
        if (!isStopped) again()
      })
    }, limits.listenRetryMs)
  }
  const connect = async () => {
    const client = new Client({
      connectionString: listening.url,
      application_name: `hub listen ${listening.channel}`,
      connectionTimeoutMillis: limits.databaseConnectTimeoutMs,
      keepAlive: true,
      query_timeout: limits.statementTimeoutMs,
    })
    client.on('error', (error) => lost(client, error))
    client.on('end', () => lost(client, new Error('the connection ended')))
    client.on('notification', ({ payload }) => listening.hears.notified(payload ?? ''))
    try {
      await client.connect()
      await client.query(`listen ${escapeIdentifier(listening.channel)}`)
    } catch (error) {
      await client.end().catch((fault: unknown) => listening.onFault('listen', fault))
      throw error
    }
    if (isStopped) return client.end()
    current = client
    listening.hears.connected()
  }

  await connect()
  return async () => {
    isStopped = true
    clearTimeout(retry)
    await current?.end()
  }
}
