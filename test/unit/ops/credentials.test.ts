import { describe, expect, test } from 'vitest'
import { basicCredentials, isSame } from '../../../apps/ops/credentials.ts'

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

test.each([
  ['correct horse', 'correct horse', true],
  ['correct horse', 'correct horsE', false],
  ['correct horse', 'correct', false],
  ['', '', true],
])('%s and %s are the same: %s', (a, b, answer) => {
  expect(isSame(a, b)).toBe(answer)
})
