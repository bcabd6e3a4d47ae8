import { describe, expect, test } from 'vitest'
import { isRedisUnavailable } from '#queue/redis.ts'

describe('Redis is away, failing over or full', () => {
  test.each([
    "READONLY You can't write against a read only replica.",
    'LOADING Redis is loading the dataset in memory',
    "OOM command not allowed when used memory > 'maxmemory'.",
    'CLUSTERDOWN The cluster is down',
    'MASTERDOWN Link with MASTER is down',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'BUSY Redis is busy running a script.',
    'NOREPLICAS Not enough good replicas to write.',
    'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
    'Connection is closed.',
    'Command timed out',
    "Stream isn't writeable and enableOfflineQueue options is false",
    'Reached the max retries per request limit (which is 1). Refer to "maxRetriesPerRequest" option for details.',
    'connect ECONNREFUSED 127.0.0.1:6379',
    'read ECONNRESET',
    'write EPIPE',
    'connect ETIMEDOUT',
  ])('%s', (message) => {
    expect(isRedisUnavailable(new Error(message))).toBe(true)
  })
})

describe('no later try would help', () => {
  test.each([
    new Error('WRONGTYPE Operation against a key holding the wrong kind of value'),
    new Error("ERR unknown command 'EVALX'"),
    new Error('NOAUTH Authentication required.'),
    new Error('the job says READONLY'),
    new TypeError("Cannot read properties of undefined (reading 'id')"),
    'Connection is closed.',
    undefined,
    null,
  ])('%s', (error) => {
    expect(isRedisUnavailable(error)).toBe(false)
  })
})
