import { describe, expect, test } from 'vitest'
import { parseProgram } from '#domain/program.ts'
import { decayWeights } from '#domain/score.ts'
import { SHOP } from './shop.ts'

describe('what is written', () => {
  const program = parseProgram('program.yaml', SHOP, 'v')

  test('is what a wallet does', () => {
    expect(program.wallets).toEqual(['points', 'coins'])
    expect([...program.walletRules]).toEqual([
      ['points', { id: 'points', expiresAfter: 365 }],
      ['coins', { id: 'coins', expiresAfter: null }],
    ])
  })

  test('is how a score decays', () => {
    expect(program.scores[0]).toEqual({
      id: 'weight',
      kind: 'decayed',
      on: 'fee',
      days: 90,
      weights: decayWeights(90, 30),
      steps: [],
      bands: [
        { from: 50, name: 'heavy' },
        { from: 0, name: 'light' },
      ],
    })
    expect(program.scores[1]?.weights).toEqual([])
  })

  test('is which scores the fold carries: those of conditions and of bands', () => {
    expect(program.tracked.map(({ id }) => id)).toEqual(['weight'])
    const asked = SHOP.replace('amount: event.value', 'amount: scores.data_usage')
    const tracked = (text: string) => parseProgram('program.yaml', text, 'v').tracked.map(({ id }) => id)
    expect(tracked(asked)).toEqual(['weight', 'data-usage'])
    expect(tracked(SHOP.replace('    when: scores.weight < 50.0\n', ''))).toEqual(['weight'])
    expect(tracked(SHOP.replace('amount: event.value', 'amount: (scores).weight'))).toEqual([
      'weight',
      'data-usage',
    ])
  })

  test('is when a rule is in force: in the zone of the program, or in its own', () => {
    const rules = [...program.rulesByType.values()].flat().map(({ id, from, until }) => [id, from, until])
    expect(rules).toContainEqual(['later', Date.parse('2026-11-30T18:00Z'), Date.parse('2027-01-01T00:00Z')])
    expect(rules).toContainEqual(['history', Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
  })

  test('is what time alone makes something of, and what a later event can take away', () => {
    expect(program.timed.map(({ id }) => id)).toEqual(['heavy', 'weekly'])
    expect(program.following.map(({ id }) => id)).toEqual(['fees'])
  })

  test.each<[string, string, boolean]>([
    ['nothing', '', false],
    ['a wallet that expires', 'wallets: [{ id: p, expiresAfterDays: 1 }]', true],
    ['a wallet that does not', 'wallets: [{ id: p }]', false],
    ['pending points', "points: [{ id: x, on: a, amount: '1.0', wallet: p, availableAfterDays: 1 }]", true],
    ['points at once', "points: [{ id: x, on: a, amount: '1.0', wallet: p }]", false],
    ['a mission that tells', missionThat('tellMissed: true'), true],
    ['a mission that does not', missionThat('tellMissed: false'), false],
    ['a sum', 'badges: [{ id: x, kind: sum, on: a, levels: [1] }]', false],
  ])('is whether time alone can change a game: %s', (_, lists, hasTimers) => {
    const wallets = lists.includes('wallets') ? '' : 'wallets: [p]\n'
    const text = `program: shop\nzone: UTC\n${wallets}${lists}`
    expect(parseProgram('program.yaml', text, 'v').hasTimers).toBe(hasTimers)
  })

  test('is kept entry by entry, without the time it is in force', () => {
    const entry = program.entries.find(({ id }) => id === 'later')
    expect(entry).toEqual({
      list: 'points',
      id: 'later',
      text: '{"amount":"event.value","availableAfterDays":7,"id":"later","on":"recharge","wallet":"points","when":"scores.weight < 50.0"}',
      from: Date.parse('2026-11-30T18:00Z'),
      until: Date.parse('2027-01-01T00:00Z'),
      countsHistory: false,
      skipsErrors: false,
      watches: false,
    })
    expect(program.entries.filter(({ watches }) => watches).map(({ id }) => id)).toEqual(['heavy'])
    expect(program.entries.map(({ list, id, countsHistory }) => [list, id, countsHistory])).toEqual([
      ['wallets', 'points', false],
      ['wallets', 'coins', false],
      ['scores', 'weight', false],
      ['scores', 'data-usage', false],
      ['points', 'later', false],
      ['points', 'history', true],
      ['badges', 'fees', false],
      ['badges', 'heavy', false],
      ['missions', 'weekly', false],
      ['leaderboards', 'coins-day', false],
    ])
  })

  test.each<[string, string, string]>([
    ['the order of settings', 'kind: sum\n    on: fee', 'on: fee\n    kind: sum'],
    ['a comment', 'kind: sum', 'kind: sum # of fees'],
    ['the other form of a wallet', ', coins]', ', { id: coins }]'],
    ['what goes without saying', 'window: week\n', 'window: week\n    from: 2026-01-01T00:00\n'],
  ])('is the same entry with %s', (_, right, other) => {
    const texts = (text: string) => parseProgram('p', text, 'v').entries.map((entry) => entry.text)
    expect(texts(SHOP.replace(right, other))).toEqual(texts(SHOP))
  })
})

function missionThat(tells: string): string {
  return `missions: [{ id: x, on: a, objective: { count: events, target: 1 }, window: day, ${tells} }]`
}
