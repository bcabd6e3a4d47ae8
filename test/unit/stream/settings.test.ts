import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { LaurelError } from '#domain/error.ts'
import { isKafkaVariable, parseKafkaSettings } from '#stream/settings.ts'

const directory = mkdtempSync(join(tmpdir(), 'laurel-settings-'))
const ca = join(directory, 'ca.pem')
const cert = join(directory, 'client.pem')
const key = join(directory, 'client.key')
for (const path of [ca, cert, key]) writeFileSync(path, `content of ${path}`)
afterAll(() => rmSync(directory, { recursive: true }))

const servers = { KAFKA_BOOTSTRAP_SERVERS: 'kafka-1:9092, kafka-2:9093' }
const connection =
  'Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=laurel;SharedAccessKey=c2VjcmV0'

describe('settings', () => {
  it('need no more than the brokers', () => {
    expect(parseKafkaSettings(servers)).toEqual({
      preset: 'self-hosted',
      brokers: ['kafka-1:9092', 'kafka-2:9093'],
      clientId: 'laurel',
      tls: null,
      sasl: null,
    })
  })

  it('take an empty variable as unset', () => {
    expect(
      parseKafkaSettings({ ...servers, KAFKA_PRESET: '', KAFKA_SSL: '', KAFKA_SASL_MECHANISM: '' }),
    ).toEqual(parseKafkaSettings(servers))
  })

  it('read certificates, and use TLS where they are given', () => {
    const { tls } = parseKafkaSettings({
      ...servers,
      KAFKA_SSL_CA_FILE: ca,
      KAFKA_SSL_CERT_FILE: cert,
      KAFKA_SSL_KEY_FILE: key,
    })
    expect(tls).toEqual({
      ca: `content of ${ca}`,
      cert: `content of ${cert}`,
      key: `content of ${key}`,
      rejectUnauthorized: true,
    })
  })

  it.each([
    ['true', { rejectUnauthorized: true }],
    ['insecure', { rejectUnauthorized: false }],
    ['false', null],
  ])('use TLS as KAFKA_SSL=%s says', (ssl, tls) => {
    expect(parseKafkaSettings({ ...servers, KAFKA_SSL: ssl }).tls).toEqual(tls)
  })

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'])('log in by %s, the password as it is', (mechanism) => {
    const login = { KAFKA_SASL_USERNAME: 'laurel', KAFKA_SASL_PASSWORD: ' spaces count ' }
    expect(parseKafkaSettings({ ...servers, ...login, KAFKA_SASL_MECHANISM: mechanism }).sasl).toEqual({
      mechanism,
      username: 'laurel',
      password: ' spaces count ',
    })
  })

  it('log in by a bearer token', () => {
    const env = { ...servers, KAFKA_SASL_MECHANISM: 'oauthbearer', KAFKA_SASL_PASSWORD: 'token' }
    expect(parseKafkaSettings(env).sasl).toEqual({ mechanism: 'oauthbearer', token: 'token' })
  })

  it('of MSK need its region only', () => {
    const env = { KAFKA_PRESET: 'msk-iam', KAFKA_BOOTSTRAP_SERVERS: 'b-1:9098', KAFKA_REGION: 'eu-west-1' }
    expect(parseKafkaSettings(env)).toMatchObject({
      tls: { rejectUnauthorized: true },
      sasl: { mechanism: 'msk-iam', region: 'eu-west-1' },
    })
  })

  it('of Confluent Cloud need its API key', () => {
    const env = {
      ...servers,
      KAFKA_PRESET: 'confluent',
      KAFKA_SASL_USERNAME: 'key',
      KAFKA_SASL_PASSWORD: 'secret',
    }
    expect(parseKafkaSettings(env)).toMatchObject({
      tls: { rejectUnauthorized: true },
      sasl: { mechanism: 'plain', username: 'key', password: 'secret' },
    })
  })

  it('of Event Hubs need its connection string only', () => {
    expect(parseKafkaSettings({ KAFKA_PRESET: 'event-hubs', KAFKA_CONNECTION_STRING: connection })).toEqual({
      preset: 'event-hubs',
      brokers: ['shop.servicebus.windows.net:9093'],
      clientId: 'laurel',
      tls: { rejectUnauthorized: true },
      sasl: { mechanism: 'plain', username: '$ConnectionString', password: connection },
    })
  })
})

