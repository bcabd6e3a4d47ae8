import { isIP } from 'node:net'
import { z } from 'zod'
import { LaurelError } from '#domain/error.ts'

const url = (protocols: readonly string[], example: string) =>
  z
    .string({ error: `is missing: set it to an address such as ${example}` })
    .refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
      error: `expected an address such as ${example}`,
    })
const port = z
  .string()
  .regex(/^\d{1,5}$/, 'expected a port number, 0 for a free one')
  .transform(Number)
  .refine((number) => number <= 65_535, { error: 'expected a port number up to 65535' })
const name = z.string().min(1)
const header = z.string().regex(/^[A-Za-z][\w-]*$/, 'expected the name of a header such as X-Forwarded-User')

const proxies = z
  .string()
  .transform((text) => (/^\d$/.test(text) ? Number(text) : text.split(',').map((each) => each.trim())))
  .refine((given) => typeof given === 'number' || given.every(isNetwork), {
    error: 'expected a number from 0 to 9, or addresses and networks such as 10.0.0.5,10.1.0.0/16',
  })

const tokens = z
  .string()
  .transform((list) =>
    list
      .split(',')
      .map((pair) => pair.trim())
      .filter((pair) => pair !== ''),
  )
  .refine((pairs) => pairs.every((pair) => /^[a-z][a-z0-9_-]*=.{16,}$/.test(pair)), {
    error: 'expected source=token pairs divided by commas, each token of at least 16 characters',
  })
  .transform(
    (pairs) =>
      new Map(pairs.map((pair) => [pair.slice(pair.indexOf('=') + 1), pair.slice(0, pair.indexOf('='))])),
  )

/** A topic that Laurel writes; set to nothing, there is none. */
const optionalTopic = (usual: string) =>
  z
    .string()
    .regex(/^[\w.-]{0,249}$/, 'expected the name of a topic, or nothing')
    .default(usual)
    .transform((topic) => (topic === '' ? undefined : topic))

/** Every variable that Laurel reads, besides those of Kafka (libs/stream/settings.ts). */
const variables = {
  DATABASE_URL: url(['postgres:', 'postgresql:'], 'postgres://laurel:secret@127.0.0.1:5432/laurel'),
  REDIS_URL: url(['redis:', 'rediss:'], 'redis://127.0.0.1:6379'),
  REDIS_PREFIX: name.regex(/^[\w-]+$/, 'expected letters, digits, - and _').default('laurel'),
  PROGRAM_DIRECTORY: name.default('programs/telco'),
  /** Days after which events are settled and deleted; every event is kept where it is not set. */
  RETENTION_DAYS: z
    .string()
    .regex(/^[1-9]\d{0,4}$/, 'expected a number of days')
    .transform(Number)
    .optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  KAFKA_GROUP_ID: name.default('loyalty-gamification-consumer'),
  KAFKA_TOPICS: z
    .string()
    .default('customer-events,cdr-events,billing-events,crm-events,app-events')
    .transform((list) =>
      list
        .split(',')
        .map((topic) => topic.trim())
        .filter((topic) => topic !== ''),
    )
    .refine((topics) => topics.length > 0 && topics.every((topic) => /^[\w.-]{1,249}$/.test(topic)), {
      error: 'expected topic names divided by commas',
    }),
  /** Where producers learn of their rejects; set to nothing, they do not. */
  REJECTS_TOPIC: optionalTopic('laurel-rejects'),
  /** Where whoever delivers bundles learns of them; set to nothing, they wait. */
  REWARDS_TOPIC: optionalTopic('laurel-rewards'),
  API_HOST: name.default('127.0.0.1'),
  API_PORT: port.default(8080),
  WEBHOOK_TOKENS: tokens.default(new Map()),
  /** Where browsers find the API: what links in Bull Board begin with. */
  API_URL: url(['http:', 'https:'], 'https://laurel.example.com')
    .transform((address) => address.replace(/\/+$/, ''))
    .default('http://127.0.0.1:8080'),
  READ_TOKEN: z.string().min(16, 'expected at least 16 characters').optional(),
  OPS_HOST: name.default('127.0.0.1'),
  OPS_PORT: port.default(8081),
  OPS_USER: name.default('ops'),
  OPS_PASSWORD: z.string().min(8, 'expected at least 8 characters').optional(),
  /** A YAML file of people, each with a password and a role; instead of OPS_USER and OPS_PASSWORD. */
  OPS_USERS_FILE: name.optional(),
  /** Where a proxy says who has logged in there, and the groups of whoever that is. */
  OPS_PROXY_USER_HEADER: header.optional(),
  OPS_PROXY_ROLE_HEADER: header.optional(),
  /** The reverse proxies before Bull Board, or how many: only their X-Forwarded headers are believed. */
  TRUSTED_PROXIES: proxies.default(0),
  METRICS_HOST: name.default('127.0.0.1'),
  METRICS_PORT: port.default(0),
} as const

