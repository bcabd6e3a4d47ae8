import { createServer } from 'node:http'
import express, { type ErrorRequestHandler, type RequestHandler, Router } from 'express'
import helmet from 'helmet'
import { LaurelError } from '#domain/error.ts'
import { type Context, willPass } from '#pipeline/context.ts'
import { Programs } from '#pipeline/programs.ts'
import { openTransport, type Transport } from '#queue/transport.ts'
import type { Config } from '#runtime/config.ts'
import type { Stoppable } from '#runtime/lifecycle.ts'
import type { Log } from '#runtime/log.ts'
import { Metrics } from '#runtime/metrics.ts'
import { loadProgram } from '#runtime/program.ts'
import { endRequests, listen } from '#runtime/server.ts'
import { assertMigrated, connect, type Database } from '#store/database.ts'
import { access } from './access.ts'
import { Audit, audited } from './audit.ts'
import { board } from './board.ts'
import { edits } from './edits.ts'
import { failures } from './failures.ts'
import { find } from './find.ts'
import { login, refuseOtherSites } from './login.ts'
import { masking } from './masking.ts'
import { voucherOf } from './proxy.ts'
import { refuse } from './refusal.ts'
import { Sessions } from './sessions.ts'
import { usersOf } from './users.ts'

/**
 * Bull Board behind a login, on OPS_PORT; 0 takes a free one.
 *
 * @throws LaurelError CONFIGURATION_INVALID where nobody could log in, PORT_TAKEN, STORE_OUTDATED, or what Redis
 *   is refused for
 */
export async function runOps(config: Config, log: Log): Promise<Stoppable & { readonly port: number }> {
  const { REDIS_PREFIX: prefix } = config
  const [users, voucher] = [usersOf(config), voucherOf(config)]
  const database = connect(config.DATABASE_URL, { application: 'laurel ops', connections: 4 })
  await assertMigrated(database)
  const transport = await openTransport(config.REDIS_URL, prefix)
  const close = async () => {
    await transport.close()
    await database.close()
  }
  const audit = new Audit(database.sql, log)
  const metrics = new Metrics()
  const programs = new Programs()
  const ending = new AbortController()
  // Read anew each time: nobody thinks of this process after a source was put right.
  const context = (): Context => {
    const { sources } = loadProgram(config.PROGRAM_DIRECTORY)
    return { ...transport, database, programs, sources, metrics }
  }
  const app = express()
    .set('trust proxy', config.TRUSTED_PROXIES)
    .use(headers)
    .use(probes(database, transport, metrics))
    .use(login(users, new Sessions(transport.redis, prefix, users), voucher, audit))
    .use(masking)
    .use(audited(audit))
    .use(access())
    .use(refuseOtherSites)
    .use(['/api', '/failures', '/find'], neverStored)
    .use(failures({ context, audit, ending: ending.signal }))
    .use(find(context))
    .use(edits(transport.queues, database.sql))
    .use(board(transport.queues, config.API_URL))
    .use(explain(log))
  const server = createServer(app)
  const port = await listen(server, config.OPS_HOST, config.OPS_PORT, 'OPS_PORT').catch(async (error) => {
    await close()
    throw error
  })
  log.info({ host: config.OPS_HOST, port }, 'serving Bull Board')
  let stopping: Promise<void> | undefined
  const stop = async () => {
    ending.abort()
    await endRequests(server)
    await close()
  }
  return {
    port,
    stop: () => {
      stopping ??= stop()
      return stopping
    },
  }
}

/** Bull Board's page has styles in its elements, but no code outside its own files. */
const headers = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      baseUri: ["'self'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  // Forms would otherwise send `Origin: null`, and could not be told from another site's.
  referrerPolicy: { policy: 'same-origin' },
  // Whether a name is for https alone is for whoever runs the proxy to say.
  strictTransportSecurity: false,
  // Without https browsers ignore these, with a warning on every page.
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
})

/** For those who watch processes: no login, and nothing about customers. */
function probes({ sql }: Database, { redis }: Transport, metrics: Metrics): Router {
  const router = Router()
  router.get('/healthz', (_request, response) => {
    response.type('text').send('ok')
  })
  router.get('/readyz', async (_request, response) => {
    const [postgres, queues] = await Promise.allSettled([sql`select 1`, redis.ping()])
    const missing = [
      ...(postgres.status === 'rejected' ? ['PostgreSQL'] : []),
      ...(queues.status === 'rejected' ? ['Redis'] : []),
    ]
    response.status(missing.length === 0 ? 200 : 503).type('text')
    response.send(missing.length === 0 ? 'ok' : `waiting for ${missing.join(' and ')}`)
  })
  router.get('/metrics', async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })
  return router
}

/** Job data names customers: no browser is to keep it on its disk. */
const neverStored: RequestHandler = (_request, response, next) => {
  response.set('cache-control', 'no-store')
  next()
}

/** Errors whose messages say what to change. */
const MISTAKES = {
  PROGRAM_INVALID: { status: 503, words: 'Correct the program' },
  PROGRAM_UNPUBLISHED: { status: 503, words: 'Publish the program' },
  ARGUMENT_INVALID: { status: 400, words: 'Nothing was changed' },
  NOT_FOUND: { status: 404, words: 'Not found' },
} as const

/** Says what went wrong in the words of the page that asked. */
function explain(log: Log): ErrorRequestHandler {
  return (error: Error & { status?: number }, request, response, next) => {
    if (response.headersSent) return next(error)
    // A body that is no JSON, or too large: the words are the parser's.
    if (error.status !== undefined && error.status < 500) {
      return refuse(response, error.status, 'Nothing was changed', error.message)
    }
    if (error instanceof LaurelError && error.code in MISTAKES) {
      const { status, words } = MISTAKES[error.code as keyof typeof MISTAKES]
      return refuse(response, status, words, error.message)
    }
    log.warn({ err: error, path: request.path }, 'request failed')
    if (willPass(error))
      refuse(response, 503, 'Try again in a moment', 'PostgreSQL or Redis does not answer.')
    else refuse(response, 500, 'Laurel failed', 'Its log has the cause.')
  }
}