describe('mistakes', () => {
  const mistakesIn = (env: Record<string, string>) => {
    try {
      parseKafkaSettings(env)
    } catch (error) {
      expect(error).toBeInstanceOf(LaurelError)
      return (error as Error).message.split('\n')
    }
    return []
  }

  it('are told all at once, each with its variable', () => {
    const mistakes = mistakesIn({
      KAFKA_BOOTSTRAP_SERVERS: 'kafka-1, kafka-2:99999',
      KAFKA_SSL: 'yes',
      KAFKA_SSL_CA_FILE: join(directory, 'nowhere.pem'),
      KAFKA_SSL_CERT_FILE: cert,
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'laurel',
    })
    expect(mistakes).toEqual([
      'KAFKA_BOOTSTRAP_SERVERS: has "kafka-1": write it as host:port, like kafka-1:9092',
      'KAFKA_BOOTSTRAP_SERVERS: has "kafka-2:99999": write it as host:port, like kafka-1:9092',
      'KAFKA_SSL: is "yes": set it to one of true, false, insecure',
      expect.stringMatching(/^KAFKA_SSL_CA_FILE: names a file that cannot be read \(ENOENT/),
      'KAFKA_SSL_KEY_FILE: is missing: a client certificate needs its private key',
      'KAFKA_SASL_PASSWORD: is missing: set it to the user’s password',
    ])
  })

  it.each([
    ['no brokers', {}, 'KAFKA_BOOTSTRAP_SERVERS: is missing'],
    ['an unknown preset', { ...servers, KAFKA_PRESET: 'aws' }, 'KAFKA_PRESET: is "aws"'],
    [
      'a login without a mechanism',
      { ...servers, KAFKA_SASL_USERNAME: 'a' },
      'KAFKA_SASL_MECHANISM: is missing',
    ],
    [
      'an unknown mechanism',
      { ...servers, KAFKA_SASL_MECHANISM: 'gssapi' },
      'KAFKA_SASL_MECHANISM: is "gssapi"',
    ],
    ['a key without certificate', { ...servers, KAFKA_SSL_KEY_FILE: key }, 'KAFKA_SSL_CERT_FILE: is missing'],
    [
      'certificates without TLS',
      { ...servers, KAFKA_SSL: 'false', KAFKA_SSL_CA_FILE: ca },
      'KAFKA_SSL_CA_FILE: must not be set: KAFKA_SSL is "false"',
    ],
    [
      'MSK without its region',
      { KAFKA_PRESET: 'msk-iam', KAFKA_BOOTSTRAP_SERVERS: 'b-1:9098' },
      'KAFKA_REGION: is missing',
    ],
    [
      'MSK with a password',
      {
        KAFKA_PRESET: 'msk-iam',
        KAFKA_BOOTSTRAP_SERVERS: 'b:9098',
        KAFKA_REGION: 'r',
        KAFKA_SASL_PASSWORD: 'p',
      },
      'KAFKA_SASL_PASSWORD: must not be set: KAFKA_PRESET=msk-iam',
    ],
    [
      'a managed service without TLS',
      {
        ...servers,
        KAFKA_PRESET: 'confluent',
        KAFKA_SASL_USERNAME: 'k',
        KAFKA_SASL_PASSWORD: 's',
        KAFKA_SSL: 'false',
      },
      'KAFKA_SSL: is "false", but confluent accepts TLS only',
    ],
    [
      'Event Hubs on another port',
      {
        KAFKA_PRESET: 'event-hubs',
        KAFKA_CONNECTION_STRING: connection,
        KAFKA_BOOTSTRAP_SERVERS: 'shop.servicebus.windows.net:9092',
      },
      'Event Hubs speaks Kafka on port 9093',
    ],
    [
      'something else than a connection string',
      { KAFKA_PRESET: 'event-hubs', KAFKA_CONNECTION_STRING: 'SharedAccessKey=x', ...servers },
      'KAFKA_CONNECTION_STRING: does not begin with Endpoint=sb://',
    ],
  ] as [string, Record<string, string>, string][])('%s', (_, env, mistake) => {
    expect(mistakesIn(env).join('\n')).toContain(mistake)
  })
})

it('knows its variables', () => {
  expect(isKafkaVariable('KAFKA_SSL_CA_FILE')).toBe(true)
  expect(isKafkaVariable('KAFKA_SSL_CA')).toBe(false)
})
