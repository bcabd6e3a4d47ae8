import { execFile } from 'node:child_process'
import { openSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { findJava } from '#stack/java.ts'
import { leash, release } from '#stack/leash.ts'
import { fetchArtifacts } from '#stack/maven.ts'
import { freePort } from '#stack/port.ts'
import { openAdmin } from '#stream/admin.ts'
import { openProducer } from '#stream/producer.ts'
import { parseKafkaSettings } from '#stream/settings.ts'
import { Collector, silent, unique } from './fixture.ts'

const run = promisify(execFile)
const jaas = (module: string, options = '') =>
  `org.apache.kafka.common.security.${module} required${options};`

/** A broker of its own, which wants a login, over TLS on one listener and without on the other. */
async function startBroker(directory: string) {
  const environment = process.env
  const java = await findJava(environment)
  const classpath = join(await fetchArtifacts({ durable: false, environment, log: () => {} }), 'kafka', '*')
  const [tls, open, controller] = [await freePort(), await freePort(), await freePort()]

  const store = [
    '-keystore',
    'broker.p12',
    '-storetype',
    'PKCS12',
    '-storepass',
    'changeit',
    '-alias',
    'broker',
  ]
  const keytool = (...args: string[]) =>
    run(join(dirname(java), 'keytool'), [...args, ...store], { cwd: directory })
  await keytool('-genkeypair', '-keyalg', 'EC', '-dname', 'CN=localhost', '-ext', 'san=ip:127.0.0.1')
  const { stdout: certificate } = await keytool('-exportcert', '-rfc')
  writeFileSync(join(directory, 'ca.pem'), certificate)

  const plain = jaas(
    'plain.PlainLoginModule',
    ' username="broker" password="b" user_broker="b" user_laurel="secret"',
  )
  const properties = {
    'node.id': 1,
    'process.roles': 'broker,controller',
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `TLS://127.0.0.1:${tls},OPEN://127.0.0.1:${open},CONTROLLER://127.0.0.1:${controller}`,
    'listener.security.protocol.map': 'TLS:SASL_SSL,OPEN:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'OPEN',
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    ...Object.fromEntries(
      ['tls', 'open'].flatMap((listener) => [
        [`listener.name.${listener}.plain.sasl.jaas.config`, plain],
        [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`, jaas('scram.ScramLoginModule')],
        [`listener.name.${listener}.scram-sha-512.sasl.jaas.config`, jaas('scram.ScramLoginModule')],
      ]),
    ),
    'ssl.keystore.location': 'broker.p12',
    'ssl.keystore.password': 'changeit',
    'ssl.keystore.type': 'PKCS12',
    'log.dirs': 'data',
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
  }
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(join(directory, 'server.properties'), lines.join(''))
  const kafka = ['-Xmx256m', '-cp', classpath]
  const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => {
    return ['--add-scram', `${mechanism}=[name=laurel,password=secret]`]
  })
  const format = [
    'kafka.tools.StorageTool',
    'format',
    '-t',
    'MkU3OEVBNTcwNTJENDM2Qk',
    '-c',
    'server.properties',
  ]
  await run(java, [...kafka, ...format, ...users], { cwd: directory })
  const output = openSync(join(directory, 'kafka.log'), 'a')
  const broker = leash(java, [...kafka, 'kafka.Kafka', 'server.properties'], output, {
    environment,
    directory,
  })
  return { broker, tls: `127.0.0.1:${tls}`, open: `127.0.0.1:${open}` }
}

let directory: string
let kafka: Awaited<ReturnType<typeof startBroker>>

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'laurel-security-'))
  kafka = await startBroker(directory)
  const settings = parseKafkaSettings(login('plain', kafka.open))
  const answers = async () => {
    const admin = await openAdmin(settings, silent)
    await admin.close()
  }
  await vi.waitFor(answers, { timeout: 40_000, interval: 250 }).catch((error) => {
    throw new Error(readFileSync(join(directory, 'kafka.log'), 'utf8').slice(-2_000), { cause: error })
  })
}, 90_000)

afterAll(async () => {
  release(kafka.broker)
  await new Promise((ended) => kafka.broker.once('exit', ended))
  await rm(directory, { recursive: true })
})

function login(mechanism: string, brokers: string, more: Record<string, string> = {}) {
  return {
    KAFKA_BOOTSTRAP_SERVERS: brokers,
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: 'laurel',
    KAFKA_SASL_PASSWORD: 'secret',
    ...more,
  }
}

describe('a broker that wants a login', { timeout: 30_000 }, () => {
  it.each(['plain', 'scram-sha-256', 'scram-sha-512'])('lets in by %s', async (mechanism) => {
    const admin = await openAdmin(parseKafkaSettings(login(mechanism, kafka.open)), silent)
    expect(await admin.topics()).toEqual(expect.any(Array))
    await admin.close()
  })

  it('is written and read over TLS, as a managed service would be', async () => {
    const settings = parseKafkaSettings({
      ...login('plain', kafka.tls),
      KAFKA_PRESET: 'confluent',
      KAFKA_SSL_CA_FILE: join(directory, 'ca.pem'),
    })
    const topic = unique('topic')
    const admin = await openAdmin(settings, silent)
    await admin.createTopics([topic], { partitions: 1, replicationFactor: 1 })
    await admin.close()
    const producer = await openProducer(settings, silent)
    await producer.send(topic, [{ value: 'secret' }])
    await producer.close()
    const collector = new Collector({ settings, topics: [topic] })
    await vi.waitUntil(() => collector.values.includes('secret'), { timeout: 15_000 })
    await collector.stop()
  })

  it.each([
    ['a wrong password', { KAFKA_SASL_PASSWORD: 'guess' }, 'open', 'Invalid username or password'],
    [
      'no login',
      { KAFKA_SASL_MECHANISM: '', KAFKA_SASL_USERNAME: '', KAFKA_SASL_PASSWORD: '' },
      'open',
      'cannot be used',
    ],
    ['a certificate nobody vouches for', { KAFKA_SSL: 'true' }, 'tls', 'self-signed certificate'],
  ] as const)('refuses %s, and it is told', async (_, change, listener, reason) => {
    const settings = parseKafkaSettings(login('plain', kafka[listener], change))
    await expect(openAdmin(settings, silent)).rejects.toThrow(reason)
  })

  it('may be tried without checking its certificate', async () => {
    const settings = parseKafkaSettings(login('plain', kafka.tls, { KAFKA_SSL: 'insecure' }))
    const admin = await openAdmin(settings, silent)
    await admin.close()
  })
})
