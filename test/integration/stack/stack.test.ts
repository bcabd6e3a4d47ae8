import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import kafkajs from 'kafkajs'
import postgres from 'postgres'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import { findExecutable } from '#stack/executable.ts'
import { findJava } from '#stack/java.ts'
import { freePort } from '#stack/port.ts'
import { publicDirectory } from '#stack/postgres.ts'
import { kafkaAnswers, postgresAnswers, redisAnswers } from '#stack/probe.ts'
import { processTable } from '#stack/process.ts'
import { type Addresses, runningStack } from '#stack/record.ts'
import type { ServiceName } from '#stack/service.ts'
import { resetStack, type Stack, type StackOptions, startStack } from '#stack/stack.ts'

const TOPIC = 'marks'

let parent: string
let directory: string
let lines: string[]
const stacks = new Set<Stack>()

beforeEach(() => {
  lines = []
})

function makeDirectory(): void {
  parent = mkdtempSync(join(tmpdir(), 'laurel-stack-'))
  directory = join(parent, 'a place, with: odd = names')
}

async function removeDirectory(): Promise<void> {
  await Promise.all([...stacks].map((stack) => stack.stop()))
  stacks.clear()
  await resetStack(directory)
  rmSync(parent, { recursive: true })
}

const { PATH, HOME, JAVA_HOME, XDG_CACHE_HOME } = process.env
const environment = { PATH, HOME, JAVA_HOME, XDG_CACHE_HOME }

async function start(options: Partial<StackOptions> = {}): Promise<Stack> {
  const stack = await startStack({
    directory,
    kafkaPort: 0,
    redisPort: 0,
    postgresPort: 0,
    durable: false,
    environment,
    log: (line) => lines.push(line),
    ...options,
  })
  stacks.add(stack)
  return stack
}

function kafkaClient(address: string): kafkajs.Kafka {
  return new kafkajs.Kafka({ brokers: [address], logLevel: kafkajs.logLevel.NOTHING })
}

/** Leaves a mark in each service. */
async function write({ kafka, redisUrl, databaseUrl }: Addresses): Promise<void> {
  const admin = kafkaClient(kafka).admin()
  const producer = kafkaClient(kafka).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  const redis = new Redis(redisUrl)
  const sql = postgres(databaseUrl, { max: 1 })
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 3 }], waitForLeaders: true })
  await producer.connect()
  await producer.send({ topic: TOPIC, messages: [{ partition: 1, value: 'mark' }] })
  await redis.set('mark', 'redis')
  await sql`create table marks (mark text)`
  await sql`insert into marks values ('postgres')`
  await Promise.all([admin.disconnect(), producer.disconnect(), redis.quit(), sql.end()])
}

/** What is left of the marks, and which cluster it is. */
async function read({ kafka, redisUrl, databaseUrl }: Addresses) {
  const admin = kafkaClient(kafka).admin()
  const redis = new Redis(redisUrl)
  const sql = postgres(databaseUrl, { max: 1 })
  await admin.connect()
  try {
    // A broker that has just started may not lead its partitions yet.
    const offsets = await vi.waitFor(() => admin.fetchTopicOffsets(TOPIC), { timeout: 20_000 })
    return {
      cluster: (await admin.describeCluster()).clusterId,
      messages: offsets.map(({ high }) => Number(high)).toSorted(),
      redis: await redis.get('mark'),
      postgres: [...(await sql`select mark from marks`)],
    }
  } finally {
    await Promise.all([admin.disconnect(), redis.quit(), sql.end()])
  }
}

async function query({ addresses }: Stack, text: string): Promise<unknown[]> {
  const sql = postgres(addresses.databaseUrl, { max: 1 })
  try {
    return [...(await sql.unsafe(text))]
  } finally {
    await sql.end()
  }
}

/** Whether a query over a series is running. */
async function isActive(databaseUrl: string): Promise<boolean> {
  const sql = postgres(databaseUrl, { max: 1 })
  const rows = await sql`
    select from pg_stat_activity where state = 'active' and query like '%series%' and pid <> pg_backend_pid()`
  await sql.end()
  return rows.length > 0
}

const MARKS = { messages: [0, 0, 1], redis: 'redis', postgres: [{ mark: 'postgres' }] }

/** Whether a service answers in its own protocol. */
function answers(stack: Stack, name: ServiceName): Promise<boolean> {
  const { kafka, redisUrl, databaseUrl } = stack.addresses
  if (name === 'Kafka') return kafkaAnswers(Number(kafka.split(':')[1]))
  if (name === 'Redis') return redisAnswers(Number(new URL(redisUrl).port))
  return postgresAnswers(Number(new URL(databaseUrl).port), 'laurel', 'laurel')
}

