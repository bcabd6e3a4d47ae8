import { expect, test } from 'vitest'
import { postgresSettings, postgresUrl } from '#stack/postgres.ts'

test('PostgreSQL listens on loopback and on no socket file', () => {
  const settings = postgresSettings(20_001, true)
  expect(settings).toContain('listen_addresses=127.0.0.1')
  expect(settings).toContain('port=20001')
  expect(settings).toContain('unix_socket_directories=')
  expect(postgresUrl(20_001)).toBe('postgres://laurel@127.0.0.1:20001/laurel')
})

test('only what need not be durable gives up fsync', () => {
  expect(postgresSettings(20_001, true).filter((setting) => setting.endsWith('=off'))).toEqual([
    'log_checkpoints=off',
  ])
  expect(postgresSettings(20_001, false)).toEqual(
    expect.arrayContaining(['fsync=off', 'full_page_writes=off']),
  )
})
