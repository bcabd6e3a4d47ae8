import { Redis } from 'ioredis'
import { LaurelError } from '#domain/error.ts'

/** At most a second between attempts: after an outage the first job must not wait for a long pause to end. */
const reconnect = (attempts: number) => Math.min(50 * 2 ** Math.min(attempts, 5), 1_000)

/** A replica that was a master until a moment ago answers READONLY: connect anew, and send the command again. */
const reconnectOnError = (error: Error) => (error.message.startsWith('READONLY') ? 2 : false)

/**
 * A connection for those who add jobs: it fails within two seconds while Redis is away instead of keeping
 * the command in memory, so that the caller decides what happens next.
 */
export function connectProducer(url: string): Redis {
  return quiet(
    new Redis(url, {
      maxRetriesPerRequest: 1,
      commandTimeout: 2_000,
      enableOfflineQueue: false,
      retryStrategy: reconnect,
      reconnectOnError,
    }),
  )
}

/** A connection for workers: it waits for Redis as long as it takes. */
export function connectWorker(url: string): Redis {
  return quiet(new Redis(url, { maxRetriesPerRequest: null, retryStrategy: reconnect, reconnectOnError }))
}

/** Without a listener every lost connection would be an uncaught exception; commands report it by themselves. */
function quiet(redis: Redis): Redis {
  redis.on('error', () => {})
  return redis
}

/**
 * Waits until Redis answers, and refuses one that may throw jobs away.
 *
 * @throws LaurelError REDIS_EVICTS, or REDIS_UNAVAILABLE after so many ms
 */
export async function assertUsable(redis: Redis, patience: number): Promise<void> {
  if (redis.status !== 'ready') await ready(redis, patience)
  const policy = /maxmemory_policy:(\S+)/.exec(await redis.info('memory'))?.[1]
  if (policy !== undefined && policy !== 'noeviction') {
    throw new LaurelError(
      'REDIS_EVICTS',
      `Redis may throw away jobs (maxmemory-policy is ${policy}): set it to noeviction, as BullMQ requires`,
    )
  }
}

async function ready(redis: Redis, patience: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(
          new LaurelError('REDIS_UNAVAILABLE', 'Redis does not answer: check REDIS_URL, and that it runs'),
        ),
      patience,
    )
    redis.once('ready', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

const UNAVAILABLE =
  /^(READONLY|LOADING|OOM|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|BUSY|NOREPLICAS|UNBLOCKED)|Connection is closed|Command timed out|Stream isn't writeable|max retries per request|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT/

/** Whether Redis is away, failing over or full, so that the same command may succeed later. */
export function isRedisUnavailable(error: unknown): boolean {
  return error instanceof Error && UNAVAILABLE.test(error.message)
}
