import { describe, expect, test } from 'vitest'
import { LaurelError } from '#domain/error.ts'
import { isVariable, readConfig, readTopics } from '#runtime/config.ts'

const ADDRESSES = {
  DATABASE_URL: 'postgres://laurel:secret@127.0.0.1:5432/laurel',
  REDIS_URL: 'redis://127.0.0.1:6379',
}

function mistakes(environment: Record<string, string>): string[] {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof LaurelError && error.code === 'CONFIGURATION_INVALID')
      return error.message.split('\n')
    throw error
  }
  return []
}

test('needs the addresses of PostgreSQL and Redis, and nothing else', () => {
  expect(readConfig(ADDRESSES)).toEqual({
    ...ADDRESSES,
    REDIS_PREFIX: 'laurel',
    PROGRAM_DIRECTORY: 'programs/telco',
    LOG_LEVEL: 'info',
    KAFKA_GROUP_ID: 'loyalty-gamification-consumer',
    KAFKA_TOPICS: ['customer-events', 'cdr-events', 'billing-events', 'crm-events', 'app-events'],
    REJECTS_TOPIC: 'laurel-rejects',
    REWARDS_TOPIC: 'laurel-rewards',
    API_HOST: '127.0.0.1',
    API_PORT: 8080,
    WEBHOOK_TOKENS: new Map(),
    API_URL: 'http://127.0.0.1:8080',
    OPS_HOST: '127.0.0.1',
    OPS_PORT: 8081,
    OPS_USER: 'ops',
    TRUSTED_PROXIES: 0,
    METRICS_HOST: '127.0.0.1',
    METRICS_PORT: 0,
  })
})

test('an empty variable counts as unset, and one of others is not looked at', () => {
  expect(readConfig({ ...ADDRESSES, API_PORT: '', LOG_LEVEL: '', HOME: '/root' })).toEqual(
    readConfig(ADDRESSES),
  )
})

test.each<[string, string, unknown]>([
  ['API_PORT', '0', 0],
  ['API_PORT', '65535', 65_535],
  ['KAFKA_TOPICS', 'a, b.c ,', ['a', 'b.c']],
  ['REJECTS_TOPIC', 'crm.rejects', 'crm.rejects'],
  ['REJECTS_TOPIC', '', undefined],
  ['REWARDS_TOPIC', 'bundles', 'bundles'],
  ['REWARDS_TOPIC', '', undefined],
  ['API_URL', 'https://laurel.example.com/', 'https://laurel.example.com'],
  ['TRUSTED_PROXIES', '2', 2],
  ['TRUSTED_PROXIES', '10.0.0.5, 10.1.0.0/16,::1', ['10.0.0.5', '10.1.0.0/16', '::1']],
  ['READ_TOKEN', '0123456789abcdef', '0123456789abcdef'],
  ['REDIS_URL', 'rediss://:secret@redis.example.com:6380/1', 'rediss://:secret@redis.example.com:6380/1'],
  [
    'WEBHOOK_TOKENS',
    'crm=0123456789abcdef, app=fedcba=9876543210',
    new Map([
      ['0123456789abcdef', 'crm'],
      ['fedcba=9876543210', 'app'],
    ]),
  ],
])('%s of %s is %j', (variable, text, value) => {
  expect(readConfig({ ...ADDRESSES, [variable]: text })).toHaveProperty(variable, value)
})

test.each([
  [
    {},
    [
      ...['customer-events', 'cdr-events', 'billing-events', 'crm-events', 'app-events'],
      ...['laurel-rejects', 'laurel-rewards'],
    ],
  ],
  [{ KAFKA_TOPICS: 'a', REJECTS_TOPIC: 'b', REWARDS_TOPIC: 'c' }, ['a', 'b', 'c']],
  [{ KAFKA_TOPICS: 'a', REJECTS_TOPIC: '' }, ['a', 'laurel-rewards']],
  [{ KAFKA_TOPICS: 'a', REJECTS_TOPIC: '', REWARDS_TOPIC: '' }, ['a']],
])('%j: the topics are %j', (environment, topics) => {
  expect(readTopics(environment)).toEqual(topics)
})

