import { type ChildProcess, execFile, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import kafkajs from 'kafkajs'
import { Leaderboards } from '#queue/leaderboard.ts'
import { connectProducer } from '#queue/redis.ts'
import { createLog } from '#runtime/log.ts'
import { freePort } from '#stack/port.ts'
import { resetStack, type Stack, startStack } from '#stack/stack.ts'
import { connect, type Database, migrate } from '#store/database.ts'
import { type KafkaAdmin, openAdmin } from '#stream/admin.ts'
import { type MessageProducer, openProducer } from '#stream/producer.ts'
import { type KafkaSettings, parseKafkaSettings } from '#stream/settings.ts'
import { HEAP } from '../../apps/cli/child.ts'
import { difference } from '../reference/difference.ts'
import { reference } from '../reference/reference.ts'
import { recordDifferences } from './records.ts'

const LAUREL = resolve('apps/cli/laurel.js')
export const TOPICS = ['customer-events', 'cdr-events', 'billing-events', 'crm-events', 'app-events']
/** Of each topic, to begin with. */
export const PARTITIONS = 3
export const REJECTS = 'laurel-rejects'
export const GROUP = 'loyalty-gamification-consumer'
const PORTION = 1_000
/** Local days begin at quarters of an hour in every zone, ms. */
const QUARTER = 900_000

/** A message as Kafka has it. */
export interface Stored {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly timestamp: number
  readonly value: string
}

/** One of Laurel's own processes. */
export interface Running {
  readonly name: string
  readonly pid: number
  /** Resolves when it has ended, with the signal or the status. */
  readonly ended: Promise<string>
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>
  /** Asks it to finish what is in hand; answers in how many ms it ended. */
  stop(): Promise<number>
}

/** A whole Laurel on services of its own: real processes on a real Kafka, Redis and PostgreSQL. */
export class Installation {
  readonly stack: Stack
  database: Database
  readonly admin: KafkaAdmin
  readonly environment: NodeJS.ProcessEnv
  readonly kafka: KafkaSettings
  /** Where the processes write their logs, `bridge.log` and so on, and the services theirs, below `logs`. */
  readonly directory: string
  #producer: MessageProducer
  readonly #running = new Map<ChildProcess, Running>()
  #apiPort = 0

  private constructor(parts: {
    stack: Stack
    directory: string
    environment: NodeJS.ProcessEnv
    kafka: KafkaSettings
    admin: KafkaAdmin
    producer: MessageProducer
  }) {
    this.stack = parts.stack
    this.environment = parts.environment
    this.kafka = parts.kafka
    this.admin = parts.admin
    this.directory = parts.directory
    this.#producer = parts.producer
    this.database = connect(parts.stack.addresses.databaseUrl, { application: 'test', connections: 2 })
  }

  static async create(environment: NodeJS.ProcessEnv = {}): Promise<Installation> {
    const directory = mkdtempSync(join(tmpdir(), 'laurel-installation-'))
    // As root, PostgreSQL runs as another user, who has to reach its data.
    chmodSync(directory, 0o755)
    const stack = await startStack({
      directory,
      kafkaPort: 0,
      redisPort: 0,
      postgresPort: 0,
      durable: true,
      environment: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        JDK_JAVA_OPTIONS: process.env.JDK_JAVA_OPTIONS,
      },
      log: () => {},
    })
    const { kafka: servers, redisUrl, databaseUrl } = stack.addresses
    const all: NodeJS.ProcessEnv = {
      ...process.env,
      KAFKA_BOOTSTRAP_SERVERS: servers,
      REDIS_URL: redisUrl,
      DATABASE_URL: databaseUrl,
      METRICS_PORT: '0',
      LOG_LEVEL: 'info',
      ...environment,
    }
    const kafka = parseKafkaSettings(all)
    await migrate(databaseUrl)
    const log = createLog('test', 'silent')
    const admin = await openAdmin(kafka, log)
    await admin.createTopics([...TOPICS, REJECTS], { partitions: PARTITIONS, replicationFactor: 1 })
    const producer = await openProducer(kafka, log)
    return new Installation({ stack, directory, environment: all, kafka, admin, producer })
  }

  /** Starts `laurel …` as a process of its own, and waits until it says that it is ready. */
  async start(name: string, ...command: string[]): Promise<Running> {
    const child = fork(LAUREL, command, {
      execArgv: HEAP,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const log = createWriteStream(join(this.directory, `${name}.log`), { flags: 'a' })
    child.stdout?.pipe(log, { end: false })
    child.stderr?.pipe(log, { end: false })
    const exited = once(child, 'exit')
    const running: Running = {
      name,
      pid: child.pid!,
      ended: exited.then(([status, signal]) => signal ?? `status ${status}`),
      kill: async () => {
        child.kill('SIGKILL')
        await exited
      },
      stop: async () => {
        const begun = Date.now()
        if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
        await exited
        return Date.now() - begun
      },
    }
    this.#running.set(child, running)
    void exited.then(() => this.#running.delete(child))
    await Promise.race([
      once(child, 'message'),
      exited.then(([status]) => {
        throw new Error(
          `${name} ended with status ${status} before it was ready: ${join(this.directory, name)}.log`,
        )
      }),
    ])
    return running
  }

  /** A bridge and all the pools in one worker: the smallest whole Laurel. */
  async startAll(): Promise<{ bridge: Running; worker: Running }> {
    const [bridge, worker] = await Promise.all([
      this.start('bridge', 'bridge'),
      this.start('worker', 'worker'),
    ])
    return { bridge, worker }
  }

  /** Runs `laurel …` to its end, and answers what it printed. @throws where it ended with another status than 0 */
  async command(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [LAUREL, ...args], {
      env: this.environment,
    })
    return stdout
  }

  /** Starts `laurel …` without waiting for anything; what it writes is the caller's to read. */
  spawn(...args: string[]): ChildProcess {
    return spawn(process.execPath, [LAUREL, ...args], { env: this.environment })
  }

  /** Copies the database as it is, as a backup would; no process may run. Answers the URL of the copy. */
  async backUp(): Promise<string> {
    const url = new URL(this.environment.DATABASE_URL!)
    const name = url.pathname.slice(1)
    url.pathname = `/backup_${Date.now()}`
    await this.database.close()
    // A database can only be copied by somebody who is connected to another one.
    const other = new URL(url)
    other.pathname = '/template1'
    const { sql, close } = connect(other.href, { application: 'test', connections: 1 })
    try {
      await sql`create database ${sql(url.pathname.slice(1))} template ${sql(name)}`
    } finally {
      await close()
    }
    this.database = connect(this.environment.DATABASE_URL!, { application: 'test', connections: 2 })
    return url.href
  }

  /** Goes on with another database and an empty Redis; no process may run. */
  async restore(databaseUrl: string): Promise<void> {
    await this.database.close()
    this.environment.DATABASE_URL = databaseUrl
    this.database = connect(databaseUrl, { application: 'test', connections: 2 })
    const redis = connectProducer(this.stack.addresses.redisUrl)
    await until(async () => redis.status === 'ready', 5_000)
    await redis.flushall()
    redis.disconnect()
  }

  /** Where the group stands in every partition. */
  async committed(): Promise<readonly unknown[]> {
    const lags = await this.admin.lag(GROUP, TOPICS)
    return lags.map(({ topic, partition, committed }) => ({ topic, partition, committed }))
  }

  async startApi(): Promise<Running> {
    await this.reserveApi()
    return this.start('api', 'api')
  }

  /** Says where the API will listen, whoever starts it. */
  async reserveApi(): Promise<void> {
    this.#apiPort = await freePort()
    this.environment.API_PORT = String(this.#apiPort)
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.#apiPort}`
  }

  async publish(
    messages: readonly { readonly topic: string; readonly value: string | Buffer }[],
  ): Promise<void> {
    for (const topic of new Set(messages.map((each) => each.topic))) {
      const own = messages.filter((each) => each.topic === topic)
      for (let i = 0; i < own.length; i += PORTION)
        await this.#producer.send(topic, own.slice(i, i + PORTION))
    }
  }

  /** Makes more partitions of a topic, and publishes to them, too, from now on. */
  async repartition(topic: string, count: number): Promise<void> {
    await this.#asking((admin) => admin.createPartitions({ topicPartitions: [{ topic, count }] }))
    await this.#producer.close()
    this.#producer = await openProducer(this.kafka, createLog('test', 'silent'))
  }

  /** Sets the group back by so many messages in every partition of a topic; no bridge may run. */
  async rewind(topic: string, messages: number): Promise<void> {
    await this.#asking(async (admin) => {
      const [own] = await admin.fetchOffsets({ groupId: GROUP, topics: [topic] })
      const partitions = own!.partitions.map(({ partition, offset }) => ({
        partition,
        offset: String(Math.max(0, Number(offset) - messages)),
      }))
      await admin.setOffsets({ groupId: GROUP, topic, partitions })
    })
  }

  async #asking(task: (admin: kafkajs.Admin) => Promise<unknown>): Promise<void> {
    const admin = this.#client().admin()
    await admin.connect()
    try {
      await task(admin)
    } finally {
      await admin.disconnect()
    }
  }

  /** With nothing of Laurel's own between it and Kafka. */
  #client(): kafkajs.Kafka {
    return new kafkajs.Kafka({ brokers: [...this.kafka.brokers], logLevel: kafkajs.logLevel.NOTHING })
  }

  /** Everything that stands in topics: in those that are read, unless told otherwise. */
  async messages(topics: readonly string[] = TOPICS): Promise<readonly Stored[]> {
    const marks = await this.admin.watermarks(topics)
    const expected = marks.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)
    // To leave takes as long as the last fetch may wait for more to come.
    const consumer = this.#client().consumer({ groupId: `reader-${Date.now()}`, maxWaitTimeInMs: 100 })
    const found: Stored[] = []
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    await consumer.run({
      eachBatch: async ({ batch }) => {
        for (const { offset, timestamp, value } of batch.messages) {
          const { topic, partition } = batch
          found.push({
            topic,
            partition,
            offset,
            timestamp: Number(timestamp),
            value: value?.toString() ?? '',
          })
        }
      },
    })
    await until(
      async () => found.length >= expected,
      60_000,
      () => `${found.length} of ${expected} messages read`,
    )
    await consumer.disconnect()
    return found
  }

  /**
   * Waits until every message is recorded, every stage is done with every batch, offsets are committed, and the
   * leaderboards are whole.
   */
  async settled(patience = 120_000): Promise<void> {
    let state: unknown
    const redis = connectProducer(this.stack.addresses.redisUrl)
    const { complete } = new Leaderboards(redis, 'laurel')
    const open = async () => {
      const [row] = await this.database.sql<[{ total: number }]>`
        select count(*)::bigint as total from batches
        where scored_at is null or gamified_at is null or ranked_at is null`
      return row.total
    }
    await until(
      async () => {
        // Kafka is asked only once PostgreSQL has nothing open: its answers cost more than the events that are waited for.
        const before = await open()
        state = { open: before }
        if (before > 0) return false
        const lags = await this.admin.lag(GROUP, TOPICS)
        const lag = lags.reduce((sum, each) => sum + each.lag, 0)
        // After the lag: what is committed meanwhile is a batch that may still be open.
        const after = await open()
        const whole = await complete.isSet().catch(() => false)
        state = { open: after, lag, leaderboards: whole ? 'whole' : 'not whole' }
        return after === 0 && lag === 0 && whole
      },
      patience,
      () => `still ${JSON.stringify(state)}`,
    ).finally(() => redis.disconnect())
  }

  async ask<T>(path: string): Promise<T> {
    const response = await fetch(`${this.apiUrl}${path}`)
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }

  /**
   * How what is stored, and what the API says of every customer, differ from the reference; empty where they do not.
   *
   * @param posted what came by webhook and was acknowledged
   */
  async differences(posted: readonly Stored[] = []): Promise<readonly string[]> {
    const messages = [...(await this.messages()), ...posted]
    const cluster = await this.admin.clusterId()
    const hostZone = Intl.DateTimeFormat().resolvedOptions().timeZone
    const actual = new Map<string, unknown>()
    const begun = Date.now()
    let expected = reference(messages, { now: begun, hostZone, cluster })
    const ids = [...expected.customers.keys()]
    for (let i = 0; i < ids.length; i += 8) {
      await Promise.all(
        ids.slice(i, i + 8).map(async (key) => {
          const id = key.slice(key.indexOf(':') + 1)
          const answer = await this.ask(`/v1/customers/${encodeURIComponent(id)}`).catch(String)
          // One who is missing is a difference like any other.
          if (typeof answer !== 'string') actual.set(key, answer)
        }),
      )
    }
    const records = await recordDifferences(this.database, expected)
    // Worked out again where midnight passed in some zone meanwhile, so that both sides stand on the same day.
    if (Math.floor(begun / QUARTER) !== Math.floor(Date.now() / QUARTER))
      expected = reference(messages, { now: Date.now(), hostZone, cluster })
    return [...records, ...difference(expected.customers, actual)]
  }

  /** Sums that must agree whatever happened; empty where they do. */
  async imbalances(): Promise<readonly string[]> {
    const [sums] = await this.database.sql<[{ ledger: number; awards: number; standings: number }]>`
      select (select coalesce(sum(amount), 0) from ledger)::bigint as ledger,
        (select coalesce(sum(amount), 0) from awards where live)::bigint as awards,
        (select coalesce(sum(total), 0) from standings where board = 'points-all')::bigint as standings`
    const isEven = sums.ledger === sums.awards && sums.awards === sums.standings
    return isEven ? [] : [`ledger, awards and standings differ: ${JSON.stringify(sums)}`]
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((running) => running.stop()))
    await this.#producer.close().catch(() => {})
    await this.admin.close().catch(() => {})
    await this.database.close()
    await this.stack.stop()
    // Set by hand, to look at the logs of a test that fails.
    if (process.env.KEEP_TEST_DATA) return
    await resetStack(this.directory)
    rmSync(this.directory, { recursive: true, force: true })
  }
}

/** Waits for a condition, asking again and again; what `describe` says is the error. */
export async function until(
  condition: () => Promise<boolean>,
  patience: number,
  describe: () => string = () => 'the condition did not come true',
): Promise<void> {
  const deadline = Date.now() + patience
  for (;;) {
    if (await condition()) return
    if (Date.now() > deadline) throw new Error(`${describe()} after ${patience} ms`)
    await delay(100)
  }
}
