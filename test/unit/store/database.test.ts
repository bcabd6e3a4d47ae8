import { describe, expect, test } from 'vitest'
import { isOfStatement, isTransient } from '#store/database.ts'

describe('an error of PostgreSQL', () => {
  test.each([
    ['08006', 'the connection broke'],
    ['08001', 'no connection could be made'],
    ['40001', 'transactions that cannot be put in one order'],
    ['40P01', 'a deadlock'],
    ['53100', 'a full disk'],
    ['53300', 'too many connections'],
    ['55P03', 'a lock that took too long'],
    ['57014', 'a statement that took too long'],
    ['57P01', 'a server that is shutting down'],
    ['57P03', 'a server that is starting'],
    ['25006', 'a server that is read-only, since another one took over'],
    ['CONNECTION_CLOSED', 'the driver: closed'],
    ['CONNECTION_ENDED', 'the driver: ended'],
    ['CONNECTION_DESTROYED', 'the driver: destroyed'],
    ['CONNECT_TIMEOUT', 'the driver: no connection in time'],
    ['ECONNREFUSED', 'nobody listens'],
    ['ECONNRESET', 'the network broke'],
    ['ENOTFOUND', 'no such host, for now'],
    ['EAI_AGAIN', 'no name server'],
  ])('%s passes by itself: %s', (code) => {
    expect(isTransient({ code })).toBe(true)
  })

  test.each([
    ['22021', 'a NUL in a text'],
    ['22P05', 'a character that the encoding has not'],
    ['22008', 'a time out of range'],
    ['23505', 'a key that is taken'],
    ['23502', 'a null where none may be'],
  ])('%s is the fault of a row: %s', (code) => {
    expect(isTransient({ code })).toBe(false)
  })

  test.each([
    { code: '42P01' },
    { code: '42601' },
    { code: '25001' },
    { code: '55000' },
    { code: '28P01' },
    { code: 'ERR_INVALID_ARG_TYPE' },
    { code: 8006 },
    new Error('without a code'),
    'ECONNREFUSED',
    null,
    undefined,
  ])('%j does not pass by itself', (error) => {
    expect(isTransient(error)).toBe(false)
  })
})

test.each([
  ['42703', 'a column that is not there', true],
  ['42P01', 'a table that is not there', true],
  ['42501', 'a right that is missing', true],
  ['23514', 'a value that a check refuses', false],
  ['22P02', 'a text that is no number', false],
  ['08006', 'a connection that broke', false],
  [undefined, 'no code', false],
])('%s, %s, is of the statement: %j', (code, _, expected) => {
  expect(isOfStatement({ code })).toBe(expected)
  expect(isOfStatement(null)).toBe(false)
})
