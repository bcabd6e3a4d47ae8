import { describe, expect, test, vi } from 'vitest'
import { readConfig } from '#runtime/config.ts'
import { hashPassword } from '../../../apps/ops/password.ts'
import { readUsers, Users, usersOf } from '../../../apps/ops/users.ts'

const hashed = await hashPassword('correct horse')
const given = { DATABASE_URL: 'postgres://a', REDIS_URL: 'redis://a' }

describe('the users of a file', () => {
  const users = new Users(
    readUsers(
      'users.yaml',
      `users:
  - { name: amina, password: "${hashed}", role: viewer }
  - { name: karim@example.com, password: "${hashed}", role: admin }`,
    ),
  )

  test('are found by name and password', async () => {
    expect(await users.check({ user: 'amina', password: 'correct horse' })).toMatchObject({
      name: 'amina',
      role: 'viewer',
    })
    expect(await users.check({ user: 'amina', password: 'wrong' })).toBeUndefined()
    expect(await users.check({ user: 'Amina', password: 'correct horse' })).toBeUndefined()
  })

  test('cost as much work where nobody has the name, and are not let in by it', async () => {
    const verify = vi.fn(async () => true)
    const one = new Users([{ name: 'amina', role: 'admin', secret: 'x', verify }])
    expect(await one.check({ user: 'nobody', password: 'correct horse' })).toBeUndefined()
    expect(verify).toHaveBeenCalledWith('correct horse')
  })
})

test.each([
  ['nothing', '', /users\.yaml:1:1 expected `users:`/],
  ['no users', 'users: []', /1:8 users: expected at least one user/],
  ['no YAML', 'users: [', /users\.yaml:1/],
  [
    'a password itself',
    'users:\n  - { name: amina, password: secret, role: admin }',
    /2:30 users\.1\.password: .*ops-password.*never a password itself$/,
  ],
  [
    'another role',
    `users:\n  - { name: amina, password: "${hashed}", role: root }`,
    /users\.1\.role: expected viewer, operator or admin/,
  ],
  [
    'no role',
    `users:\n  - { name: amina, password: "${hashed}" }`,
    /users\.1: role is missing: expected viewer/,
  ],
  [
    'a name twice',
    `users:\n  - { name: a, password: "${hashed}", role: admin }\n  - { name: a, password: "${hashed}", role: viewer }`,
    /3:13 users\.2\.name: a is there twice/,
  ],
  ['a colon in a name', `users:\n  - { name: "a:b", password: "${hashed}", role: admin }`, /users\.1\.name/],
  [
    'a setting that is none',
    `users:\n  - { name: a, password: "${hashed}", role: admin, admin: true }`,
    /users\.1: there is no setting admin here/,
  ],
])('a file with %s says what to change', (_, text, message) => {
  const read = () => readUsers('users.yaml', text)
  expect(read).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }))
  expect(read).toThrow(message)
})

test('a file that is not there is named', () => {
  expect(() => usersOf(readConfig({ ...given, OPS_USERS_FILE: '/no/users.yaml' }))).toThrow(
    /^OPS_USERS_FILE: \/no\/users\.yaml cannot be read/,
  )
})

test('without a file there is the one admin', async () => {
  const users = usersOf(readConfig({ ...given, OPS_PASSWORD: 'correct horse' }))
  expect(await users.check({ user: 'ops', password: 'correct horse' })).toMatchObject({ role: 'admin' })
  expect(await users.check({ user: 'ops', password: 'correct horsE' })).toBeUndefined()
  expect(await users.check({ user: 'Ops', password: 'correct horse' })).toBeUndefined()
})
