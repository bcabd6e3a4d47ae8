import { describe, expect, test } from 'vitest'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { eventsOf, missionProgram } from '../missions.ts'
import { programWith } from '../telco.ts'

const ONE = 'on: play, objective: { count: events, target: 1 }'

/** What three plays, two on a day and one on another, give: kind, occurrence, level and credit. */
function given(settings: string): string[] {
  const events = eventsOf(['02 09:00 play', '02 10:00 play', '03 09:00 play'])
  const { outcomes } = foldAll(NEW_GAME, events, missionProgram(`${ONE}, ${settings}`))
  return outcomes.map(({ kind, occurrence, level, wallet, amount, identity }) => {
    const number = events.findIndex((each) => each.identity === identity) + 1
    return `${kind} ${occurrence} ${level} ${amount / 10_000} ${wallet} #${number}`
  })
}

describe('a mission gives', () => {
  test('points of one wallet with the completion itself, in either form', () => {
    const expected = ['mission 2026-11-02 0 5 points #1', 'mission 2026-11-03 0 5 points #3']
    expect(given('window: day, reward: { wallet: points, amount: 5 }')).toEqual(expected)
    expect(given('window: day, rewards: [{ wallet: points, amount: 5 }]')).toEqual(expected)
  })

  test('points of another wallet under an occurrence of their own', () => {
    const rewards = 'rewards: [{ wallet: points, amount: 5 }, { wallet: coins, amount: 0.5 }]'
    expect(given(`window: once, repeat: always, ${rewards}`)).toEqual([
      'mission once/1 0 5 points #1',
      'points once/1/coins 0 0.5 coins #1',
      'mission once/2 0 5 points #2',
      'points once/2/coins 0 0.5 coins #2',
      'mission once/3 0 5 points #3',
      'points once/3/coins 0 0.5 coins #3',
    ])
  })

  test.each([
    ['window', ['2026-11-02 #1', '2026-11-03 #3']],
    ['always', ['2026-11-02/1 #1', '2026-11-02/2 #2', '2026-11-03/1 #3']],
    ['never', ['once #1']],
  ])('a badge with its first completion, repeated: %s', (repeat, completions) => {
    const all = given(`window: day, repeat: ${repeat}, rewards: [{ badge: medal }]`)
    expect(all.filter((each) => each.startsWith('badge'))).toEqual(['badge badge/medal 1 0 null #1'])
    const told = all.filter((each) => each.startsWith('mission'))
    expect(told).toEqual(completions.map((each) => `mission ${each.replace(' ', ' 0 0 null ')}`))
  })
})

test('a mission gives bundles for each completion, which credit nothing', () => {
  expect(given('window: day, rewards: [{ bundle: 1GB-7D }, { wallet: points, amount: 5 }]')).toEqual([
    'mission 2026-11-02 0 5 points #1',
    'bundle 2026-11-02/bundle/1GB-7D 0 0 null #1',
    'mission 2026-11-03 0 5 points #3',
    'bundle 2026-11-03/bundle/1GB-7D 0 0 null #3',
  ])
})

describe('a mistake is told with its place', () => {
  test.each([
    [
      'reward: { wallet: points, amount: 1 }, rewards: [{ badge: x }]',
      'reward: a mission has one reward of points, or a list of rewards: leave one of the two out',
    ],
    [
      'rewards: [{ wallet: points, amount: 1 }, { badge: x }, { wallet: points, amount: 2 }]',
      'rewards.3.wallet: points is rewarded already: leave one of the two out',
    ],
    [
      'rewards: [{ wallet: gold, amount: 1 }]',
      'rewards.1.wallet: no wallet is named gold. There are points and coins.',
    ],
    [
      'rewards: [{ bundle: 1GB-7D }, { bundle: 1GB-7D }]',
      'rewards.2.bundle: 1GB-7D is rewarded already: leave one of the two out',
    ],
    ['rewards: [{ bundle: 1 GB }]', 'rewards.1.bundle: expected the name of a bundle, such as 1GB-7D'],
    ['rewards: [{ badge: m }]', 'rewards.1.badge: m names something else already: choose an id of its own'],
    ['rewards: [{ badge: x }, { badge: x }]', 'rewards.2.badge: x names something else already'],
    [
      'rewards: [x]',
      'rewards.1: expected { wallet: points, amount: 50 }, { badge: explorer } or { bundle: 1GB-7D }',
    ],
    ['rewards: []', 'missions.m.rewards: expected at least one entry'],
  ])('%s', (rewards, message) => {
    expect(() => missionProgram(`${ONE}, window: day, ${rewards}`)).toThrow(message)
  })

  test('a badge that two missions give', () => {
    const mission = (id: string) => `{ id: ${id}, ${ONE}, window: day, rewards: [{ badge: x }] }`
    expect(() => programWith(`wallets: [points]\nmissions: [${mission('a')}, ${mission('b')}]`)).toThrow(
      'missions.b.rewards.1.badge: x names something else already',
    )
  })
})
