import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { parse } from 'yaml'
import { QUEUE_NAMES } from '#queue/queues.ts'
import { isVariable, readConfig } from '#runtime/config.ts'
import { isKafkaVariable, parseKafkaSettings } from '#stream/settings.ts'
import { voucherOf } from '../../apps/ops/proxy.ts'
import { usersOf } from '../../apps/ops/users.ts'
import { objectionTo } from '../support/commands.ts'

interface Service {
  readonly image: string
  readonly build?: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly secrets?: readonly string[]
  readonly restart?: string
  readonly container_name?: string
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean }
}

const text = readFileSync('docker-compose.yml', 'utf8')
const compose = parse(text, { merge: true }) as {
  services: Record<string, Service>
  volumes: Record<string, null>
  secrets: Record<string, { readonly file: string }>
}
const services = Object.entries(compose.services)
const laurel = services.filter(([, { build }]) => build !== undefined)
/** Those that do their work and end. */
const oneOffs = laurel.filter(([, { restart }]) => restart === 'no')

/** What the official images read, of those that are set. */
const IMAGES = new Set([
  'CLUSTER_ID',
  'KAFKA_ADVERTISED_LISTENERS',
  'KAFKA_AUTO_CREATE_TOPICS_ENABLE',
  'KAFKA_CONTROLLER_LISTENER_NAMES',
  'KAFKA_CONTROLLER_QUORUM_VOTERS',
  'KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS',
  'KAFKA_INTER_BROKER_LISTENER_NAME',
  'KAFKA_LISTENERS',
  'KAFKA_LISTENER_SECURITY_PROTOCOL_MAP',
  'KAFKA_LOG_DIRS',
  'KAFKA_NODE_ID',
  'KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR',
  'KAFKA_PROCESS_ROLES',
  'KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR',
  'KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR',
  'KAFKA_TRANSACTION_STATE_LOG_MIN_ISR',
  'KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR',
  'POSTGRES_DB',
  'POSTGRES_PASSWORD',
  'POSTGRES_USER',
])
/** TZ is Node's. */
const isLaurels = (name: string) => isVariable(name) || isKafkaVariable(name) || name === 'TZ'

/** As compose fills in variables, with these set; one that must be set and is not is an error. */
function resolve(environment: Readonly<Record<string, string>>, set: Readonly<Record<string, string>>) {
  const fill = (_: string, variable: string, operator: string, rest: string) => {
    const given = set[variable]
    if (operator === ':+') return given ? rest : ''
    if (given || (given === '' && operator === '?')) return given
    if (operator === ':-') return rest
    throw new Error(`${variable}: ${rest}`)
  }
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value.replace(/\$\{(\w+)(:[-+]|\?)([^}]*)\}/g, fill),
    ]),
  )
}

describe('every service of Laurel', () => {
  test.each(laurel)('%s runs a command that exists', (_, { command = [] }) => {
    expect(objectionTo(command)).toBeUndefined()
  })

  test.each(laurel)('%s is given variables that Laurel reads', (_, { environment = {} }) => {
    expect(Object.keys(environment).filter((name) => !isLaurels(name))).toEqual([])
  })

  test.each(laurel)('%s is configured as Laurel accepts it', (_, { environment = {} }) => {
    const resolved = resolve(environment, { OPS_PASSWORD: 'a long secret' })
    expect(() => readConfig(resolved)).not.toThrow()
    expect(parseKafkaSettings(resolved).brokers).toEqual(['kafka:19092'])
  })
})

describe('Bull Board', () => {
  const { environment = {}, secrets = [] } = compose.services.ops!
  const configured = (set: Readonly<Record<string, string>>) => readConfig(resolve(environment, set))

  it('has no password unless the user gives one', () => {
    expect(() => resolve(environment, {})).toThrow('OPS_PASSWORD: set OPS_PASSWORD')
    expect(() => usersOf(configured({ OPS_PASSWORD: '' }))).toThrow('OPS_PASSWORD: is missing')
  })

  it('reads people from where their file is mounted, and only where there is one', () => {
    expect(configured({ OPS_PASSWORD: 'a long secret' }).OPS_USERS_FILE).toBeUndefined()
    const config = configured({ OPS_PASSWORD: '', OPS_USERS_FILE: './people.yaml' })
    expect(config.OPS_USERS_FILE).toBe(`/run/secrets/${secrets[0]}`)
    const mounted = (set: Readonly<Record<string, string>>) =>
      resolve({ file: compose.secrets[secrets[0]!]!.file }, set).file
    expect(mounted({ OPS_USERS_FILE: './people.yaml' })).toBe('./people.yaml')
    expect(existsSync(mounted({})!)).toBe(true)
  })

  it('believes a proxy that it is told of', () => {
    const config = configured({
      OPS_PASSWORD: '',
      OPS_PROXY_USER_HEADER: 'X-Forwarded-User',
      OPS_PROXY_ROLE_HEADER: 'X-Forwarded-Groups',
      TRUSTED_PROXIES: '172.16.0.0/12',
    })
    expect(() => voucherOf(config)).not.toThrow()
    expect(usersOf(config).find('ops')).toBeUndefined()
    expect(config.OPS_PROXY_USER_HEADER).toBe('X-Forwarded-User')
  })
})

