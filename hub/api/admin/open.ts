// Routes of machines: liveness, readiness, metrics. They tell nothing of messages and need no token.

import type { AdminApp, AdminParts } from './app.ts'

/**
 * Adds the routes. Metrics name peers and volumes: with `metricsNeedToken` they are for holders of the token only,
 * which is right where the plane is bound to more than loopback.
 */
export function addOpen(
  app: AdminApp,
  { health, metrics }: AdminParts,
  options: { metricsNeedToken: boolean },
): void {
  for (const question of ['live', 'ready'] as const) {
    app.get(`/health/${question}`, { config: { isOpen: true } }, async (_, reply) => {
      const report = await health.ask(question)
      return reply.code(report.ok ? 200 : 503).send(report)
    })
  }
  let underway: Promise<string> | undefined
  app.get('/metrics', { config: { isOpen: !options.metricsNeedToken } }, async (_, reply) => {
    underway ??= metrics.text().finally(() => {
      underway = undefined
    })
    return reply.type(metrics.contentType).send(await underway)
  })
}
