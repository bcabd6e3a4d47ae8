import { describe, expect, test } from 'vitest'
import { aliasOf, readAlias, withoutAliases } from '#domain/rules/alias.ts'
import { ending } from '../ending.ts'
import { event, programWith } from '../telco.ts'

describe('an alias', () => {
  test.each([
    ['Rafi', 'Rafi'],
    ['  Night   Rider ', 'Night Rider'],
    ['Рафи_7', 'Рафи_7'],
    ['রাফি', 'রাফি'],
    ["O'Neil-Jr", "O'Neil-Jr"],
    ['Ｒafi', 'Rafi'],
    ['r2d2 c3po 4', 'r2d2 c3po 4'],
    ['Ra\u2028fi', 'Ra fi'],
    ['12345', '12345'],
    ['a'.repeat(20), 'a'.repeat(20)],
  ])('%j is shown as %j', (written, shown) => {
    expect(readAlias(written)).toBe(shown)
  })

  test.each([
    ['one letter', 'R'],
    ['more than 20', 'a'.repeat(21)],
    ['a phone number', '+8801700000042'],
    ['one without its code', '01700000042'],
    ['six digits', 'Rafi 123456'],
    ['six digits with letters between', '0a1b2c3d4e5f'],
    ['six digits with separators between', '12-34-56'],
    ['six digits of another script', 'রাফি ০১৭০০০'],
    ['six wide digits', '０１７０００'],
    ['digits in circles', '①②③④⑤⑥'],
    ['a masked id', '#bcdfghjklm'],
    ['a UUID', '0b6f0e0a-9d2c-4f7e-8d0e-3f1d5c8b7a66'],
    ['markup', '<b>Rafi</b>'],
    ['writing backwards', 'Rafi\u202e'],
    ['marks piled up', 'R̸̸̸̸afi'],
    ['an emoji', 'Rafi 😀'],
    ['separators in a row', 'Ra--fi'],
    ['a separator at the end', 'Rafi.'],
    ['a number', 42],
    ['a list', ['Rafi']],
    ['nothing', undefined],
  ])('with %s is not taken', (_, written) => {
    expect(readAlias(written)).toBeUndefined()
  })

  test.each(['', '   '])('%j takes back the one before', (written) => {
    expect(readAlias(written)).toBeNull()
  })
})

const ALIASES = programWith(`wallets: [points]
points: [{ id: p, on: profile, amount: '1.0', wallet: points }]
aliases:
  - { id: nickname, on: profile, alias: event.metadata.nickname }
  - { id: screen-name, on: app, when: 'event.value > 0.0', alias: '"name" in event.metadata ? event.metadata.name : ""' }`)

const named = (type: string, time: string, metadata: object, value = 1) =>
  event(type, `2026-11-02 ${time}`, value, metadata)

test.each<[string, ReturnType<typeof named>[], string | null]>([
  ['nobody yet', [], null],
  ['the one chosen', [named('profile', '09:00', { nickname: 'Rafi' })], 'Rafi'],
  [
    'the last one, whichever rule it is of',
    [
      named('profile', '09:00', { nickname: 'Rafi' }),
      named('app', '10:00', { name: 'Mina' }),
      named('app', '11:00', { name: 'Lila' }, 0),
    ],
    'Mina',
  ],
  [
    'the one before one that is not taken, and before an event that brings none',
    [
      named('profile', '09:00', { nickname: 'Rafi' }),
      named('profile', '10:00', { nickname: '01700000042' }),
      named('profile', '11:00', { email: 'x' }),
    ],
    'Rafi',
  ],
  [
    'nobody once it was taken back',
    [named('profile', '09:00', { nickname: 'Rafi' }), named('app', '10:00', {})],
    null,
  ],
])('a customer goes by %s, in whatever order events arrive', (_, events, expected) => {
  const { state, outcomes } = ending(ALIASES, events)
  expect(aliasOf(state.rules, ALIASES)).toBe(expected)
  // Other rules count events whatever they say of an alias.
  expect(outcomes.map(({ kind }) => kind)).toEqual(
    events.filter(({ type }) => type === 'profile').map(() => 'points'),
  )
  expect(aliasOf(withoutAliases(state.rules, ALIASES), ALIASES)).toBeNull()
})

test.each([
  ['no words', 'event.value', 'aliases.a.alias: expected a text such as event.source, and this is a number'],
  ['what is not there', 'event.alias', 'aliases.a.alias: '],
])('an alias that is %s is refused', (_, alias, message) => {
  expect(() => programWith(`wallets: [p]\naliases: [{ id: a, on: x, alias: ${alias} }]`)).toThrow(message)
})
