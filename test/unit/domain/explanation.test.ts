import { describe, expect, test } from 'vitest'
import { type Event, SPEND } from '#domain/event.ts'
import { eventsBehind } from '#domain/explanation.ts'
import { foldAll, type GameState, NEW_GAME } from '#domain/fold.ts'
import { decided, event, instant, programWith } from './telco.ts'

const PROGRAM = programWith(`wallets: [{ id: points, expiresAfterDays: 10 }]
scores:
  - { id: s, kind: recency, on: recharge, steps: [{ atMost: 1, score: 1 }], bands: [{ from: 1, name: fresh }, { from: 0, name: gone }] }
points:
  - { id: each, on: recharge, amount: event.value, wallet: points }
  - { id: capped, on: recharge, amount: event.value, wallet: points, cap: { amount: 100, per: day } }
badges:
  - { id: first, kind: first, on: recharge, when: event.value >= 20.0 }
  - { id: streak, kind: day-streak, on: app_login, levels: [2, 4] }
  - { id: levels, kind: sum, on: fee, levels: [100, 200], per: month, follow: true }
  - { id: gone, kind: band, score: s, band: gone }
  - { id: every, kind: every, on: call, count: 2 }
  - { id: run, kind: streak, on: call, when: event.value >= 5.0, levels: [2, 3] }
  - { id: near, kind: streak, on: call, when: event.value >= 5.0, count: 3, within: { days: 2 }, consecutive: false }
  - { id: counted, kind: count, on: call, count: 2, per: week }
  - { id: days, kind: periods, on: call, per: day, count: 2, levels: [2] }
  - { id: latest, kind: periods, on: call, per: day, levels: [3], consecutive: false, within: 4 }
missions:
  - { id: two, on: recharge, when: event.value >= 20.0, objective: { count: events, target: 2 }, window: week, reward: { wallet: points, amount: 7 }, tellMissed: true }
  - { id: once, on: recharge, objective: { sum: value, target: 100 }, window: once }
  - { id: again, on: play, objective: { count: events, target: 2 }, window: week, repeat: always, rewards: [{ bundle: 1GB }] }
  - id: both
    objectives: [{ on: play, count: events, target: 2 }, { on: sms, count: days, target: 2 }]
    window: { days: 3, from: first-match }
    rewards: [{ wallet: points, amount: 1 }, { badge: all-round }]`)

const recharge = (local: string, value: number) => event('recharge', `2026-11-${local}`, value)
const login = (local: string) => event('app_login', `2026-11-${local}`)
const call = (local: string, value = 5) => event('call', `2026-11-${local}`, value)
const fee = (local: string, value: number) => event('fee', `2026-11-${local}`, value)

/** Which of the events, by their numbers, the last outcome of a rule and an occurrence rests on. */
function behind(
  rule: string,
  kind: string,
  events: readonly Event[],
  program = PROGRAM,
  start: GameState = NEW_GAME,
): number[] | undefined {
  const { outcomes } = foldAll(start, events, program, instant('2026-12-31 00:00'))
  const outcome = outcomes.findLast((each) => each.rule === rule && each.kind === kind)
  if (!outcome) return undefined
  const found = eventsBehind(outcome, start, events.toReversed(), program)
  return found.map((each) => events.indexOf(each))
}

