import { describe, expect, test } from 'vitest'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { eventsOf, type Line } from '../missions.ts'
import { programWith } from '../telco.ts'

const LISTS = `wallets: [points]
scores:
  - { id: recency, kind: recency, on: recharge, steps: [{ atMost: 1, score: 1 }], bands: [{ from: 1, name: fresh }, { from: 0, name: gone }] }
segments:
  - { id: rich, when: wallets.points.earned >= 5.0 }
points:
  - { id: each, on: recharge, amount: event.value, wallet: points }
  - { id: medalists, on: fee, when: customer.badges.medal > 0, amount: '1.0', wallet: points }
tiers:
  - { id: club, wallet: points, levels: [{ name: silver, from: 5 }, { name: gold, from: 10 }] }
badges:
  - { id: logins, kind: every, on: login, levels: [1, 3] }
  - { id: spender, kind: sum, on: recharge, levels: [100], follow: true }
missions:
  - { id: before, on: play, objective: { count: events, target: 1 }, window: day, requires: [{ mission: middle }] }
  - { id: middle, on: play, objective: { count: events, target: 2 }, window: day, rewards: [{ badge: medal }] }
  - { id: after, on: play, objective: { count: events, target: 1 }, window: day, requires: [{ mission: middle }] }`

const withMission = (settings: string) => programWith(`${LISTS}\n  - { id: m, window: day, ${settings} }`)

/** The numbers of the events that completed a mission, from 1. */
function completions(mission: string, settings: string, lines: readonly Line[]): number[] {
  const events = eventsOf(lines)
  const { outcomes } = foldAll(NEW_GAME, events, withMission(settings))
  return outcomes
    .filter(({ kind, rule }) => kind === 'mission' && rule === mission)
    .map(({ identity }) => events.findIndex((each) => each.identity === identity) + 1)
}

const ONE = 'on: play, objective: { count: events, target: 1 }'

describe('a mission counts only events at which it holds that', () => {
  test.each<[string, string, Line[], number[]]>([
    ['a badge is held', '{ badge: logins }', ['02 09:00 play', '02 10:00 login', '02 11:00 play'], [3]],
    [
      'a level is held',
      '{ badge: logins, level: 2 }',
      ['02 08:00 login', '02 09:00 login', '02 10:00 play', '02 11:00 login', '02 12:00 play'],
      [5],
    ],
    [
      'a badge is held that this very event gives, and not once it is lost',
      '{ badge: spender }',
      ['02 09:00 recharge 100', '03 09:00 play', '03 10:00 recharge -1', '04 09:00 play'],
      [2],
    ],
    [
      'a badge is held that a mission gives',
      '{ badge: medal }',
      ['02 09:00 play', '02 10:00 play', '09 09:00 play'],
      [2, 3],
    ],
    [
      'a mission was completed, in whatever window',
      '{ mission: middle }',
      ['02 09:00 play', '02 10:00 play', '09 09:00 play'],
      [2, 3],
    ],
    [
      'a score is in a band, this event and the time counted',
      '{ score: recency, band: fresh }',
      ['02 09:00 play', '02 10:00 recharge 1', '02 11:00 play', '03 23:59 play', '04 00:00 play'],
      [3, 4],
    ],
    [
      'a level of a tier is held, or a higher one, by what came before the event',
      '{ tier: club, level: silver }',
      [
        '02 09:00 recharge 4',
        '02 10:00 play',
        '02 11:00 recharge 1',
        '02 12:00 play',
        '02 13:00 recharge 9',
        '03 14:00 play',
      ],
      [4, 6],
    ],
    [
      'a segment has the customer',
      '{ segment: rich }',
      ['02 09:00 play', '02 10:00 recharge 5', '02 11:00 play'],
      [3],
    ],
    [
      'all of it holds',
      '{ badge: logins }, { badge: medal }',
      ['02 08:00 play', '02 09:00 play', '02 10:00 login', '02 11:00 play'],
      [4],
    ],
  ])('%s', (_, requires, lines, expected) => {
    expect(completions('m', `${ONE}, requires: [${requires}]`, lines)).toEqual(expected)
  })

  test('as of the event: what a mission further up sees of one further down is from before it', () => {
    const lines = ['02 09:00 play', '02 10:00 play', '02 11:00 play']
    expect(completions('before', ONE, lines)).toEqual([3])
    expect(completions('after', ONE, lines)).toEqual([2])
  })

  test('and neither breaks a streak nor begins a window by the others', () => {
    const streak = 'on: play, when: event.value > 1.0, objective: { streak: events, target: 2 }'
    const lines = ['02 08:00 login', '02 09:00 play 2', '02 10:00 play 1', '02 11:00 play 2']
    expect(completions('m', `${streak}, requires: [{ badge: logins }]`, lines)).toEqual([])
    const unheld = [
      '02 08:00 recharge 1',
      '02 09:00 play 2',
      '04 10:00 play 1',
      '04 11:00 recharge 1',
      '04 12:00 play 2',
    ]
    const settings = `${streak.replace('window: day', '')}, requires: [{ score: recency, band: fresh }]`
    expect(completions('m', settings, unheld)).toEqual([])
  })

  test('nor fails by what it cannot evaluate while it does not hold', () => {
    const settings = `${ONE}, when: event.metadata.x > 1.0, requires: [{ badge: logins }]`
    const lines = ['02 09:00 play', '02 10:00 login', '02 11:00 play 1 {"x":1.5}']
    const { outcomes } = foldAll(NEW_GAME, eventsOf(lines), withMission(settings))
    expect(outcomes.filter(({ kind }) => kind === 'failed')).toEqual([])
    expect(completions('m', settings, lines)).toEqual([3])
  })
})

