import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { LaurelError } from '#domain/error.ts'
import { prepareKafka } from './kafka.ts'
import { assertPortFree, freePort } from './port.ts'
import { postgresUrl, preparePostgres, publicDirectory } from './postgres.ts'
import { type Addresses, StackRecord } from './record.ts'
import { prepareRedis } from './redis.ts'
import {
  EmbeddedService,
  givenService,
  type Launch,
  type PrepareOptions,
  type Service,
  type ServiceName,
} from './service.ts'

const LOGS = 'logs'

/** What the embedded services take, for whoever is about to start them. */
export const STACK_NEEDS =
  'Kafka, Redis and PostgreSQL take about 1 GB of memory and 500 MB of disk, under load 2 GB more of disk.'

export interface StackOptions {
  /** Where the embedded services keep their data and logs; made when it is missing. */
  readonly directory: string
  /** Ports on 127.0.0.1; 0 is any free one. */
  readonly kafkaPort: number
  readonly redisPort: number
  readonly postgresPort: number
  /** Whether the data is to outlive a crash of the machine; what tests write need not. */
  readonly durable: boolean
  /**
   * Names services to use instead (KAFKA_BOOTSTRAP_SERVERS, REDIS_URL, DATABASE_URL), and where programs are
   * (PATH, JAVA_HOME).
   */
  readonly environment: NodeJS.ProcessEnv
  /** Takes a line of progress, such as `Kafka: ready on 127.0.0.1:9092`. */
  readonly log: (line: string) => void
  /** An embedded service that was ready has ended by itself; `reason` holds the end of its log. */
  readonly onDeath?: (service: Service, reason: string) => void
  /** Ends a start that is under way: what has been started is stopped. */
  readonly abort?: AbortSignal
}

export interface Stack {
  readonly addresses: Addresses
  readonly kafka: Service
  readonly redis: Service
  readonly postgres: Service
  readonly services: readonly Service[]
  /** Stops what was started and gives the directory free. Does nothing the second time. */
  stop(): Promise<void>
}

interface Blueprint {
  readonly name: ServiceName
  /** Where its data lies, below the stack's directory. */
  readonly home: string
  /** The variable that names one to use instead. */
  readonly variable: string
  readonly portVariable: string
  readonly address: (port: number) => string
  readonly prepare: (home: string, port: number, options: PrepareOptions) => Promise<Launch>
}

const KAFKA: Blueprint = {
  name: 'Kafka',
  home: 'kafka',
  variable: 'KAFKA_BOOTSTRAP_SERVERS',
  portVariable: 'KAFKA_PORT',
  address: (port) => `127.0.0.1:${port}`,
  prepare: prepareKafka,
}

const REDIS: Blueprint = {
  name: 'Redis',
  home: 'redis',
  variable: 'REDIS_URL',
  portVariable: 'REDIS_PORT',
  address: (port) => `redis://127.0.0.1:${port}`,
  prepare: prepareRedis,
}

const POSTGRES: Blueprint = {
  name: 'PostgreSQL',
  home: 'postgres',
  variable: 'DATABASE_URL',
  portVariable: 'POSTGRES_PORT',
  address: postgresUrl,
  prepare: preparePostgres,
}

