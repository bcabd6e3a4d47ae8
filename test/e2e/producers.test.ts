import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findExecutable } from '#stack/executable.ts'
import { findJava } from '#stack/java.ts'
import { fetchArtifacts } from '#stack/maven.ts'
import { Installation, REJECTS, until } from '../support/installation.ts'
import { snippetsOf } from '../support/snippets.ts'

const TOPIC = 'billing-events'
const CUSTOMER = '+8801700000042'
const TOKEN = 'only-for-this-test'

const run = promisify(execFile)
const snippets = snippetsOf('docs/producers.md')
const directory = mkdtempSync(join(tmpdir(), 'laurel-producers-'))
let laurel: Installation
/** What the programs find around them. */
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  laurel = await Installation.create({ WEBHOOK_TOKENS: `app=${TOKEN}` })
  await Promise.all([laurel.startAll(), laurel.startApi()])
  environment = { ...laurel.environment, LAUREL_URL: laurel.apiUrl, LAUREL_TOKEN: TOKEN }
})

afterAll(async () => {
  rmSync(directory, { recursive: true })
  await laurel?.stop()
})

/** A program of the page as a file. */
function write(name: string): string {
  const code = snippets.get(name)
  if (code === undefined) throw new Error(`docs/producers.md has no program ${name}`)
  const file = join(directory, name)
  writeFileSync(file, code)
  return file
}

/** Where the messages of the topic that come next will lie, by partition. */
async function ends(): Promise<ReadonlyMap<number, number>> {
  const marks = await laurel.admin.watermarks([TOPIC])
  return new Map(marks.map(({ partition, high }) => [partition, Number(high)]))
}

interface Trace {
  readonly status: string
  readonly event: { readonly source: string; readonly value: number; readonly identity: string } | null
}

/**
 * Runs a program that publishes, and sees that one event arrived and counts.
 *
 * @returns what the program printed, and where the event lies
 */
async function publish(command: string, args: readonly string[]): Promise<{ said: string; place: string }> {
  const before = await ends()
  const { stdout } = await run(command, args, { env: environment })
  const after = await ends()
  const places = [...after].flatMap(([partition, end]) =>
    Array.from({ length: end - before.get(partition)! }, (_, i) => `${TOPIC}/${partition}/${end - 1 - i}`),
  )
  expect(places).toHaveLength(1)
  const [place] = places as [string]
  expect(await read(place)).toMatchObject({
    status: 'stored',
    event: { source: 'billing', value: 150, identity: 'event_id' },
  })
  return { said: stdout.trim(), place }
}

/** What Laurel says of a message, as soon as it has read it. */
async function read(place: string): Promise<Trace> {
  let trace: Trace | undefined
  await until(
    async () => {
      const response = await fetch(`${laurel.apiUrl}/v1/events/${place}`)
      if (response.ok) trace = (await response.json()) as Trace
      return response.ok
    },
    20_000,
    () => `${place} is unknown`,
  )
  return trace!
}

test('Java', async () => {
  const java = await findJava(process.env)
  const artifacts = await fetchArtifacts({ durable: false, environment: process.env, log: () => {} })
  const { said, place } = await publish(java, ['-cp', join(artifacts, 'kafka', '*'), write('Publish.java')])
  expect(said).toBe(place)
})

test('Node', async () => {
  // Given as an argument, it finds kafkajs from here.
  const code = snippets.get('publish.mjs')!
  const { said, place } = await publish(process.execPath, ['--input-type=module', '--eval', code])
  expect(said).toBe(place)
})

test('Python, where kafka-python is installed', async ({ skip }) => {
  const python = await pythonWithKafka()
  if (python === undefined) return skip('no python3 that knows kafka-python: apt-get install python3-kafka')
  const { said, place } = await publish(python, [write('publish.py')])
  expect(said).toBe(place)
})

test('kcat, where it is installed', async ({ skip }) => {
  if (findExecutable('kcat', process.env) === null) skip('no kcat on the PATH: apt-get install kcat')
  else await publish('/bin/sh', [write('kcat.sh')])
})

test('curl', async () => {
  const { stdout } = await run('/bin/sh', [write('curl.sh')], { env: environment })
  expect(JSON.parse(stdout)).toMatchObject({ accepted: 1, duplicates: 0, failed: 0 })
})

test('what they published is on the customer’s account', async () => {
  const path = `/v1/customers/${encodeURIComponent(CUSTOMER)}`
  let balance = 0
  await until(
    async () => {
      const customer = await laurel.ask<{ wallets: { points: { balance: number } } }>(path)
      balance = customer.wallets.points.balance
      return balance >= 45
    },
    20_000,
    () => `${balance} points`,
  )
})

test('what is refused comes back, byte for byte', async () => {
  const value = `{"event_id": "refused",  "customer_id": 1700000042}`
  await laurel.publish([{ topic: TOPIC, value }])
  await until(
    async () => (await laurel.admin.watermarks([REJECTS])).some(({ high }) => high !== '0'),
    20_000,
    () => 'nothing is rejected',
  )
  expect(await laurel.messages([REJECTS])).toMatchObject([{ value }])
})

test('every program of the page is run here', () => {
  expect([...snippets.keys()].toSorted()).toEqual([
    'Publish.java',
    'curl.sh',
    'kcat.sh',
    'publish.mjs',
    'publish.py',
  ])
})

/** The first python3 that can import kafka-python: a package of the system belongs to the system's python. */
async function pythonWithKafka(): Promise<string | undefined> {
  for (const python of ['python3', '/usr/bin/python3']) {
    const found = await run(python, ['-c', 'import kafka']).then(
      () => true,
      () => false,
    )
    if (found) return python
  }
  return undefined
}