test('a badge that a mission gives is one that conditions can ask for', () => {
  const events = eventsOf(['02 08:00 fee', '02 09:00 play', '02 10:00 play', '02 11:00 fee'])
  const { outcomes } = foldAll(NEW_GAME, events, withMission(ONE))
  expect(outcomes.filter(({ rule }) => rule === 'medalists').map(({ identity }) => identity)).toEqual([
    events[3]!.identity,
  ])
})

describe('a program', () => {
  test('keeps for ever that a mission was completed only where that is asked', () => {
    const { missions } = withMission(ONE)
    expect(missions.map(({ id, remembers }) => [id, remembers])).toEqual([
      ['before', false],
      ['middle', true],
      ['after', false],
      ['m', false],
    ])
  })

  test.each([
    [`${ONE}, requires: [{ badge: logins }]`, true],
    [ONE, false],
  ])('looks around where %s asks for what another rule made: %s', (settings, looks) => {
    const program = programWith(
      `wallets: [points]\nbadges: [{ id: logins, kind: first, on: login }]\nmissions: [{ id: m, window: day, ${settings} }]`,
    )
    expect(program.looksAround).toBe(looks)
  })

  test('carries a score of which a band is required', () => {
    expect(withMission(ONE).tracked).toEqual([])
    const program = withMission(`${ONE}, requires: [{ score: recency, band: fresh }]`)
    expect(program.tracked.map(({ id }) => id)).toEqual(['recency'])
  })
})

describe('a mistake is told with its place', () => {
  test.each([
    ['{ badge: medals }', 'requires.1.badge: no badge is named medals.'],
    ['{ badge: logins, level: 3 }', 'requires.1.level: the badge logins has no level 3: its highest is 2'],
    ['{ badge: medal, level: 2 }', 'requires.1.level: the badge medal has no level 2: its highest is 1'],
    [
      '{ mission: none }',
      'requires.1.mission: no mission is named none. There are before, middle, after and m.',
    ],
    ['{ segment: poor }', 'requires.1.segment: no segment is named poor. There is rich.'],
    ['{ tier: clubs, level: gold }', 'requires.1.tier: no tier is named clubs. Did you mean club?'],
    [
      '{ tier: club, level: bronze }',
      'requires.1.level: the tier club has no level bronze. There are silver and gold.',
    ],
    ['{ mission: m }', 'requires.1.mission: a mission that requires itself can never begin: leave this out'],
    ['{ score: none, band: fresh }', 'requires.1.score: no score is named none. There is recency.'],
    [
      '{ score: recency, band: old }',
      'requires.1.band: the score recency has no band old. There are fresh and gone.',
    ],
    ['{ level: 3 }', 'requires.1: badge is missing: add badge: first-recharge'],
  ])('%s', (requires, message) => {
    expect(() => withMission(`${ONE}, requires: [${requires}]`)).toThrow(message)
  })
})
