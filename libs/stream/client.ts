import type { ConsumerConfig, KafkaConfig, SASLOptions } from 'kafkajs'
import kafkajs from 'kafkajs'
import { LaurelError } from '#domain/error.ts'
import { registerCodecs } from './codec.ts'
import { kafkaLog, type Log } from './log.ts'
import { mskToken } from './msk.ts'
import { calmRequestQueue } from './request-queue.ts'
import type { KafkaPreset, KafkaSettings, Sasl, Tls } from './settings.ts'

/**
 * What differs by the service that runs the brokers, in ms. After an outage a group waits for its members of
 * before until their sessions have ended: 6 s is the least that brokers accept by default. The metadata tell of
 * partitions that were added: nothing that comes to lie in them is read before.
 */
const services: Record<
  KafkaPreset,
  { connectionTimeout: number; requestTimeout: number; sessionTimeout: number; metadataMaxAge: number }
> = {
  'self-hosted': {
    connectionTimeout: 3_000,
    requestTimeout: 30_000,
    sessionTimeout: 6_000,
    metadataMaxAge: 15_000,
  },
  'msk-iam': {
    connectionTimeout: 10_000,
    requestTimeout: 30_000,
    sessionTimeout: 10_000,
    metadataMaxAge: 60_000,
  },
  confluent: {
    connectionTimeout: 10_000,
    requestTimeout: 30_000,
    sessionTimeout: 45_000,
    metadataMaxAge: 60_000,
  },
  // Event Hubs closes connections that are idle for 240 s, and asks for these values.
  'event-hubs': {
    connectionTimeout: 10_000,
    requestTimeout: 60_000,
    sessionTimeout: 30_000,
    metadataMaxAge: 180_000,
  },
}

/** Short: what does not heal within some seconds is left to the consumer's supervisor or the caller. */
const retry = { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5 }

/** kafkajs's options for a client of this service. */
export function clientOptions(settings: KafkaSettings): KafkaConfig {
  const { connectionTimeout, requestTimeout } = services[settings.preset]
  return {
    clientId: settings.clientId,
    brokers: [...settings.brokers],
    connectionTimeout,
    authenticationTimeout: connectionTimeout,
    requestTimeout,
    retry,
    ...(settings.tls ? { ssl: ssl(settings.tls) } : {}),
    ...(settings.sasl ? { sasl: sasl(settings.sasl) } : {}),
  }
}

/** kafkajs's options for a consumer of this service; the group is the caller's. */
export function consumerOptions(settings: KafkaSettings): Omit<ConsumerConfig, 'groupId'> {
  const { sessionTimeout, metadataMaxAge } = services[settings.preset]
  return {
    sessionTimeout,
    // Others who join or leave are noticed at a heartbeat: a tenth of the session, so that nobody waits long.
    heartbeatInterval: sessionTimeout / 10,
    metadataMaxAge,
    allowAutoTopicCreation: false,
    // A message is handed over as it arrives; the wait also bounds how late a resumed partition is asked for.
    minBytes: 1,
    maxWaitTimeInMs: 100,
    // What one busy partition may put before the others in an answer. A larger record still comes, alone.
    maxBytesPerPartition: 512 * 1024,
    retry: { ...retry, restartOnFailure: async () => false },
  }
}

/** A kafkajs client that reads every compression and logs to `log`. Connects to nothing yet. */
export function createKafka(settings: KafkaSettings, log: Log): kafkajs.Kafka {
  registerCodecs()
  calmRequestQueue()
  return new kafkajs.Kafka({
    ...clientOptions(settings),
    logLevel: kafkajs.logLevel.INFO,
    logCreator: kafkaLog(log),
  })
}

/** What to throw where Kafka cannot be reached or logged in to. */
export function unreachable({ brokers, preset }: KafkaSettings, cause: unknown): LaurelError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new LaurelError(
    'KAFKA_UNAVAILABLE',
    `Kafka (${preset}) at ${brokers.join(', ')} cannot be used: ${reason}. See that it runs, and that KAFKA_BOOTSTRAP_SERVERS and the login are right.`,
    cause,
  )
}

function ssl({ ca, cert, key, rejectUnauthorized }: Tls): NonNullable<KafkaConfig['ssl']> {
  return {
    rejectUnauthorized,
    ...(ca === undefined ? {} : { ca: [ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
}

function sasl(settings: Sasl): SASLOptions {
  switch (settings.mechanism) {
    case 'oauthbearer':
      return { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: settings.token }) }
    case 'msk-iam':
      return {
        mechanism: 'oauthbearer',
        oauthBearerProvider: async () => ({ value: await mskToken(settings.region) }),
      }
    default:
      return {
        mechanism: settings.mechanism,
        username: settings.username,
        password: settings.password,
      } as SASLOptions
  }
}