test.each(QUEUE_NAMES)('the pool %s has a service of its own, which can be scaled', (pool) => {
  const service = compose.services[`worker-${pool}`]
  expect(service?.command).toEqual(['worker', '--pools', pool])
  expect(service).not.toHaveProperty('container_name')
  expect(service).not.toHaveProperty('ports')
})

test('the official images are given variables that they read', () => {
  const others = services.filter(([, { build }]) => build === undefined)
  const names = others.flatMap(([, { environment = {} }]) => Object.keys(environment))
  expect(names.filter((name) => !IMAGES.has(name))).toEqual([])
})

test('every variable that the file asks for is one that somebody reads', () => {
  const asked = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name!))
  const own = new Set(['KAFKA_PORT', 'POSTGRES_PASSWORD'])
  expect([...asked].filter((name) => !isLaurels(name) && !own.has(name))).toEqual([])
})

describe('what a service waits for', () => {
  const needs = services.flatMap(([name, { depends_on = {} }]) =>
    Object.entries(depends_on).map(([other, { condition }]) => [name, other, condition] as const),
  )

  test.each(needs)('%s: %s (%s)', (_, other, condition) => {
    const service = compose.services[other]
    expect(service).toBeDefined()
    if (condition === 'service_healthy') expect(service?.healthcheck?.test).toBeDefined()
    else {
      expect(condition).toBe('service_completed_successfully')
      expect(service?.restart).toBe('no')
    }
  })

  test.each(laurel)('%s starts on tables and topics that are there', (name, { depends_on = {} }) => {
    if (!oneOffs.some(([oneOff]) => oneOff === name)) expect(depends_on).toHaveProperty('migrate')
    if (name === 'bridge') expect(depends_on).toHaveProperty('topics')
  })
})

describe('health checks', () => {
  test.each(services)('%s has one, unless it ends by itself', (name, { healthcheck }) => {
    const ends = oneOffs.some(([oneOff]) => oneOff === name)
    expect(healthcheck?.disable ?? false).toBe(ends)
    expect(healthcheck?.test !== undefined).toBe(!ends)
  })

  const looks = laurel.filter((service) => !oneOffs.includes(service))
  test.each(looks)('that of %s asks its own port', (name, { healthcheck, environment = {} }) => {
    const own = { api: 'API_PORT', ops: 'OPS_PORT' }[name] ?? 'METRICS_PORT'
    const [, port] = /127\.0\.0\.1:(\d+)\/(?:healthz|readyz)/.exec(healthcheck?.test?.at(-1) ?? '') ?? []
    expect(port).toBe(environment[own])
    expect(environment[own.replace('PORT', 'HOST')]).toBe('0.0.0.0')
  })
})

test('what is published is published to this machine alone', () => {
  const ports = services.flatMap(([name, service]) => (service.ports ?? []).map((port) => [name, port]))
  expect(ports.map(([name]) => name)).toEqual(['kafka', 'api', 'ops'])
  expect(ports.filter(([, port]) => !port!.startsWith('127.0.0.1:'))).toEqual([])
})

test('what has data keeps it in a volume that is declared', () => {
  const named = services
    .filter(([, { build }]) => build === undefined)
    .flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]))
  expect(named.toSorted()).toEqual(['kafka', 'postgres', 'redis'])
  expect(Object.keys(compose.volumes).toSorted()).toEqual(named.toSorted())
})

describe('the listeners of Kafka', () => {
  const { environment = {} } = compose.services.kafka!
  const addresses = (name: string) =>
    Object.fromEntries(environment[name]!.split(',').map((address) => address.split('://')))

  it('are told to clients where they listen', () => {
    const listening = addresses('KAFKA_LISTENERS')
    const advertised = addresses('KAFKA_ADVERTISED_LISTENERS')
    expect(listening).toMatchObject({ INNER: ':19092', HOST: ':9092' })
    expect(advertised).toEqual({ INNER: 'kafka:19092', HOST: expect.stringMatching(/^127\.0\.0\.1:/) })
    const protocols = environment
      .KAFKA_LISTENER_SECURITY_PROTOCOL_MAP!.split(',')
      .map((pair) => pair.split(':')[0])
    expect(protocols.toSorted()).toEqual(Object.keys(listening).toSorted())
  })
})

describe('the image', () => {
  const copied = [...readFileSync('Dockerfile', 'utf8').matchAll(/^COPY (.+) \S+$/gm)].flatMap(
    ([, sources]) => sources!.split(' '),
  )

  it('is made of what is there', () => {
    expect(copied.filter((path) => !existsSync(path))).toEqual([])
  })

  it('gets no more than that', () => {
    const kept = [...readFileSync('.dockerignore', 'utf8').matchAll(/^!(.+)$/gm)].map(([, path]) => path)
    expect(kept.toSorted()).toEqual(copied.toSorted())
  })
})

describe('the commands that the workflow and the file’s own head name', () => {
  const named = [text, readFileSync('.github/workflows/ci.yml', 'utf8')].flatMap((content) =>
    [...content.matchAll(/laurel\.js (.+)$/gm)].map(([, args]) => args!.trim().split(' ')),
  )

  test.each(named.map((args) => [args]))('%j', (args) => {
    expect(objectionTo(args)).toBeUndefined()
  })
})
