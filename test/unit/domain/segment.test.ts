import { describe, expect, test } from 'vitest'
import { type Event, SPEND } from '#domain/event.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { profileAt } from '#domain/profile.ts'
import { NO_SCORES } from '#domain/score.ts'
import { isInSegment } from '#domain/segment.ts'
import { decided, event, instant, programWith } from './telco.ts'

const LISTS = `wallets: [points]
scores:
  - { id: days-seen, kind: engagement, days: 3, bands: [{ from: 0, name: any }] }
attributes:
  - { id: plan, on: crm_update, type: string, value: event.metadata.plan }
segments:
  - { id: gold, when: customer.attributes.plan == "gold" }
  - { id: rich, when: wallets.points.balance >= 100.0 }
  - { id: gold-and-busy, when: customer.attributes.plan == "gold" && scores.days_seen >= 2.0 }
  - { id: divided, when: 6 / int(scores.days_seen) > 2 }
points:
  - { id: base, on: recharge, amount: event.value, wallet: points }
badges:
  - { id: for-the-rich, kind: every, on: recharge, when: customer.segments.rich, count: 1 }
  - { id: for-the-busy, kind: every, on: recharge, when: customer.segments.gold_and_busy, count: 1 }
`
const PROGRAM = programWith(LISTS)

const recharge = (local: string, value = 1) => event('recharge', local, value)
const plan = (local: string, name: string) => event('crm_update', local, 1, { plan: name })

const given = (...events: readonly Event[]) =>
  foldAll(NEW_GAME, events, PROGRAM)
    .outcomes.filter(({ kind }) => kind === 'badge')
    .map(({ rule, identity }) => [rule, events.findIndex((each) => each.identity === identity)])

describe('a segment in a condition', () => {
  test('holds as of the event, which is counted in what it looks at', () => {
    expect(
      given(
        recharge('2026-11-02 09:00', 99),
        recharge('2026-11-02 10:00', 1),
        recharge('2026-11-02 11:00', 1),
      ),
    ).toEqual([
      ['for-the-rich', 1],
      ['for-the-rich', 2],
    ])
  })

  test('is left as it was come into', () => {
    expect(
      given(
        recharge('2026-11-02 09:00', 100),
        decided(SPEND, '2026-11-02 10:00', 50),
        recharge('2026-11-02 11:00', 1),
        recharge('2026-11-02 12:00', 99),
      ),
    ).toEqual([
      ['for-the-rich', 0],
      ['for-the-rich', 3],
    ])
  })

  test('looks at attributes and scores together', () => {
    expect(
      given(
        plan('2026-11-02 09:00', 'gold'),
        recharge('2026-11-02 10:00'),
        recharge('2026-11-03 10:00'),
        plan('2026-11-03 11:00', 'basic'),
        recharge('2026-11-03 12:00'),
      ),
    ).toEqual([['for-the-busy', 2]])
  })

  test('fails the event where it cannot be evaluated', () => {
    const program = programWith(LISTS.replace('customer.segments.rich', 'customer.segments.divided'))
    const ofScores = { ...program, tracked: [] }
    const { outcomes } = foldAll(NEW_GAME, [recharge('2026-11-02 09:00')], ofScores)
    expect(outcomes).toMatchObject([{ kind: 'failed', rule: 'for-the-rich' }])
    expect(foldAll(NEW_GAME, [recharge('2026-11-02 09:00')], program).outcomes).toHaveLength(2)
  })
})

describe('at an instant', () => {
  const { state } = foldAll(
    NEW_GAME,
    [plan('2026-11-02 09:00', 'gold'), recharge('2026-11-03 09:00', 100)],
    PROGRAM,
  )

  test.each<[string, string, boolean]>([
    ['gold', '2026-11-09 00:00', true],
    ['rich', '2026-11-09 00:00', true],
    ['gold-and-busy', '2026-11-04 23:59', true],
    ['gold-and-busy', '2026-11-05 00:00', false],
    ['divided', '2026-11-03 12:00', true],
    ['divided', '2026-11-09 00:00', false],
  ])('%s at %s is %s', (id, local, expected) => {
    expect(isInSegment(PROGRAM.segments.get(id)!, state, instant(local), PROGRAM)).toBe(expected)
  })

  test('a profile names those that the customer is in', () => {
    const profile = (local: string) =>
      profileAt({ subjects: [], scores: NO_SCORES, outcomes: [], game: state }, instant(local), PROGRAM)
        .segments
    expect(profile('2026-11-04 12:00')).toEqual(['gold', 'rich', 'gold-and-busy', 'divided'])
    expect(profile('2026-11-06 12:00')).toEqual(['gold', 'rich'])
  })
})

describe('is refused, with what to change', () => {
  test.each<[string, string, string]>([
    [
      'an event',
      'event.value > 1.0',
      'this expression cannot look at event, only at scores, wallets and customer',
    ],
    [
      'another segment',
      'customer.segments.gold',
      'a segment cannot look at segments: write out here what holds for them',
    ],
    [
      'what is not declared',
      'customer.attributes.city == "x"',
      'customer.attributes has no city. It has plan.',
    ],
    [
      'no condition',
      'wallets.points.balance',
      'expected a condition (true or false) such as event.value >= 10.0, and this is a number',
    ],
  ])('%s', (_, when, message) => {
    expect(() => programWith(LISTS.replace('wallets.points.balance >= 100.0', when))).toThrow(message)
  })

  test('a name that no segment has', () => {
    expect(() => programWith(LISTS.replace('customer.segments.rich', 'customer.segments.poor'))).toThrow(
      'customer.segments has no poor. It has gold, rich, gold_and_busy and divided.',
    )
  })
})
