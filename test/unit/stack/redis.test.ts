import { expect, test } from 'vitest'
import { redisArguments, redisVersion } from '#stack/redis.ts'

test.each([
  ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', 7],
  ['Redis server v=6.2.11 sha=00000000:0', 6],
  ['Valkey server v=8.0.1 sha=00000000:0', 8],
  ['error while loading shared libraries: libssl.so.3', null],
])('the version in %j is %j', (output, version) => {
  expect(redisVersion(output)).toBe(version)
})

test('Redis listens on loopback, never evicts, and keeps a log of what is written', () => {
  const line = redisArguments(20_001, true).join(' ')
  expect(line).toContain('--bind 127.0.0.1 --port 20001')
  expect(line).toContain('--maxmemory-policy noeviction')
  expect(line).toContain('--appendonly yes --appendfsync everysec')
  expect(redisArguments(20_001, false).join(' ')).toContain('--appendonly yes --appendfsync no')
})
