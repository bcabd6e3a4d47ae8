import { expect, test } from 'vitest'
import { LaurelError } from '#domain/error.ts'

test.each([
  ['REDIS_UNAVAILABLE', true],
  ['POSTGRES_UNAVAILABLE', true],
  ['KAFKA_UNAVAILABLE', true],
  ['CONFIGURATION_INVALID', false],
  ['PROGRAM_INVALID', false],
  ['PORT_TAKEN', false],
] as const)('doing the same again after %s can help: %s', (code, retryable) => {
  expect(new LaurelError(code, 'a message')).toMatchObject({ code, retryable, name: 'LaurelError' })
})

test('the cause is kept, where there is one', () => {
  const cause = new Error('refused')
  expect(new LaurelError('REDIS_UNAVAILABLE', 'a message', cause).cause).toBe(cause)
  expect(new LaurelError('REDIS_UNAVAILABLE', 'a message')).not.toHaveProperty('cause')
})
