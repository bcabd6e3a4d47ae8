import { describe, expect, test } from 'vitest'
import { appliedTo } from '#domain/customer.ts'
import { type Event, SPEND } from '#domain/event.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { profileAt } from '#domain/profile.ts'
import { NO_SCORES } from '#domain/score.ts'
import { parseSubject } from '#domain/subject.ts'
import { decided, event, instant, programWith } from './telco.ts'

const program = (eligibility: string) =>
  programWith(`wallets: [{ id: points, expiresAfterDays: 10 }]
scores:
  - { id: recency, kind: recency, on: recharge, steps: [{ atMost: 1, score: 2 }, { score: 1 }], bands: [{ from: 2, name: fresh }, { from: 1, name: lapsed }, { from: 0, name: never }] }
attributes:
  - { id: opted-out, on: crm_update, when: has(event.metadata.out), type: bool, value: event.metadata.out }
segments:
  - { id: rich, when: wallets.points.earned >= 30.0 }
eligibility:
  - { id: e, ${eligibility} }
points:
  - { id: base, on: recharge, amount: event.value, wallet: points }
  - { id: asked, on: crm_update, amount: '1.0', wallet: points }
badges:
  - { id: fresh, kind: band, score: recency, band: fresh }
  - { id: lapsed, kind: band, score: recency, band: lapsed }
  - { id: in-a-row, kind: streak, on: recharge, when: event.value >= 10.0, levels: [2] }
leaderboards:
  - { id: best, wallet: points, period: all }
  - { id: spent, sum: value, on: recharge, period: all }`)

const OPTED_IN = program("when: '!customer.attributes.opted_out'")
const recharge = (local: string, value = 10) => event('recharge', local, value)
const optOut = (local: string, out: boolean) => event('crm_update', local, 1, { out })

const fold = (events: readonly Event[], until?: string, by = OPTED_IN) =>
  foldAll(NEW_GAME, events, by, until === undefined ? undefined : instant(until))
const given = (...args: Parameters<typeof fold>) =>
  fold(...args).outcomes.map(({ rule, occurrence, identity }) => {
    const index = args[0].findIndex((each) => each.identity === identity)
    return index < 0 ? `${rule} ${occurrence}` : `${rule} ${index}`
  })

describe('an event of somebody who is not eligible', () => {
  const out = [recharge('2026-11-02 09:00'), optOut('2026-11-02 10:00', true), recharge('2026-11-02 11:00')]

  test('counts for no rule, and takes nothing back', () => {
    expect(given(out)).toEqual(['base 0', 'fresh 0'])
    expect(fold(out).standings.map(({ board, total }) => [board, total])).toEqual([
      ['best', 100_000],
      ['spent', 100_000],
    ])
  })

  test('counts in the scores', () => {
    const { state } = fold(out)
    expect(state.scores!.types.recharge!.slice(1)).toEqual([2, 200_000])
  })

  test('is the one that says so, and no more the one that takes it back', () => {
    const back = [...out, optOut('2026-11-02 12:00', false), recharge('2026-11-02 13:00')]
    expect(given(back)).toEqual(['base 0', 'fresh 0', 'asked 3', 'base 4', 'in-a-row 4'])
  })

  test('is a spend, which counts all the same', () => {
    const { state } = fold([...out, decided(SPEND, '2026-11-02 12:00', 4)])
    expect(state.wallets.points?.balance).toBe(60_000)
  })
})

test('time goes on without eligibility: points expire, but no badge is given for a band', () => {
  const events = [recharge('2026-11-02 09:00'), optOut('2026-11-02 10:00', true)]
  expect(given(events, '2026-11-20 00:00')).toEqual(['base 0', 'fresh 0', 'points expired/2026-11-12'])
  expect(given([...events, optOut('2026-11-03 09:00', false)], '2026-11-05 00:00')).toContain(
    'lapsed 2026-11-04',
  )
  // Where the score went meanwhile is known.
  const later = [...events, optOut('2026-11-06 09:00', false)]
  expect(given(later, '2026-11-20 00:00')).not.toContain('lapsed 2026-11-04')
})

describe('a list of ids', () => {
  const LISTED = program(
    "exclude: ['+8801700000042', crm-7, '+88017999*', 3E0A1C5E-aaaa-4bbb-8ccc-0123456789ab]",
  )

  test.each<[readonly string[], boolean]>([
    [['+8801700000042'], true],
    [['+8801700000043'], false],
    [['crm-7'], true],
    [['crm-77'], false],
    [['+8801799912345'], true],
    [['3e0a1c5e-aaaa-4bbb-8ccc-0123456789ab'], true],
    [['+8801711111111', 'crm-7'], true],
    [['+8801711111111', 'crm-8'], false],
  ])('excludes %j: %s', (ids, isExcluded) => {
    const subjects = ids.map((id) => parseSubject(id, undefined))
    const applied = appliedTo(LISTED, subjects)
    expect(given([recharge('2026-11-02 09:00')], undefined, applied)).toEqual(
      isExcluded ? [] : ['base 0', 'fresh 0'],
    )
    const customer = { subjects, scores: NO_SCORES, outcomes: [], game: NEW_GAME }
    expect(profileAt(customer, instant('2026-11-02 09:00'), LISTED).eligible).toBe(!isExcluded)
  })
})

test.each<[string, string, string[]]>([
  ['before its beginning', '2026-11-01 23:59', ['base 0', 'fresh 0']],
  ['from its beginning', '2026-11-02 00:00', []],
  ['up to its end', '2026-11-02 23:59', []],
  ['not at its end', '2026-11-03 00:00', ['base 0', 'fresh 0']],
])('is asked for events within its time: %s', (_, local, expected) => {
  const none = program("when: 'false', from: 2026-11-02T00:00, until: 2026-11-03T00:00")
  expect(given([recharge(local)], undefined, none)).toEqual(expected)
})

test('looks at segments, as of before the rules', () => {
  const events = [
    recharge('2026-11-02 09:00', 20),
    recharge('2026-11-02 10:00', 20),
    recharge('2026-11-02 11:00', 20),
  ]
  expect(given(events, undefined, program('when: "!customer.segments.rich"'))).toEqual([
    'base 0',
    'fresh 0',
    'base 1',
    'in-a-row 1',
  ])
})

describe('what cannot be evaluated', () => {
  const BROKEN = "when: '1 / int(wallets.points.spent) > 0'"

  test('fails the event, and nobody is eligible', () => {
    const { outcomes } = fold([recharge('2026-11-02 09:00')], '2026-11-05 00:00', program(BROKEN))
    expect(outcomes).toMatchObject([{ kind: 'failed', rule: 'e', receipt: { error: 'division by zero' } }])
  })

  test('is passed over where it skips errors', () => {
    const events = [recharge('2026-11-02 09:00')]
    expect(given(events, undefined, program(`${BROKEN}, onError: skip`))).toEqual(['base 0', 'fresh 0'])
  })
})

test.each<[string, string]>([
  ['onError: skip', 'expected either when: a condition that has to hold, or exclude'],
  ["when: 'true', exclude: [x]", 'expected either when: a condition that has to hold, or exclude'],
  ['exclude: [+8801700000042]', "expected an id in quotes, such as '+8801700000042'"],
  ['exclude: []', 'expected an id in quotes'],
  ["exclude: ['*']", 'this would exclude everybody'],
  ["when: 'event.value > 1.0'", 'this expression cannot look at event'],
  ["when: 'customer.attributes.staff'", 'customer.attributes has no staff'],
])('refuses %s', (settings, message) => {
  expect(() => program(settings)).toThrow(message)
})
