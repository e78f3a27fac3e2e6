// Liveness and readiness as a list of named checks, each with its time-out.

import { logIgnored } from './log.ts'

/** `live`: a failure means the process must be restarted. `ready`: a failure means it should get no requests now. */
export type HealthQuestion = 'live' | 'ready'

/** One check. It answers nothing when all is well, else a short reason of ours in the form `what-is-wrong`. */
export type HealthCheck = {
  name: string
  asks: readonly HealthQuestion[]
  timeoutMs: number
  /** A failure is shown and changes nothing else: requests are served as well as before. */
  isWarning?: true
  run(signal: AbortSignal): Promise<string | undefined> | string | undefined
}

/** The answer, to be given as JSON: status 200 when `ok`, else 503. */
export type HealthReport = {
  ok: boolean
  checks: { name: string; ok: boolean; isWarning?: true; reason?: string; durationMs: number }[]
}

/** Asks all checks of a question at once. Questions asked while one is being answered share its answer. */
export type Health = { ask(question: HealthQuestion): Promise<HealthReport> }

/** Makes the health of a hub from its checks. A check that throws or is late counts as failed and is logged. */
export function createHealth(checks: readonly HealthCheck[]): Health {
  const underway = new Map<HealthQuestion, Promise<HealthReport>>()
  return {
    ask: (question) => {
      const current = underway.get(question)
      if (current !== undefined) return current
      const asked = askAll(checks.filter((check) => check.asks.includes(question))).finally(() =>
        underway.delete(question),
      )
      underway.set(question, asked)
      return asked
    },
  }
}

async function askAll(checks: readonly HealthCheck[]): Promise<HealthReport> {
  const results = await Promise.all(checks.map(askOne))
  return { ok: results.every((result) => result.ok || result.isWarning === true), checks: results }
}

async function askOne(check: HealthCheck): Promise<HealthReport['checks'][number]> {
  const started = performance.now()
  const reason = await reasonOf(check)
  const durationMs = Math.round(performance.now() - started)
  if (reason === undefined) return { name: check.name, ok: true, durationMs }
  const failed = { name: check.name, ok: false, reason, durationMs }
  return check.isWarning === true ? { ...failed, isWarning: true } : failed
}

async function reasonOf(check: HealthCheck): Promise<string | undefined> {
  const controller = new AbortController()
  const late = Promise.withResolvers<'timeout'>()
  const timer = setTimeout(() => {
    late.resolve('timeout')
    controller.abort()
  }, check.timeoutMs)
  try {
    return await Promise.race([check.run(controller.signal), late.promise])
  } catch (error) {
    logIgnored(error, `health.${check.name}`)
    return 'error'
  } finally {
    clearTimeout(timer)
  }
}