const schema = z.object(variables)

export type Config = z.infer<typeof schema>

/** Whether a variable is one that Laurel reads: for tests of files that set them. */
export function isVariable(variable: string): boolean {
  return Object.hasOwn(variables, variable)
}

/** What says that there is to be none; any other variable counts as unset where it is empty. */
const MAY_BE_EMPTY: readonly string[] = ['REJECTS_TOPIC', 'REWARDS_TOPIC'] satisfies (keyof Config)[]

/**
 * The configuration that an environment gives; an empty variable counts as unset, but for those of topics that Laurel writes.
 *
 * @throws LaurelError CONFIGURATION_INVALID with every mistake, each with the name of its variable
 */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  return withoutLoop(read(schema, environment))
}

/** All topics, those of rejects and rewards last: for commands that need no database and no Redis. */
export function readTopics(environment: NodeJS.ProcessEnv): readonly string[] {
  const topics = schema.pick({ KAFKA_TOPICS: true, REJECTS_TOPIC: true, REWARDS_TOPIC: true })
  return topicsOf(withoutLoop(read(topics, environment)))
}

type Topics = Pick<Config, 'KAFKA_TOPICS' | 'REJECTS_TOPIC' | 'REWARDS_TOPIC'>

/** Those that are read, and those that Laurel writes where there are any. */
export function topicsOf({ KAFKA_TOPICS, REJECTS_TOPIC, REWARDS_TOPIC }: Topics): readonly string[] {
  return [...KAFKA_TOPICS, ...[REJECTS_TOPIC, REWARDS_TOPIC].filter((topic) => topic !== undefined)]
}

/** A reject that is read is refused again, and so written once more, for ever; what tells of a reward is no event. */
function withoutLoop<T extends Topics>(config: T): T {
  const { KAFKA_TOPICS, REJECTS_TOPIC, REWARDS_TOPIC } = config
  const mistakes: string[] = []
  if (REJECTS_TOPIC !== undefined && KAFKA_TOPICS.includes(REJECTS_TOPIC)) {
    const reason = 'what is refused would be read, and refused, again'
    mistakes.push(`REJECTS_TOPIC: ${REJECTS_TOPIC} is one of KAFKA_TOPICS: ${reason}`)
  }
  if (REWARDS_TOPIC !== undefined && [...KAFKA_TOPICS, REJECTS_TOPIC].includes(REWARDS_TOPIC)) {
    const reason = 'what it tells is for whoever delivers rewards; give it a topic of its own'
    mistakes.push(`REWARDS_TOPIC: ${REWARDS_TOPIC} has other messages already: ${reason}`)
  }
  if (mistakes.length === 0) return config
  throw new LaurelError('CONFIGURATION_INVALID', mistakes.join('\n'))
}

/** An address, or a network such as 10.1.0.0/16; never all there are. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

function read<T>(wanted: z.ZodType<T>, environment: NodeJS.ProcessEnv): T {
  const set = Object.entries(environment).filter(
    ([name, value]) => value !== undefined && (value !== '' || MAY_BE_EMPTY.includes(name)),
  )
  const result = wanted.safeParse(Object.fromEntries(set))
  if (result.success) return result.data
  const mistakes = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new LaurelError('CONFIGURATION_INVALID', mistakes.join('\n'))
}
