import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { inject } from 'vitest'
import type { Context } from '#pipeline/context.ts'
import { rebuildLeaderboards } from '#pipeline/leaderboards.ts'
import { Programs } from '#pipeline/programs.ts'
import { runGamification, runLeaderboards, runScoring } from '#pipeline/stages.ts'
import { openTransport } from '#queue/transport.ts'
import { readConfig } from '#runtime/config.ts'
import { createLog } from '#runtime/log.ts'
import { Metrics } from '#runtime/metrics.ts'
import { loadProgram } from '#runtime/program.ts'
import { overdueBatches } from '#store/batches.ts'
import { connect, migrate } from '#store/database.ts'
import type { KafkaSettings } from '#stream/settings.ts'
import { runApi } from '../../../apps/api/api.ts'
import { createDatabase } from '../../support/stack.ts'

/** One token a source: `<source>-token-0123456789`. */
export function tokenOf(source: string): string {
  return `${source}-token-0123456789`
}

const SOURCES = ['in', 'crm', 'dwh', 'billing', 'app', 'kafka']

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed where it is JSON, else the text. */
  // biome-ignore lint/suspicious/noExplicitAny: a test states what it expects of it
  readonly body: any
}

/** An API on a database and a prefix of its own, with the other stages at hand. */
export interface Fixture {
  readonly url: string
  readonly context: Context
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  /** Sends a body as it is (JSON unless told otherwise) with the token of source `app` unless told otherwise. */
  post(body: string | Buffer, headers?: Record<string, string>): Promise<Answer>
  /** What became of the API's batches so far goes through the other stages. */
  process(): Promise<void>
  stopApi(): Promise<void>
  stop(): Promise<void>
}

export interface FixtureOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly kafka?: KafkaSettings
  /** In place of the stack's own, for what the API alone sees. */
  readonly redisUrl?: string
  readonly databaseUrl?: string
}

export async function startFixture(options: FixtureOptions = {}): Promise<Fixture> {
  const databaseUrl = options.databaseUrl ?? (await createDatabase())
  await migrate(databaseUrl)
  const prefix = `test-${randomUUID().slice(0, 8)}`
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    REDIS_URL: options.redisUrl ?? inject('redisUrl'),
    REDIS_PREFIX: prefix,
    API_PORT: '0',
    LOG_LEVEL: 'silent',
    WEBHOOK_TOKENS: SOURCES.map((source) => `${source}=${tokenOf(source)}`).join(','),
    ...options.environment,
  })
  const api = await runApi(config, options.kafka, createLog('test', config.LOG_LEVEL))
  const { sources } = loadProgram(config.PROGRAM_DIRECTORY)
  const database = connect(databaseUrl, { application: 'test', connections: 2 })
  const transport = await openTransport(inject('redisUrl'), prefix)
  const context: Context = {
    ...transport,
    database,
    programs: new Programs(),
    sources,
    metrics: new Metrics(),
  }
  const url = `http://127.0.0.1:${api.port}`
  const ask = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, init)
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    const body = isJson ? await response.json() : await response.text()
    return { status: response.status, headers: response.headers, body }
  }
  return {
    url,
    context,
    get: (path, headers = {}) => ask(path, { headers, redirect: 'manual' }),
    post: (body, headers = {}) =>
      ask('/v1/events', {
        method: 'POST',
        body: typeof body === 'string' ? body : new Uint8Array(body),
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${tokenOf('app')}`,
          ...headers,
        },
      }),
    process: async () => {
      await rebuildLeaderboards(context)
      for (const { id, gamified, scored } of await overdueBatches(database.sql, -1, 0, 10_000)) {
        if (!scored) await runScoring(context, id)
        if (!gamified) await runGamification(context, id, `batch ${id}`)
        await runLeaderboards(context, { batches: [id] })
      }
    },
    stopApi: () => api.stop(),
    stop: async () => {
      await api.stop()
      await transport.close()
      await database.close()
    },
  }
}

/** Waits for a condition, asking again and again. */
export async function until(condition: () => Promise<boolean>, patience = 10_000): Promise<void> {
  const deadline = Date.now() + patience
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`the condition did not come true within ${patience} ms`)
    await delay(20)
  }
}