describe('from one start to the next', () => {
  beforeEach(makeDirectory)
  afterEach(removeDirectory)

  test('the data is found again, also on other ports', async () => {
    const first = await start({ durable: true })
    expect(runningStack(directory)).toEqual({ ...first.addresses, pid: process.pid })
    await write(first.addresses)
    const before = await read(first.addresses)
    expect(before).toMatchObject(MARKS)
    await first.stop()
    expect(runningStack(directory)).toBeNull()
    for (const service of first.services) expect(await answers(first, service.name)).toBe(false)

    const second = await start()
    expect(second.addresses).not.toEqual(first.addresses)
    expect(await read(second.addresses)).toEqual(before)
  })

  test('a reset removes it, and nothing else', async () => {
    const stack = await start({ environment: { ...environment, KAFKA_BOOTSTRAP_SERVERS: inject('kafka') } })
    await expect(resetStack(directory)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' })
    await stack.stop()
    writeFileSync(join(directory, 'other'), '')
    await resetStack(directory)
    expect(readdirSync(directory)).toEqual(['other'])
    rmSync(join(directory, 'other'))
    await resetStack(directory)
    expect(existsSync(directory)).toBe(false)
  })

  test.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
    'as root, PostgreSQL runs as another user, whose data lies where that one can reach it',
    async () => {
      // What mkdtemp makes, only root may enter.
      const elsewhere = publicDirectory(join(directory, 'postgres'))
      const others = { KAFKA_BOOTSTRAP_SERVERS: inject('kafka'), REDIS_URL: inject('redisUrl') }
      const restart = () => start({ environment: { ...environment, ...others } })
      const first = await restart()
      expect(statSync(`/proc/${first.postgres.pid}`).uid).not.toBe(0)
      await query(first, 'create table marks (mark text)')
      await first.stop()
      expect(existsSync(join(elsewhere, 'postgres', 'data'))).toBe(true)

      const second = await restart()
      expect(await query(second, 'select from marks')).toEqual([])
      await second.stop()

      rmSync(directory, { recursive: true })
      const afterwards = await restart()
      await expect(query(afterwards, 'select from marks')).rejects.toThrow('does not exist')
      await afterwards.stop()
      await resetStack(directory)
      expect(existsSync(elsewhere)).toBe(false)
    },
  )

  test('a crash of all three is healed by the next start', async () => {
    const stack = await start()
    await write(stack.addresses)
    for (const service of stack.services) await service.kill()
    await stack.stop()
    expect(await read((await start()).addresses)).toMatchObject(MARKS)
  })
})

describe('a running stack', () => {
  let stack: Stack
  const deaths: string[] = []

  beforeAll(async () => {
    makeDirectory()
    stack = await start({ onDeath: ({ name }, reason) => deaths.push(`${name}: ${reason}`) })
    await write(stack.addresses)
  })
  afterAll(removeDirectory)

  test('keeps others out of its directory', async () => {
    await expect(start()).rejects.toMatchObject({
      code: 'ALREADY_RUNNING',
      message: expect.stringContaining(`(process ${process.pid})`),
    })
    expect(await read(stack.addresses)).toMatchObject(MARKS)
  })

  test('listens on loopback alone', () => {
    for (const address of Object.values(stack.addresses)) expect(address).toContain('127.0.0.1:')
  })

  describe.each(['kafka', 'redis', 'postgres'] as const)('%s', (key) => {
    test('can be stopped and started, on its port and with its data', async () => {
      await stack[key].stop()
      expect(stack[key].pid).toBeNull()
      expect(await answers(stack, stack[key].name)).toBe(false)
      await stack[key].stop()
      await stack[key].start()
      expect(await read(stack.addresses)).toMatchObject(MARKS)
    })

    test('can be killed and started again', async () => {
      await stack[key].kill()
      expect(await answers(stack, stack[key].name)).toBe(false)
      await stack[key].start()
      expect(await read(stack.addresses)).toMatchObject(MARKS)
    })

    test('gives no answer while it is frozen, and goes on when it is thawed', async () => {
      await stack[key].freeze()
      expect(await answers(stack, stack[key].name)).toBe(false)
      await stack[key].thaw()
      await vi.waitUntil(() => answers(stack, stack[key].name), { timeout: 10_000 })
      expect(await read(stack.addresses)).toMatchObject(MARKS)
    })

    test('can be stopped while it is frozen', async () => {
      await stack[key].freeze()
      await stack[key].stop()
      await stack[key].start()
      expect(await read(stack.addresses)).toMatchObject(MARKS)
    })

    test('is reported when it dies by itself, and only then', async () => {
      expect(deaths).toEqual([])
      process.kill(stack[key].pid ?? 0, 'SIGKILL')
      await vi.waitUntil(() => deaths.length > 0, { timeout: 10_000 })
      expect(deaths.splice(0)).toEqual([
        expect.stringContaining(`${stack[key].name} has ended by itself (SIGKILL). The end of ${directory}`),
      ])
      await stack[key].start()
      expect(await read(stack.addresses)).toMatchObject(MARKS)
    })
  })

  test('PostgreSQL that dies under a long query starts again when that has ended', async () => {
    const sql = postgres(stack.addresses.databaseUrl, { max: 1 })
    await sql`select 1`
    const query = sql`select count(*) from generate_series(1, 10000000) a, generate_series(1, 2) b`.catch(
      () => 0,
    )
    await vi.waitUntil(() => isActive(stack.addresses.databaseUrl))
    process.kill(stack.postgres.pid ?? 0, 'SIGKILL')
    await vi.waitUntil(() => deaths.length > 0)
    deaths.length = 0
    await stack.postgres.start()
    expect(await read(stack.addresses)).toMatchObject(MARKS)
    await query
    await sql.end()
  })

  test('a connection that is open stalls while PostgreSQL is frozen', async () => {
    const sql = postgres(stack.addresses.databaseUrl, { max: 1 })
    await sql`select 1`
    await stack.postgres.freeze()
    let answered = false
    const query = sql`select 1`.then(() => {
      answered = true
    })
    // Two questions to another process pass before the answer that must not come.
    await answers(stack, 'Redis')
    await answers(stack, 'PostgreSQL')
    expect(answered).toBe(false)
    await stack.postgres.thaw()
    await query
    await sql.end()
  })
})

