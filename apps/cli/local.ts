import { resolve } from 'node:path'
import type { Command } from 'commander'
import { LaurelError } from '#domain/error.ts'
import { publish } from '#pipeline/publication.ts'
import { readConfig, topicsOf } from '#runtime/config.ts'
import { createLog } from '#runtime/log.ts'
import { loadProgram } from '#runtime/program.ts'
import { assertPortFree } from '#stack/port.ts'
import { resetStack, STACK_NEEDS, type Stack, startStack } from '#stack/stack.ts'
import { connect, migrate } from '#store/database.ts'
import { openAdmin } from '#stream/admin.ts'
import { type KafkaSettings, parseKafkaSettings } from '#stream/settings.ts'
import { Activity } from './activity.ts'
import { Child } from './child.ts'
import { DATA, HOME } from './environment.ts'
import { print } from './output.ts'
import { startSample } from './sample.ts'
import { Screen } from './screen.ts'
import { localSecrets, type Secrets } from './secrets.ts'

const PARTITIONS = 3

/** The processes of a local start, and what `laurel` is told to run each. */
const PROCESSES: Readonly<Record<string, readonly string[]>> = {
  bridge: ['bridge'],
  'worker-normalization': ['worker', '--pools', 'normalization,failed-events,maintenance,delivery'],
  'worker-gamification': ['worker', '--pools', 'scoring,gamification,leaderboards'],
  api: ['api'],
  ops: ['ops'],
}

/** The commands that run everything on this machine. */
export function addLocal(program: Command): void {
  program
    .command('start')
    .description('run everything on this machine: Kafka, Redis, PostgreSQL, and all of Laurel')
    .option('--no-sample', 'send no sample traffic')
    .action(({ sample }: { sample: boolean }) => start(sample))
  program
    .command('reset')
    .description('clear the data of `npm start`')
    .action(async () => {
      await resetStack(DATA)
      print('The local data is cleared.')
    })
}

async function start(withSample: boolean): Promise<void> {
  const begun = Date.now()
  const screen = new Screen(process.stdout)
  const log = (line: string) => screen.line(`  ${line}`)
  screen.line(`Starting Laurel. ${STACK_NEEDS}`)
  const stop: (() => Promise<void>)[] = []
  const abort = new AbortController()
  let isStopping = false
  const shutdown = async (status: number) => {
    if (isStopping) return
    isStopping = true
    abort.abort(new LaurelError('STACK_UNAVAILABLE', 'Stopped before it was ready.'))
    screen.end()
    screen.line('Stopping …')
    for (const each of stop.toReversed()) await each().catch((error) => screen.line(String(error)))
    process.exit(status)
  }
  process.on('SIGINT', () => void shutdown(0))
  process.on('SIGTERM', () => void shutdown(0))
  process.on('SIGHUP', () => void shutdown(0))

  try {
    const ports = {
      kafka: portOf('KAFKA_PORT', 9092),
      api: portOf('API_PORT', 8080),
      ops: portOf('OPS_PORT', 8081),
      redis: portOf('REDIS_PORT', 0),
      postgres: portOf('POSTGRES_PORT', 0),
    }
    await assertPortFree(ports.api, 'API_PORT')
    await assertPortFree(ports.ops, 'OPS_PORT')
    const stack = await startStack({
      directory: DATA,
      kafkaPort: ports.kafka,
      redisPort: ports.redis,
      postgresPort: ports.postgres,
      durable: true,
      environment: process.env,
      log,
      abort: abort.signal,
      onDeath: (service, reason) => {
        log(`${service.name} ended (${reason}); starting it again`)
        service.start().catch((error: Error) => log(`${service.name} does not start: ${error.message}`))
      },
    })
    stop.push(() => stack.stop())
    const directory = resolve(HOME, process.env.PROGRAM_DIRECTORY ?? 'programs/telco')
    const { sources, text } = loadProgram(directory)
    const secrets = localSecrets(resolve(DATA, 'secrets.json'), [...sources.byName.keys()])
    const environment = environmentOf(stack, secrets, directory, ports)
    const config = readConfig(environment)
    const kafka = parseKafkaSettings(environment)
    await Promise.all([migrate(config.DATABASE_URL), createTopics(kafka, topicsOf(config))])
    await publishLocally(config.DATABASE_URL, text, log)
    const children = Object.entries(PROCESSES).map(
      ([name, command]) =>
        new Child({ name, command, environment, output: resolve(DATA, 'logs', `${name}.log`), log }),
    )
    stop.push(async () => void (await Promise.all(children.map((child) => child.stop()))))
    await Promise.all(children.map((child) => child.start()))
    if (withSample) stop.push(await startSample(kafka))
    const database = connect(config.DATABASE_URL, { application: 'laurel start', connections: 1 })
    const activity = new Activity({
      database,
      kafka,
      groupId: config.KAFKA_GROUP_ID,
      topics: config.KAFKA_TOPICS,
    })
    welcome(
      screen,
      Math.round((Date.now() - begun) / 1_000),
      kafka,
      ports,
      secrets,
      config.KAFKA_TOPICS.length,
    )
    const timer = setInterval(async () => {
      const line = await activity.describe().catch(() => 'PostgreSQL does not answer')
      if (!isStopping) screen.live(`  ${line}`)
    }, 1_000)
    stop.push(async () => {
      clearInterval(timer)
      await activity.close()
      await database.close()
    })
  } catch (error) {
    if (isStopping) return
    screen.end()
    for (const each of stop.toReversed()) await each().catch(() => {})
    throw error
  }
}