describe('mistakes', () => {
  test.each(['10.0.0', '10.0.0.5/33', '0.0.0.0/0', '::/0', 'proxy.local', '10.0.0.5,', '10'])(
    'proxies that are none are refused: %s',
    (text) => expect(mistakes({ ...ADDRESSES, TRUSTED_PROXIES: text }).join()).toMatch(/^TRUSTED_PROXIES/),
  )

  test('are told all at once, each with its variable', () => {
    expect(
      mistakes({
        REDIS_URL: 'http://127.0.0.1:6379',
        REDIS_PREFIX: 'a:b',
        LOG_LEVEL: 'loud',
        KAFKA_TOPICS: 'a b',
        REJECTS_TOPIC: 'a b',
        REWARDS_TOPIC: 'a b',
        API_PORT: '80800',
        WEBHOOK_TOKENS: 'crm=short',
        API_URL: 'laurel.example.com',
        READ_TOKEN: 'short',
        OPS_PORT: 'http',
        OPS_PASSWORD: '1234567',
        TRUSTED_PROXIES: '-1',
      }),
    ).toEqual([
      'DATABASE_URL: is missing: set it to an address such as postgres://laurel:secret@127.0.0.1:5432/laurel',
      'REDIS_URL: expected an address such as redis://127.0.0.1:6379',
      'REDIS_PREFIX: expected letters, digits, - and _',
      'LOG_LEVEL: Invalid option: expected one of "trace"|"debug"|"info"|"warn"|"error"|"fatal"|"silent"',
      'KAFKA_TOPICS: expected topic names divided by commas',
      'REJECTS_TOPIC: expected the name of a topic, or nothing',
      'REWARDS_TOPIC: expected the name of a topic, or nothing',
      'API_PORT: expected a port number up to 65535',
      'WEBHOOK_TOKENS: expected source=token pairs divided by commas, each token of at least 16 characters',
      'API_URL: expected an address such as https://laurel.example.com',
      'READ_TOKEN: expected at least 16 characters',
      'OPS_PORT: expected a port number, 0 for a free one',
      'OPS_PASSWORD: expected at least 8 characters',
      'TRUSTED_PROXIES: expected a number from 0 to 9, or addresses and networks such as 10.0.0.5,10.1.0.0/16',
    ])
  })

  test('rejects are not written where they would be read', () => {
    const loop = [
      'REJECTS_TOPIC: b is one of KAFKA_TOPICS: what is refused would be read, and refused, again',
    ]
    expect(mistakes({ ...ADDRESSES, KAFKA_TOPICS: 'a,b', REJECTS_TOPIC: 'b' })).toEqual(loop)
    expect(() => readTopics({ KAFKA_TOPICS: 'a,b', REJECTS_TOPIC: 'b' })).toThrow(loop[0]!)
  })

  test.each([
    [{ KAFKA_TOPICS: 'a,b', REWARDS_TOPIC: 'b' }],
    [{ KAFKA_TOPICS: 'a', REJECTS_TOPIC: 'b', REWARDS_TOPIC: 'b' }],
  ])('rewards are told on a topic of their own: not %j', (environment) => {
    expect(mistakes({ ...ADDRESSES, ...environment })).toEqual([
      'REWARDS_TOPIC: b has other messages already: what it tells is for whoever delivers rewards; give it a topic of its own',
    ])
  })

  test('do not show what a token or password is', () => {
    expect(
      mistakes({ ...ADDRESSES, WEBHOOK_TOKENS: 'crm=hunter2', OPS_PASSWORD: 'hunter2' }).join(),
    ).not.toContain('hunter2')
  })
})

test.each([
  ['DATABASE_URL', true],
  ['OPS_PASSWORD', true],
  ['database_url', false],
  ['HOME', false],
])('%s is a variable of Laurel: %s', (variable, expected) => {
  expect(isVariable(variable)).toBe(expected)
})
