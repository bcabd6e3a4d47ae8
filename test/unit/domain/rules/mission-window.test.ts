import { describe, expect, test } from 'vitest'
import { type Line, missionProgram, outcomesOf } from '../missions.ts'

const TWO = 'on: play, objective: { count: events, target: 2 }'
const plays = (...times: readonly string[]): Line[] => times.map((time) => `${time} play`)

describe('a window', () => {
  test.each<[string, string, Line[], string[]]>([
    [
      'of days from a day on',
      'window: { days: 3, starting: 2026-11-03 }',
      plays('05 23:59', '06 00:00', '08 23:59'),
      ['2026-11-06..2026-11-08 #3'],
    ],
    [
      'from the first match includes its day and the last one',
      'window: { days: 3, from: first-match }',
      plays('02 23:59', '04 23:59', '05 00:00', '07 23:59'),
      ['2026-11-02..2026-11-04 #2', '2026-11-05..2026-11-07 #4'],
    ],
    [
      'from the first match is missed at its end, and begins with no other event',
      'window: { days: 3, from: first-match }, tellMissed: true',
      [...plays('02 09:00'), '04 09:00 fee', ...plays('05 00:00', '05 01:00')],
      ['-2026-11-02..2026-11-04', '2026-11-05..2026-11-07 #4'],
    ],
    [
      'from an event on counts nothing before it and nothing after its end',
      'window: { days: 2, from: { on: joined } }, tellMissed: true',
      [...plays('02 08:00'), '02 09:00 joined', ...plays('02 10:00', '04 00:00')],
      ['-2026-11-02..2026-11-03'],
    ],
    [
      'that an event began goes on when another one comes, which begins one after it',
      'window: { days: 2, from: { on: joined } }, tellMissed: true',
      [
        '02 09:00 joined',
        '03 09:00 joined',
        ...plays('04 00:00'),
        '04 09:00 joined',
        ...plays('05 09:00', '05 10:00'),
      ],
      ['-2026-11-02..2026-11-03', '2026-11-04..2026-11-05 #6'],
    ],
    [
      'begins with an event that meets its condition',
      'window: { days: 2, from: { on: joined, when: event.value > 1.0 } }',
      [
        '02 09:00 joined 1',
        ...plays('02 10:00', '02 11:00'),
        '02 12:00 joined 2',
        ...plays('03 10:00', '03 11:00'),
      ],
      ['2026-11-02..2026-11-03 #6'],
    ],
    [
      'counts the event that begins it where it matches',
      'window: { days: 1, from: { on: play } }',
      plays('02 09:00', '02 10:00'),
      ['2026-11-02..2026-11-02 #2'],
    ],
  ])('%s', (_, settings, lines, outcomes) => {
    expect(outcomesOf(`${TWO}, ${settings}`, lines)).toEqual(outcomes)
  })
})

describe('a mission is repeated', () => {
  const six = plays('02 09:00', '02 10:00', '02 11:00', '02 12:00', '09 09:00', '09 10:00')

  test.each<[string, string, string[]]>([
    ['once a window, unless it says otherwise', 'window: week', ['2026-W45 #2', '2026-W46 #6']],
    ['never', 'window: week, repeat: never', ['once #2']],
    [
      'as often as it is reached',
      'window: week, repeat: always',
      ['2026-W45/1 #2', '2026-W45/2 #4', '2026-W46/1 #6'],
    ],
    [
      'as often as it is reached, for ever',
      'window: once, repeat: always',
      ['once/1 #2', 'once/2 #4', 'once/3 #6'],
    ],
    [
      'once a window from the first match on',
      'window: { days: 3, from: first-match }',
      ['2026-11-02..2026-11-04 #2', '2026-11-09..2026-11-11 #6'],
    ],
    [
      'within a window from the first match on',
      'window: { days: 3, from: first-match }, repeat: always',
      ['2026-11-02..2026-11-04/1 #2', '2026-11-02..2026-11-04/2 #4', '2026-11-09..2026-11-11/1 #6'],
    ],
  ])('%s', (_, settings, outcomes) => {
    expect(outcomesOf(`${TWO}, ${settings}`, six)).toEqual(outcomes)
  })

  test('without what one completion had in the next', () => {
    const settings = 'on: fee, objective: { sum: value, target: 10 }, window: week, repeat: always'
    const lines = ['02 09:00 fee 25', '02 10:00 fee 9', '02 11:00 fee 1']
    expect(outcomesOf(settings, lines)).toEqual(['2026-W45/1 #1', '2026-W45/2 #3'])
  })

  test('and missed where a window had no completion', () => {
    const settings = `${TWO}, window: week, repeat: always, tellMissed: true`
    expect(outcomesOf(settings, [...six.slice(0, 3), ...plays('09 09:00')])).toEqual([
      '2026-W45/1 #2',
      '-2026-W46',
    ])
  })

  test('never more, and not missed, once it is completed for ever', () => {
    const settings = `${TWO}, window: week, repeat: never, tellMissed: true`
    const lines = plays('02 09:00', '09 09:00', '09 10:00', '16 09:00')
    expect(outcomesOf(settings, lines)).toEqual(['-2026-W45', 'once #3'])
  })
})

describe('a mistake is told with what to write instead', () => {
  test.each<[string, string, string]>([
    [
      'no objective',
      'on: play, window: week',
      'expected an objective such as { count: events, target: 3 }, or objectives',
    ],
    [
      'no type',
      'objective: { count: events, target: 2 }, window: week',
      'expected on: the type of the events that it looks at',
    ],
    [
      'both forms',
      'objective: { count: events, target: 2 }, objectives: [{ on: play, count: days, target: 2 }], window: week',
      'a mission has one objective, or a list of objectives: leave one of the two out',
    ],
    [
      'a type beside a list',
      'on: play, objectives: [{ on: play, count: days, target: 2 }], window: week',
      'each of objectives has its own on: write it there, and leave it out here',
    ],
    [
      'an objective of a list without a type',
      'objectives: [{ count: days, target: 2 }], window: week',
      'missions.m.objectives.1: on is missing: expected a type of events such as recharge',
    ],
    [
      'a condition of an objective that is none',
      'objectives: [{ on: play, when: event.volume > 1.0, count: days, target: 2 }], window: week',
      'missions.m.objectives.1.when: ',
    ],
    [
      'a beginning that is none',
      `${TWO}, window: { days: 3, from: tomorrow }`,
      'missions.m.window.from: expected first-match, or { on: campaign_joined }',
    ],
    [
      'a condition of a beginning that is none',
      `${TWO}, window: { days: 3, from: { on: joined, when: scores.none > 1.0 } }`,
      'missions.m.window.from.when: ',
    ],
    [
      'a day and an event to begin with',
      `${TWO}, window: { days: 3, starting: 2026-11-02, from: first-match }`,
      'window.starting: a window begins with a day of the calendar or with an event: leave starting or from out',
    ],
    [
      'a missed window that never ends',
      `${TWO}, window: once, repeat: always, tellMissed: true`,
      'leave tellMissed out',
    ],
    [
      'a field that is none',
      'on: play, objective: { distinct: city, target: 2 }, window: week',
      'expected type, source, or a field such as metadata.city',
    ],
    [
      'too many values',
      'on: play, objective: { distinct: source, target: 51 }, window: week',
      'expected at most 50, got 51',
    ],
  ])('%s', (_, settings, message) => {
    expect(() => missionProgram(settings)).toThrow(message)
  })
})
