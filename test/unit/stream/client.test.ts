import { describe, expect, it } from 'vitest'
import { clientOptions, consumerOptions } from '#stream/client.ts'
import { mskToken } from '#stream/msk.ts'
import type { KafkaSettings } from '#stream/settings.ts'

const retry = { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5 }
const plain = { mechanism: 'plain', username: 'user', password: 'secret' } as const

const selfHosted: KafkaSettings = {
  preset: 'self-hosted',
  brokers: ['kafka-1:9092', 'kafka-2:9092'],
  clientId: 'laurel',
  tls: null,
  sasl: null,
}
const managed: KafkaSettings = { ...selfHosted, tls: { rejectUnauthorized: true } }
const msk: KafkaSettings = {
  ...managed,
  preset: 'msk-iam',
  sasl: { mechanism: 'msk-iam', region: 'eu-west-1' },
}
const confluent: KafkaSettings = { ...managed, preset: 'confluent', sasl: plain }
const eventHubs: KafkaSettings = {
  ...managed,
  preset: 'event-hubs',
  brokers: ['shop.servicebus.windows.net:9093'],
  sasl: { mechanism: 'plain', username: '$ConnectionString', password: 'Endpoint=sb://shop…' },
}

describe('client options', () => {
  it('self-hosted', () => {
    expect(clientOptions(selfHosted)).toEqual({
      clientId: 'laurel',
      brokers: ['kafka-1:9092', 'kafka-2:9092'],
      connectionTimeout: 3_000,
      authenticationTimeout: 3_000,
      requestTimeout: 30_000,
      retry,
    })
  })

  it('msk-iam', () => {
    expect(clientOptions(msk)).toEqual({
      clientId: 'laurel',
      brokers: ['kafka-1:9092', 'kafka-2:9092'],
      connectionTimeout: 10_000,
      authenticationTimeout: 10_000,
      requestTimeout: 30_000,
      retry,
      ssl: { rejectUnauthorized: true },
      sasl: { mechanism: 'oauthbearer', oauthBearerProvider: expect.any(Function) },
    })
  })

  it('confluent', () => {
    expect(clientOptions(confluent)).toEqual({
      clientId: 'laurel',
      brokers: ['kafka-1:9092', 'kafka-2:9092'],
      connectionTimeout: 10_000,
      authenticationTimeout: 10_000,
      requestTimeout: 30_000,
      retry,
      ssl: { rejectUnauthorized: true },
      sasl: { mechanism: 'plain', username: 'user', password: 'secret' },
    })
  })

  it('event-hubs', () => {
    expect(clientOptions(eventHubs)).toEqual({
      clientId: 'laurel',
      brokers: ['shop.servicebus.windows.net:9093'],
      connectionTimeout: 10_000,
      authenticationTimeout: 10_000,
      requestTimeout: 60_000,
      retry,
      ssl: { rejectUnauthorized: true },
      sasl: { mechanism: 'plain', username: '$ConnectionString', password: 'Endpoint=sb://shop…' },
    })
  })

  it('TLS with certificates', () => {
    const tls = { ca: 'CA', cert: 'CERT', key: 'KEY', rejectUnauthorized: true }
    expect(clientOptions({ ...selfHosted, tls })).toMatchObject({
      ssl: { ca: ['CA'], cert: 'CERT', key: 'KEY', rejectUnauthorized: true },
    })
  })

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('SASL %s', (mechanism) => {
    const { sasl } = clientOptions({ ...selfHosted, sasl: { ...plain, mechanism } })
    expect(sasl).toEqual({ mechanism, username: 'user', password: 'secret' })
  })

  it('SASL oauthbearer gives the token', async () => {
    const { sasl } = clientOptions({ ...selfHosted, sasl: { mechanism: 'oauthbearer', token: 'abc' } })
    expect(sasl).toEqual({ mechanism: 'oauthbearer', oauthBearerProvider: expect.any(Function) })
    expect(await (sasl as { oauthBearerProvider(): unknown }).oauthBearerProvider()).toEqual({ value: 'abc' })
  })
})

describe('consumer options', () => {
  const reading = {
    allowAutoTopicCreation: false,
    minBytes: 1,
    maxWaitTimeInMs: 100,
    maxBytesPerPartition: 524_288,
    retry: { ...retry, restartOnFailure: expect.any(Function) },
  }

  it.each([
    [selfHosted, { sessionTimeout: 6_000, heartbeatInterval: 600, metadataMaxAge: 15_000 }],
    [msk, { sessionTimeout: 10_000, heartbeatInterval: 1_000, metadataMaxAge: 60_000 }],
    [confluent, { sessionTimeout: 45_000, heartbeatInterval: 4_500, metadataMaxAge: 60_000 }],
    [eventHubs, { sessionTimeout: 30_000, heartbeatInterval: 3_000, metadataMaxAge: 180_000 }],
  ])('$preset', (settings, session) => {
    expect(consumerOptions(settings)).toEqual({ ...reading, ...session })
  })

  it('leave it to the supervisor to start again', async () => {
    expect(await consumerOptions(selfHosted).retry?.restartOnFailure?.(new Error('any'))).toBe(false)
  })
})

describe('a token for MSK', () => {
  it('is made for the region', async () => {
    const signer = {
      generateAuthToken: async ({ region }: { region: string }) => ({ token: `for ${region}` }),
    }
    expect(await mskToken('eu-west-1', async () => signer)).toBe('for eu-west-1')
  })

  it('without the package that makes it, says what to install', async () => {
    await expect(mskToken('eu-west-1')).rejects.toThrow('npm install aws-msk-iam-sasl-signer-js')
  })
})
