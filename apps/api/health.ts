import { Router } from 'express'
import type { Context } from '#pipeline/context.ts'
import type { Transport } from '#queue/transport.ts'
import { within } from '#runtime/deadline.ts'

const PATIENCE = 2_000

/**
 * /healthz, /readyz and /metrics: for orchestrators and dashboards, without a token.
 *
 * @param isStopping then it is not ready, so that no more requests are sent here
 */
export function health(
  { database, metrics }: Context,
  { redis }: Pick<Transport, 'redis'>,
  isStopping: () => boolean,
): Router {
  const router = Router()
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' })
  })
  router.get('/readyz', async (_request, response) => {
    const [postgres, queues] = await Promise.allSettled([
      within(database.sql`select 1`, PATIENCE),
      within(redis.ping(), PATIENCE),
    ])
    const missing = [
      ...(isStopping() ? ['this process is stopping'] : []),
      ...(postgres.status === 'rejected' ? ['PostgreSQL does not answer'] : []),
      ...(queues.status === 'rejected' ? ['Redis does not answer'] : []),
    ]
    const isReady = missing.length === 0
    response.status(isReady ? 200 : 503).json({ status: isReady ? 'ok' : 'not ready', missing })
  })
  router.get('/metrics', async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })
  return router
}
