import { describe, expect, test } from 'vitest'
import { hashPassword, isPassword, isPasswordHash } from '../../../apps/ops/password.ts'

describe('a hashed password', async () => {
  const hashed = await hashPassword('correct hörse')

  test('is another one each time, and never tells the password', async () => {
    expect(hashed).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/)
    expect(hashed).not.toContain('correct')
    expect(await hashPassword('correct hörse')).not.toBe(hashed)
    expect(isPasswordHash(hashed)).toBe(true)
  })

  test.each([
    ['correct hörse', true],
    ['correct hörse'.normalize('NFD'), true],
    ['correct hörsE', false],
    ['', false],
  ])('matches %s: %s', async (password, expected) => {
    expect(await isPassword(hashed, password)).toBe(expected)
  })
})

const rest = `${'A'.repeat(22)}$${'A'.repeat(43)}`

test.each([
  ['a password itself', 'correct horse'],
  ['another scheme', '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'],
  ['a cost that is no power of two', `scrypt$32769$8$3$${rest}`],
  ['one that a guesser likes', `scrypt$1024$8$1$${rest}`],
  ['one that a login cannot bear', `scrypt$4194304$32$8$${rest}`],
  ['no salt', `scrypt$32768$8$3$$${'A'.repeat(43)}`],
  ['a hash that is cut off', `scrypt$32768$8$3$${rest.slice(0, -1)}`],
])('%s is none', (_, text) => {
  expect(isPasswordHash(text)).toBe(false)
})
