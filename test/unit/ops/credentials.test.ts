import { describe, expect, test } from 'vitest'
import { basicCredentials, match } from '../../../apps/ops/credentials.ts'

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

describe('HTTP basic', () => {
  test.each([
    ['name and password', basic('ops:secret'), { user: 'ops', password: 'secret' }],
    ['a password with colons', basic('ops:a:b:'), { user: 'ops', password: 'a:b:' }],
    ['a password beyond ASCII', basic('ops:pässwörd'), { user: 'ops', password: 'pässwörd' }],
    ['a scheme in other letters', basic('ops:x').replace('Basic', 'bAsIc'), { user: 'ops', password: 'x' }],
    ['no colon', basic('ops'), undefined],
    ['another scheme', 'Bearer abc', undefined],
    ['no header', undefined, undefined],
  ])('%s', (_, header, expected) => {
    expect(basicCredentials(header)).toEqual(expected)
  })
})

describe('credentials match', () => {
  const expected = { user: 'ops', password: 'correct horse' }
  test.each([
    ['ops', 'correct horse', true],
    ['ops', 'correct horsE', false],
    ['ops', 'correct', false],
    ['Ops', 'correct horse', false],
    ['', '', false],
  ])('%s / %s: %s', (user, password, answer) => {
    expect(match(expected, { user, password })).toBe(answer)
  })
})
