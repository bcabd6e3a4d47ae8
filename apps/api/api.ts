import { createServer } from 'node:http'
import express, { type Express, type RequestHandler } from 'express'
import helmet from 'helmet'
import { LaurelError } from '#domain/error.ts'
import type { Sources } from '#domain/source.ts'
import type { Context } from '#pipeline/context.ts'
import { Programs } from '#pipeline/programs.ts'
import { ensurePublished } from '#pipeline/publication.ts'
import { openTransport, type Transport } from '#queue/transport.ts'
import type { Config } from '#runtime/config.ts'
import type { Stoppable } from '#runtime/lifecycle.ts'
import type { Log } from '#runtime/log.ts'
import { Metrics } from '#runtime/metrics.ts'
import { loadProgram } from '#runtime/program.ts'
import { endRequests, listen } from '#runtime/server.ts'
import { assertMigrated, connect } from '#store/database.ts'
import type { KafkaSettings } from '#stream/settings.ts'
import { showChallenge } from './challenge.ts'
import { showCustomer } from './customer.ts'
import { docsPage } from './docs.ts'
import { health } from './health.ts'
import { Lag } from './lag.ts'
import { showLeaderboard } from './leaderboard.ts'
import { openApi } from './openapi.ts'
import { OPERATIONS } from './operation.ts'
import { STYLE_HASH } from './page.ts'
import { Pipeline } from './pipeline.ts'
import { answerProblems, Problem, unknownPath } from './problem.ts'
import { showTimeline } from './timeline.ts'
import { requireReadToken, Tokens } from './token.ts'
import { showTrace } from './trace.ts'
import { Webhook } from './webhook.ts'

/** Groups of webhook requests take four of them at most; the rest is for reading. */
const CONNECTIONS = 10

/**
 * The HTTP API: events in by webhook, customers, events, leaderboards and the pipeline out.
 *
 * @param kafka undefined where there is none: then its lag is not known
 * @throws LaurelError CONFIGURATION_INVALID, PORT_TAKEN, STORE_OUTDATED, PROGRAM_INVALID, REDIS_UNAVAILABLE
 *   or REDIS_EVICTS
 */
export async function runApi(
  config: Config,
  kafka: KafkaSettings | undefined,
  log: Log,
): Promise<Stoppable & { readonly port: number }> {
  const { text, sources } = loadProgram(config.PROGRAM_DIRECTORY)
  const programs = new Programs()
  assertSources(config.WEBHOOK_TOKENS, sources)
  const database = connect(config.DATABASE_URL, {
    application: 'laurel api',
    connections: CONNECTIONS,
    byKey: true,
  })
  const lag = new Lag(kafka, config.KAFKA_GROUP_ID, config.KAFKA_TOPICS, log)
  let transport: Transport | undefined
  const close = async () => {
    await lag.close()
    await transport?.close()
    await database.close()
  }
  try {
    await assertMigrated(database)
    const version = await ensurePublished(database, programs, text)
    transport = await openTransport(config.REDIS_URL, config.REDIS_PREFIX)
    const context: Context = { ...transport, database, programs, sources, metrics: new Metrics() }
    const webhook = new Webhook(context, new Tokens(config.WEBHOOK_TOKENS), log)
    const pipeline = new Pipeline(context, () => lag.read())
    pipeline.measure(context.metrics)
    let stopping: Promise<void> | undefined
    const app = express()
      .disable('etag')
      .use(headers, refuseNul)
      .use(health(context, transport, () => stopping !== undefined))
    addDocumentation(app)
    app.post('/v1/events', webhook.take())
    addReads(app, context, pipeline, requireReadToken(config.READ_TOKEN))
    app.use(unknownPath(OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`)))
    app.use(answerProblems(log))
    const server = createServer(app)
    const port = await listen(server, config.API_HOST, config.API_PORT, 'API_PORT')
    log.info({ host: config.API_HOST, port, program: version }, 'serving the API')
    const stop = async () => {
      await endRequests(server)
      await webhook.drain()
      await close()
    }
    return {
      port,
      stop: () => {
        stopping ??= stop()
        return stopping
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** A token of a source that nobody configured would turn every event into a failure. */
function assertSources(tokens: ReadonlyMap<string, string>, { byName }: Sources): void {
  const unknown = [...tokens.values()].filter((source) => !byName.has(source))
  if (unknown.length === 0) return
  throw new LaurelError(
    'CONFIGURATION_INVALID',
    `WEBHOOK_TOKENS: no source is named ${unknown.join(', ')}; there are ${[...byName.keys()].join(', ')}`,
  )
}

/** Nothing is loaded or run in a browser but the pages' own style; plain http by IP address must work. */
const headers = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: [STYLE_HASH],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  strictTransportSecurity: false,
})

/** PostgreSQL holds none in any text, so that nothing is known by such a name. */
const refuseNul: RequestHandler = (request, _response, next) => {
  if (request.url.includes('%00')) throw new Problem('request-invalid', 'the address holds a NUL character')
  next()
}

function addDocumentation(app: Express): void {
  app.get('/', (_request, response) => response.redirect('/docs'))
  app.get('/docs', (request, response) => {
    const address = `${request.protocol}://${request.get('host') ?? 'localhost'}`
    response.type('html').send(docsPage(address))
  })
  const document = openApi()
  app.get('/openapi.json', (_request, response) => {
    response.json(document)
  })
}

function addReads(app: Express, context: Context, pipeline: Pipeline, token: RequestHandler): void {
  app.use('/v1', token, neverStored)
  app.get('/v1/customers/:id', showCustomer(context))
  app.get('/v1/customers/:id/timeline', showTimeline(context))
  app.get(['/v1/events/:id', '/v1/events/:topic/:partition/:offset'], showTrace(context))
  app.get('/v1/leaderboards/:id', showLeaderboard(context))
  app.get('/v1/challenges/:id', showChallenge(context))
  app.get('/v1/pipeline', pipeline.show())
}

/** What is told about customers changes, and is nobody else's: no cache is to keep it. */
const neverStored: RequestHandler = (_request, response, next) => {
  response.set('cache-control', 'no-store')
  next()
}