/**
 * Starts Kafka, Redis and PostgreSQL side by side, each unless the environment names one, and resolves when
 * all of them answer. They listen on 127.0.0.1 only and end with this process, however it ends.
 *
 * @throws LaurelError PORT_TAKEN, ALREADY_RUNNING, DEPENDENCY_MISSING or STACK_UNAVAILABLE; then nothing runs
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  if (process.platform === 'win32') {
    throw new LaurelError(
      'STACK_UNAVAILABLE',
      'The local stack needs Linux or macOS: use WSL 2, or `docker compose up`.',
    )
  }
  const directory = resolve(options.directory)
  const record = await StackRecord.claim(directory)
  let services: readonly Service[] = []
  let stopping: Promise<void> | null = null
  const stop = () => {
    stopping ??= Promise.all(embedded(services).map((service) => service.stop())).then(() => record.release())
    return stopping
  }
  try {
    rmSync(join(directory, LOGS), { recursive: true, force: true })
    mkdirSync(join(directory, LOGS))
    const kafka = await declare(KAFKA, options.kafkaPort, directory, options, record)
    const redis = await declare(REDIS, options.redisPort, directory, options, record)
    const postgres = await declare(POSTGRES, options.postgresPort, directory, options, record)
    services = [kafka, redis, postgres]
    await startAll(embedded(services), options)
    const addresses = { kafka: kafka.address, redisUrl: redis.address, databaseUrl: postgres.address }
    record.publish(addresses)
    return { addresses, kafka, redis, postgres, services, stop }
  } catch (error) {
    await stop()
    throw isForbidden(error) ? foreign(directory, error) : error
  }
}

/**
 * Removes the data of the stack of a directory, and nothing else that is in it.
 *
 * @throws LaurelError ALREADY_RUNNING while it is in use
 */
export async function resetStack(path: string): Promise<void> {
  const directory = resolve(path)
  if (!existsSync(directory)) return removeData(directory)
  const record = await StackRecord.claim(directory)
  try {
    removeData(directory)
  } catch (error) {
    throw isForbidden(error) ? foreign(directory, error) : error
  } finally {
    record.release()
  }
  if (readdirSync(directory).length === 0) rmdirSync(directory)
}

function removeData(directory: string): void {
  for (const name of [KAFKA.home, REDIS.home, POSTGRES.home, LOGS]) {
    rmSync(join(directory, name), { recursive: true, force: true })
  }
  // Only root puts anything there.
  if (process.getuid?.() !== 0) return
  rmSync(publicDirectory(join(directory, POSTGRES.home)), { recursive: true, force: true })
}

async function declare(
  { name, home, variable, portVariable, address, prepare }: Blueprint,
  wantedPort: number,
  directory: string,
  options: StackOptions,
  record: StackRecord,
): Promise<Service> {
  const { environment, durable } = options
  const given = environment[variable]
  if (given) return givenService(name, given, variable)
  if (wantedPort !== 0) await assertPortFree(wantedPort, portVariable)
  const port = wantedPort === 0 ? await freePort() : wantedPort
  const log = (line: string) => options.log(`${name}: ${line}`)
  const service: Service = new EmbeddedService({
    name,
    address: address(port),
    output: join(directory, LOGS, `${home}.log`),
    prepare: (abort) => prepare(join(directory, home), port, { durable, environment, log, abort }),
    onProcess: (pid) => record.started(name, pid),
    onDeath: (reason) => options.onDeath?.(service, reason),
  })
  return service
}

// One that fails ends the others' starts too: nobody should wait for a download that will not be used.
async function startAll(services: readonly Service[], { log, abort }: StackOptions): Promise<void> {
  const failure = new AbortController()
  const either = abort ? AbortSignal.any([abort, failure.signal]) : failure.signal
  const starts = services.map(async (service) => {
    const begun = performance.now()
    await service.start(either)
    log(`${service.name}: ready (${((performance.now() - begun) / 1_000).toFixed(1)} s)`)
  })
  try {
    await Promise.all(starts)
  } catch (error) {
    failure.abort(error)
    await Promise.allSettled(starts)
    throw error
  }
}

function embedded(services: readonly Service[]): readonly Service[] {
  return services.filter((service) => service.embedded)
}

function isForbidden(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')
}

function foreign(directory: string, error: NodeJS.ErrnoException): LaurelError {
  return new LaurelError(
    'STACK_UNAVAILABLE',
    `${error.path ?? directory} belongs to another user, who started Laurel here before. Start it as that user, or give this one the data: chown -R ${process.getuid?.()} ${directory}`,
    error,
  )
}
