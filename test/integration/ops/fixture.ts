import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { inject } from 'vitest'
import { SCALE } from '#domain/decimal.ts'
import type { Message } from '#domain/message.ts'
import type { Context } from '#pipeline/context.ts'
import { Programs } from '#pipeline/programs.ts'
import { runNormalization } from '#pipeline/stages.ts'
import type { FailedEventJob } from '#queue/jobs.ts'
import { QUEUE_NAMES } from '#queue/queues.ts'
import { openTransport, type Transport } from '#queue/transport.ts'
import type { Job } from '#queue/worker.ts'
import { type Config, readConfig } from '#runtime/config.ts'
import type { Stoppable } from '#runtime/lifecycle.ts'
import { createLog } from '#runtime/log.ts'
import { Metrics } from '#runtime/metrics.ts'
import { loadProgram } from '#runtime/program.ts'
import { connect, type Database, migrate } from '#store/database.ts'
import { type Failure, findFailure } from '#store/failures.ts'
import { runOps } from '../../../apps/ops/ops.ts'
import { hashPassword } from '../../../apps/ops/password.ts'
import type { Role } from '../../../apps/ops/roles.ts'
import { runWorker } from '../../../apps/worker/worker.ts'
import { createDatabase } from '../../support/stack.ts'

export const PASSWORD = 'correct horse battery'
const PATIENCE = 15_000
const TOPIC = 'billing-events'

/** One person of each role, all with the same password. */
export const PEOPLE: Readonly<Record<string, Role>> = { vera: 'viewer', omar: 'operator', ada: 'admin' }

/** Writes them where OPS_USERS_FILE may point. */
export async function writePeople(file: string): Promise<void> {
  const users = []
  for (const [name, role] of Object.entries(PEOPLE))
    users.push({ name, role, password: await hashPassword(PASSWORD) })
  writeFileSync(file, JSON.stringify({ users }))
}

export const log = createLog('test', 'silent')

/** All of Laurel but the bridge and the API, in this process, on a database and keys of its own. */
export class Site {
  readonly config: Config
  readonly database: Database
  readonly transport: Transport
  readonly #context: Context
  #worker: Stoppable | undefined
  #ops: (Stoppable & { readonly port: number }) | undefined
  #offset = 0

  private constructor(config: Config, database: Database, transport: Transport) {
    this.config = config
    this.database = database
    this.transport = transport
    const { sources } = loadProgram(config.PROGRAM_DIRECTORY)
    this.#context = { ...transport, database, programs: new Programs(), sources, metrics: new Metrics() }
  }

  static async start(environment: NodeJS.ProcessEnv = {}): Promise<Site> {
    const config = readConfig({
      DATABASE_URL: await createDatabase(),
      REDIS_URL: inject('redisUrl'),
      REDIS_PREFIX: `ops-${randomUUID().slice(0, 8)}`,
      OPS_PASSWORD: PASSWORD,
      OPS_PORT: '0',
      ...environment,
    })
    await migrate(config.DATABASE_URL)
    const site = new Site(
      config,
      connect(config.DATABASE_URL, { application: 'test', connections: 2 }),
      await openTransport(config.REDIS_URL, config.REDIS_PREFIX),
    )
    await site.startOps()
    await site.startWorkers()
    return site
  }

  async startOps(config: Config = this.config): Promise<void> {
    await this.#ops?.stop()
    this.#ops = await runOps(config, log)
  }

  async startWorkers(): Promise<void> {
    this.#worker = await runWorker(this.config, { pools: QUEUE_NAMES, concurrency: undefined }, log)
  }

  async stopWorkers(): Promise<void> {
    await this.#worker?.stop()
  }

  get port(): number {
    return this.#ops!.port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Brings messages of billing-events/0 in, as the bridge would. */
  async deliver(...values: readonly unknown[]): Promise<void> {
    const messages = values.map(
      (value): Message => ({
        offset: String(this.#offset++),
        timestamp: Date.now(),
        value: typeof value === 'string' ? value : JSON.stringify(value),
      }),
    )
    const key = `${TOPIC}/0/${messages[0]?.offset}`
    await runNormalization(
      this.#context,
      { key, cluster: 'test', topic: TOPIC, partition: 0, messages },
      true,
    )
  }

  /** Delivers one event and waits for the job that shows its failure. */
  async deliverBad(value: unknown): Promise<Job<FailedEventJob>> {
    const offset = this.#offset
    await this.deliver(value)
    const [row] = await this.database.sql<
      { id: number }[]
    >`select id from failures where "offset" = ${offset}`
    if (!row) throw new Error('this event did not fail')
    return this.settled(`failure-${row.id}-1`)
  }

  /** The job, once nothing is to be done with it any more. */
  async settled(id: string, state?: string): Promise<Job<FailedEventJob>> {
    const queue = this.transport.queues['failed-events']
    const wanted = state === undefined ? ['failed', 'completed'] : [state]
    await until(async () => wanted.includes(await queue.getJobState(id)), `job ${id} is not ${wanted}`)
    return (await queue.getJob(id))!
  }

  async failure(job: Job<FailedEventJob>): Promise<Failure> {
    return (await findFailure(this.database, job.data.info.failure))!
  }

  /** What a customer has been given. */
  async points(customer: string): Promise<number> {
    const [row] = await this.database.sql<[{ amount: number }]>`
      select coalesce(sum(l.amount), 0)::bigint as amount
      from ledger l join subjects s on s.id = l.customer_id where s.value = ${customer}`
    return row.amount / SCALE
  }

  /** Asks the board as a script does. */
  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        authorization: basic('ops', PASSWORD),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  async stop(): Promise<void> {
    await this.#ops?.stop()
    await this.stopWorkers()
    await this.transport.close()
    await this.database.close()
  }
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

/** A recharge that lacks nothing. */
export function recharge(customer: string, amount: number): Record<string, unknown> {
  return {
    source: 'billing',
    event_id: randomUUID(),
    customer_id: customer,
    event_type: 'recharge',
    timestamp: new Date().toISOString(),
    amount,
  }
}

export async function until(condition: () => Promise<boolean>, otherwise: string): Promise<void> {
  const deadline = Date.now() + PATIENCE
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`${otherwise} after ${PATIENCE} ms`)
    await delay(25)
  }
}
