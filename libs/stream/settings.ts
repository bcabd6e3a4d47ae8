import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { LaurelError } from '#domain/error.ts'

const presets = ['self-hosted', 'msk-iam', 'confluent', 'event-hubs'] as const
const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const

/** Which service runs the brokers; decides what the client must bring along. */
export type KafkaPreset = (typeof presets)[number]

/** Certificates and keys are PEM text. */
export interface Tls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  /** False: any certificate will do. For trials only. */
  readonly rejectUnauthorized: boolean
}

export type Sasl =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
      readonly username: string
      readonly password: string
    }
  | { readonly mechanism: 'oauthbearer'; readonly token: string }
  /** Tokens are made from the AWS credentials that the process finds in its surroundings. */
  | { readonly mechanism: 'msk-iam'; readonly region: string }

export interface KafkaSettings {
  readonly preset: KafkaPreset
  /** host:port */
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly tls: Tls | null
  readonly sasl: Sasl | null
}

const text = z.string().optional()

const variables = z.object({
  KAFKA_BOOTSTRAP_SERVERS: text,
  KAFKA_PRESET: text,
  KAFKA_CLIENT_ID: text,
  KAFKA_SSL: text,
  KAFKA_SSL_CA_FILE: text,
  KAFKA_SSL_CERT_FILE: text,
  KAFKA_SSL_KEY_FILE: text,
  KAFKA_SASL_MECHANISM: text,
  KAFKA_SASL_USERNAME: text,
  KAFKA_SASL_PASSWORD: text,
  KAFKA_REGION: text,
  KAFKA_CONNECTION_STRING: text,
})

type Variable = keyof z.infer<typeof variables>