describe('what the environment and the options say', () => {
  beforeEach(makeDirectory)
  afterEach(removeDirectory)

  test('services that it names are used as they are, and nothing is started', async () => {
    const given = {
      KAFKA_BOOTSTRAP_SERVERS: inject('kafka'),
      REDIS_URL: inject('redisUrl'),
      DATABASE_URL: inject('databaseUrl'),
    }
    const stack = await start({ environment: given })
    expect(stack.addresses).toEqual({
      kafka: inject('kafka'),
      redisUrl: inject('redisUrl'),
      databaseUrl: inject('databaseUrl'),
    })
    expect(stack.services.map(({ embedded, pid }) => ({ embedded, pid }))).toEqual(
      Array(3).fill({ embedded: false, pid: null }),
    )
    expect(processTable().filter(({ parent: of }) => of === process.pid)).toEqual([])
    await expect(stack.kafka.stop()).rejects.toThrow('the one that KAFKA_BOOTSTRAP_SERVERS names')
    await stack.stop()
    expect(await redisAnswers(Number(new URL(inject('redisUrl')).port))).toBe(true)
  })

  test('without a Redis on the PATH the one that Laurel carries runs', async () => {
    const bin = join(parent, 'bin')
    mkdirSync(bin)
    symlinkSync(await findJava(process.env), join(bin, 'java'))
    const maven = findExecutable('mvn', process.env)
    if (maven) symlinkSync(maven, join(bin, 'mvn'))
    const given = { KAFKA_BOOTSTRAP_SERVERS: inject('kafka'), DATABASE_URL: inject('databaseUrl') }
    const stack = await start({ environment: { ...environment, PATH: bin, ...given } })
    const redis = new Redis(stack.addresses.redisUrl)
    expect(await redis.info('server')).toContain('redis_version:6.2.')
    expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction'])
    await redis.quit()
  })

  test.each([
    ['kafkaPort', 'KAFKA_PORT'],
    ['redisPort', 'REDIS_PORT'],
    ['postgresPort', 'POSTGRES_PORT'],
  ])('%s, when it is taken, is refused with the variable that changes it', async (option, variable) => {
    const port = await freePort()
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    try {
      await expect(start({ [option]: port })).rejects.toMatchObject({
        code: 'PORT_TAKEN',
        message: expect.stringContaining(`set ${variable} to a free port`),
      })
      expect(lines).toEqual([])
      expect(runningStack(directory)).toBeNull()
    } finally {
      server.close()
    }
  })

  test('a start that fails leaves nothing running, and the next one works', async () => {
    await expect(start({ environment: { PATH: '' } })).rejects.toMatchObject({ code: 'DEPENDENCY_MISSING' })
    await expect(start({ abort: AbortSignal.timeout(500) })).rejects.toThrow('timeout')
    expect(runningStack(directory)).toBeNull()
    await start({ environment: { ...environment, KAFKA_BOOTSTRAP_SERVERS: inject('kafka') } })
    expect(runningStack(directory)).not.toBeNull()
  })
})