/** What is edited in program.yaml counts from the next start on, where a published rule can be changed so. */
async function publishLocally(url: string, text: string, log: (line: string) => void): Promise<void> {
  const database = connect(url, { application: 'laurel start', connections: 1 })
  try {
    const { version, isNew } = await publish(database, text, 'npm start', Date.now())
    if (isNew && version > 1) log(`program.yaml has changed: it is published as version ${version}`)
  } catch (error) {
    if (!(error instanceof LaurelError && error.code === 'PROGRAM_INVALID')) throw error
    log('program.yaml differs from what is published, in a way that a published program cannot change:')
    for (const line of error.message.split('\n')) log(`  ${line}`)
    log('So the published one stays in force. To begin anew with this one: npm run reset')
  } finally {
    await database.close()
  }
}

type Ports = Readonly<Record<'kafka' | 'api' | 'ops' | 'redis' | 'postgres', number>>

function portOf(variable: string, usual: number): number {
  const text = process.env[variable]
  if (text === undefined || text === '') return usual
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new LaurelError(
      'CONFIGURATION_INVALID',
      `${variable} is "${text}": expected a port number up to 65535.`,
    )
  }
  return Number(text)
}

function environmentOf(stack: Stack, secrets: Secrets, directory: string, ports: Ports): NodeJS.ProcessEnv {
  const { kafka, redisUrl, databaseUrl } = stack.addresses
  return {
    WEBHOOK_TOKENS: Object.entries(secrets.tokens)
      .map(([source, token]) => `${source}=${token}`)
      .join(','),
    OPS_PASSWORD: secrets.opsPassword,
    API_PORT: String(ports.api),
    OPS_PORT: String(ports.ops),
    API_URL: `http://127.0.0.1:${ports.api}`,
    ...process.env,
    PROGRAM_DIRECTORY: directory,
    KAFKA_BOOTSTRAP_SERVERS: kafka,
    REDIS_URL: redisUrl,
    DATABASE_URL: databaseUrl,
    // Several processes on one machine: each takes a free port, and says which in its log.
    METRICS_PORT: '0',
  }
}

async function createTopics(kafka: KafkaSettings, topics: readonly string[]): Promise<void> {
  const admin = await openAdmin(kafka, createLog('laurel', 'silent'))
  try {
    await admin.createTopics(topics, { partitions: PARTITIONS, replicationFactor: 1 })
  } finally {
    await admin.close()
  }
}

function loginOf({ opsPassword }: Secrets): string {
  const { OPS_USERS_FILE: file, OPS_USER: user, OPS_PASSWORD: password } = process.env
  return file ? `as in ${file}` : `${user || 'ops'} / ${password || opsPassword}`
}

function welcome(
  screen: Screen,
  seconds: number,
  kafka: KafkaSettings,
  ports: Ports,
  secrets: Secrets,
  topics: number,
): void {
  const [api, ops] = [`http://127.0.0.1:${ports.api}`, `http://127.0.0.1:${ports.ops}`]
  const event =
    '{"customer_id":"+8801700000042","event_type":"recharge","timestamp":"$(date -u +%FT%TZ)","value":150}'
  for (const line of [
    '',
    `Laurel is ready (${seconds} s)${' '.repeat(16)}Ctrl-C stops it; data stays in .data/`,
    `  Kafka       ${kafka.brokers.join(',').padEnd(22)}  ${topics} topics, ${PARTITIONS} partitions each`,
    `  API         ${api}   docs, /metrics`,
    `  Bull Board  ${ops}   login ${loginOf(secrets)}`,
    '',
    'Try  npx laurel customer +8801700000042',
    '     npx laurel produce --broken        then open failed-events in Bull Board',
    `     curl ${api}/v1/events -H 'authorization: Bearer ${secrets.tokens.app ?? ''}' -H 'content-type: application/json' \\`,
    `       -d "${event.replaceAll('"', '\\"')}"     your first event by webhook`,
    '',
  ]) {
    screen.line(line)
  }
}