const kafkaSettings = variables.transform((env, context): KafkaSettings => {
  const get = (name: Variable) => env[name]?.trim() || undefined
  const mistake = (name: Variable, message: string) => {
    context.addIssue({ code: 'custom', path: [name], message })
  }
  const required = (name: Variable, what: string) => {
    if (get(name) === undefined) mistake(name, `is missing: set it to ${what}`)
    return get(name) ?? ''
  }
  const forbidden = (name: Variable, why: string) => {
    if (get(name) !== undefined) mistake(name, `must not be set: ${why}`)
  }
  const oneOf = <T extends string>(name: Variable, allowed: readonly T[]): T | undefined => {
    const value = get(name)
    const found = allowed.find((candidate) => candidate === value)
    if (value !== undefined && found === undefined)
      mistake(name, `is "${value}": set it to one of ${allowed.join(', ')}`)
    return found
  }
  const file = (name: Variable): string | undefined => {
    const path = get(name)
    if (path === undefined) return undefined
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      mistake(name, `names a file that cannot be read (${(error as Error).message})`)
      return undefined
    }
  }

  const preset = oneOf('KAFKA_PRESET', presets) ?? 'self-hosted'
  const managed = preset !== 'self-hosted'

  const brokers = (): string[] => {
    const namespace = /Endpoint=sb:\/\/([^/;]+)/i.exec(get('KAFKA_CONNECTION_STRING') ?? '')?.[1]
    if (preset === 'event-hubs' && namespace && !get('KAFKA_BOOTSTRAP_SERVERS')) return [`${namespace}:9093`]
    const list = required('KAFKA_BOOTSTRAP_SERVERS', 'the brokers, for example kafka-1:9092,kafka-2:9092')
      .split(',')
      .map((address) => address.trim())
      .filter((address) => address !== '')
    for (const address of list) {
      const port = Number(/^[^\s:/]+:(\d{1,5})$/.exec(address)?.[1])
      if (!(port >= 1 && port <= 65_535))
        mistake('KAFKA_BOOTSTRAP_SERVERS', `has "${address}": write it as host:port, like kafka-1:9092`)
      else if (preset === 'event-hubs' && port !== 9093)
        mistake('KAFKA_BOOTSTRAP_SERVERS', `has "${address}": Event Hubs speaks Kafka on port 9093`)
    }
    return list
  }

  const tls = (): Tls | null => {
    const files = ['KAFKA_SSL_CA_FILE', 'KAFKA_SSL_CERT_FILE', 'KAFKA_SSL_KEY_FILE'] as const
    const ssl = oneOf('KAFKA_SSL', ['true', 'false', 'insecure'])
    const wanted = ssl === undefined ? managed || files.some((name) => get(name)) : ssl !== 'false'
    if (!wanted) {
      if (managed) mistake('KAFKA_SSL', `is "false", but ${preset} accepts TLS only: leave it out`)
      for (const name of files) forbidden(name, 'KAFKA_SSL is "false"')
      return null
    }
    const [ca, cert, key] = files.map(file)
    if (get('KAFKA_SSL_CERT_FILE') && !get('KAFKA_SSL_KEY_FILE'))
      mistake('KAFKA_SSL_KEY_FILE', 'is missing: a client certificate needs its private key')
    if (get('KAFKA_SSL_KEY_FILE') && !get('KAFKA_SSL_CERT_FILE'))
      mistake('KAFKA_SSL_CERT_FILE', 'is missing: a private key needs its client certificate')
    return {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      rejectUnauthorized: ssl !== 'insecure',
    }
  }

  const sasl = (): Sasl | null => {
    if (preset === 'msk-iam' || preset === 'event-hubs') {
      const names = ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const
      for (const name of names) forbidden(name, `KAFKA_PRESET=${preset} brings its own way to log in`)
    }
    if (preset === 'msk-iam')
      return {
        mechanism: 'msk-iam',
        region: required('KAFKA_REGION', 'the AWS region of the cluster, like eu-west-1'),
      }
    if (preset === 'event-hubs') {
      const password = required(
        'KAFKA_CONNECTION_STRING',
        'the namespace’s connection string, Endpoint=sb://…',
      )
      if (password && !/^Endpoint=sb:\/\//i.test(password))
        mistake(
          'KAFKA_CONNECTION_STRING',
          'does not begin with Endpoint=sb://: copy it from the shared access policy',
        )
      return { mechanism: 'plain', username: '$ConnectionString', password }
    }
    const mechanism = oneOf('KAFKA_SASL_MECHANISM', mechanisms)
    const login = get('KAFKA_SASL_USERNAME') ?? get('KAFKA_SASL_PASSWORD')
    if (preset === 'self-hosted' && !mechanism) {
      if (login && !get('KAFKA_SASL_MECHANISM'))
        mistake('KAFKA_SASL_MECHANISM', `is missing: set it to one of ${mechanisms.join(', ')}`)
      return null
    }
    if (mechanism === 'oauthbearer') {
      required('KAFKA_SASL_PASSWORD', 'the bearer token')
      return { mechanism, token: env.KAFKA_SASL_PASSWORD ?? '' }
    }
    const cloud = preset === 'confluent'
    required('KAFKA_SASL_USERNAME', cloud ? 'the cluster’s API key' : 'the user’s name')
    required('KAFKA_SASL_PASSWORD', cloud ? 'the API key’s secret' : 'the user’s password')
    return {
      mechanism: mechanism ?? 'plain',
      username: env.KAFKA_SASL_USERNAME ?? '',
      password: env.KAFKA_SASL_PASSWORD ?? '',
    }
  }

  return {
    preset,
    brokers: brokers(),
    clientId: get('KAFKA_CLIENT_ID') ?? 'laurel',
    tls: tls(),
    sasl: sasl(),
  }
})

/** Whether a variable is one of those that say how to reach Kafka. */
export function isKafkaVariable(variable: string): boolean {
  return variable in variables.shape
}

/**
 * How to reach Kafka, from the environment. An empty variable counts as unset.
 *
 * @throws LaurelError CONFIGURATION_INVALID with every mistake, each with the name of its variable
 */
export function parseKafkaSettings(environment: NodeJS.ProcessEnv): KafkaSettings {
  const parsed = kafkaSettings.safeParse(environment)
  if (parsed.success) return parsed.data
  const mistakes = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new LaurelError('CONFIGURATION_INVALID', mistakes.join('\n'))
}