describe('what an outcome rests on', () => {
  const play = (local: string) => event('play', `2026-11-${local}`)
  const sms = (local: string) => event('sms', `2026-11-${local}`)
  const plays = ['23 09:00', '23 10:00', '23 11:00', '24 09:00', '24 10:00'].map(play)

  test.each<[string, string, string, Event[], number[]]>([
    ['a completion within its window again: those since the last one', 'again', 'mission', plays, [2, 3]],
    ['a bundle: those of its completion', 'again', 'bundle', plays, [2, 3]],
    [
      'a mission of several objectives: those of any of them in its window',
      'both',
      'mission',
      [
        play('20 09:00'),
        sms('23 09:00'),
        play('23 10:00'),
        fee('24 09:00', 1),
        play('24 10:00'),
        sms('25 09:00'),
      ],
      [1, 2, 4, 5],
    ],
    [
      'a badge that a mission gives: those of its first completion',
      'both',
      'badge',
      [sms('22 09:00'), play('23 10:00'), play('24 10:00'), sms('24 11:00'), play('24 12:00')],
      [0, 1, 2, 3],
    ],
  ])('%s', (_, rule, kind, events, expected) => {
    expect(behind(rule, kind, events)).toEqual(expected)
  })

  const [spent, before] = [decided(SPEND, '2026-11-24 10:00', 5), recharge('23 09:00', 10)]

  test.each<[string, string, string, Event[], number[]]>([
    ['points: the event', 'each', 'points', [recharge('23 09:00', 10), recharge('23 10:00', 10)], [1]],
    [
      'capped points: those of the period, which had filled it',
      'capped',
      'points',
      [recharge('22 23:00', 50), recharge('23 09:00', 60), fee('23 10:00', 5), recharge('23 11:00', 60)],
      [1, 3],
    ],
    [
      'a first event: it alone, and not what did not meet the condition',
      'first',
      'badge',
      [recharge('23 09:00', 10), recharge('23 10:00', 20), recharge('23 11:00', 20)],
      [1],
    ],
    [
      'a streak: one of each day of its run',
      'streak',
      'badge',
      [login('20 09:00'), login('22 09:00'), login('22 10:00'), login('23 09:00')],
      [1, 3],
    ],
    [
      'a longer one: also those of its shorter levels',
      'streak',
      'badge',
      ['20', '21', '22', '23', '24'].map((date) => login(`${date} 09:00`)),
      [0, 1, 2, 3],
    ],
    [
      'a sum: those of its period, also what took from it',
      'levels',
      'badge',
      [
        event('fee', '2026-10-31 09:00', 500),
        fee('01 00:00', 140),
        fee('02 09:00', -74),
        fee('03 09:00', 54),
      ],
      [1, 2, 3],
    ],
    [
      'a mission: those of its window that count',
      'two',
      'mission',
      [recharge('22 09:00', 20), recharge('23 09:00', 20), recharge('24 09:00', 5), recharge('25 09:00', 20)],
      [1, 3],
    ],
    [
      'a mission of one window for ever: all of them',
      'once',
      'mission',
      [
        recharge('01 09:00', 60),
        recharge('23 09:00', 30),
        recharge('25 09:00', 20),
        recharge('26 09:00', 20),
      ],
      [0, 1, 2],
    ],
    [
      'a missed one: those of the window that closed',
      'two',
      'missed',
      [recharge('16 09:00', 20), recharge('17 09:00', 20), recharge('23 09:00', 20), fee('24 09:00', 5)],
      [2],
    ],
    [
      'every second match: those of its run',
      'every',
      'badge',
      [call('02 09:00'), call('02 10:00'), call('03 09:00'), call('03 09:00'), call('04 09:00')],
      [2, 3],
    ],
    [
      'a streak of matches: those of its run, and not what broke the one before',
      'run',
      'badge',
      [call('02 09:00'), call('02 10:00', 1), call('02 10:00'), call('03 10:00'), call('04 10:00')],
      [2, 3, 4],
    ],
    [
      'matches within a time: those that lie within it',
      'near',
      'badge',
      [call('02 09:00'), call('03 09:00'), call('04 10:00'), call('04 11:00', 1), call('05 09:00')],
      [1, 2, 4],
    ],
    [
      'a count within a period: those of the period',
      'counted',
      'badge',
      [call('01 09:00'), call('02 09:00'), call('03 09:00'), call('04 09:00')],
      [1, 2],
    ],
    [
      'consecutive periods: those of all of them',
      'days',
      'badge',
      [...['02 09:00', '03 09:00', '03 10:00', '04 09:00', '04 10:00', '04 11:00'].map((time) => call(time))],
      [1, 2, 3, 4],
    ],
    [
      'some of the latest periods: those since the first that counts',
      'latest',
      'badge',
      [call('02 09:00'), call('05 09:00'), call('07 09:00'), call('07 10:00'), call('08 09:00')],
      [1, 2, 3, 4],
    ],
    ['a spend: it alone', 'points', 'spent', [before, spent], [1]],
    ['what expires: no single event', 'points', 'expired', [before], []],
  ])('%s', (_, rule, kind, events, expected) => {
    expect(behind(rule, kind, events)).toEqual(expected)
  })

  test('a band that time alone came to: the event that it is the time since', () => {
    expect(behind('gone', 'badge', [recharge('23 09:00', 10), fee('23 10:00', 5)])).toEqual([0])
  })

  describe('a tier', () => {
    const LEVELS = 'levels: [{ name: silver, from: 100 }, { name: gold, from: 300 }]'
    const tiers = programWith(`wallets: [points]
points: [{ id: each, on: recharge, amount: event.value, wallet: points }]
tiers:
  - { id: good, wallet: points, ${LEVELS} }
  - { id: again, wallet: points, per: week, ${LEVELS} }`)

    test('held for good: all that was earned', () => {
      const events = [
        recharge('01 09:00', 60),
        fee('02 09:00', 60),
        recharge('09 09:00', 60),
        recharge('10 09:00', 1),
      ]
      expect(behind('good', 'tier', events, tiers)).toEqual([0, 2])
    })

    test('to be earned again: what was earned in the period', () => {
      const events = [recharge('01 09:00', 90), recharge('02 09:00', 60), recharge('03 09:00', 60)]
      const until = foldAll(NEW_GAME, events, tiers).outcomes.filter(({ rule }) => rule === 'again')
      const found = eventsBehind(until.at(-1)!, NEW_GAME, events, tiers)
      expect(found.map((each) => events.indexOf(each))).toEqual([1, 2])
    })
  })

  test('nothing that comes after it, and of one instant what comes before it', () => {
    const at = '23 09:00'
    expect(behind('two', 'mission', [recharge(at, 20), recharge(at, 20), recharge(at, 20)])).toEqual([0, 1])
  })

  test('nothing of a settled past, which is not known any more', () => {
    const past = foldAll(NEW_GAME, [recharge('23 09:00', 60)], PROGRAM, instant('2026-11-24 00:00')).state
    const [own] = [recharge('24 09:00', 60)]
    expect(behind('once', 'mission', [own!], PROGRAM, past)).toEqual([0])
    expect(behind('two', 'mission', [own!], PROGRAM, past)).toEqual([0])
  })

  test('what happens to no rule of this name: nothing', () => {
    const { outcomes } = foldAll(NEW_GAME, [before], PROGRAM)
    expect(eventsBehind({ ...outcomes[0]!, rule: 'unknown' }, NEW_GAME, [before], PROGRAM)).toEqual([])
  })

  test('the history is left as it was', () => {
    const events = Object.freeze([recharge('24 09:00', 60), recharge('23 09:00', 60)])
    const { outcomes } = foldAll(NEW_GAME, events, PROGRAM)
    const outcome = outcomes.find(({ rule }) => rule === 'once')!
    expect(eventsBehind(outcome, NEW_GAME, events, PROGRAM)).toEqual([events[1], events[0]])
  })
})
