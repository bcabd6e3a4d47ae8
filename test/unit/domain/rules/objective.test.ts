import { describe, expect, test } from 'vitest'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { eventsOf, type Line, missionProgram, outcomesOf } from '../missions.ts'

const WEEK = 'window: week'
const city = (name: unknown) => `recharge 1 ${JSON.stringify({ city: name })}`

describe('an objective', () => {
  test.each<[string, string, Line[], string[]]>([
    [
      'counts days, each once',
      'on: play, objective: { count: days, target: 2 }',
      ['02 00:00 play', '02 23:59 play', '03 00:00 play'],
      ['2026-W45 #3'],
    ],
    [
      'counts events of several types',
      'on: [play, recharge], objective: { count: events, target: 2 }',
      ['02 09:00 play', '02 10:00 fee', '02 11:00 recharge'],
      ['2026-W45 #3'],
    ],
    [
      'counts distinct values of a field, up to the target',
      'on: recharge, objective: { distinct: metadata.city, target: 3 }',
      [
        `02 09:00 ${city('Dhaka')}`,
        `02 10:00 ${city('Dhaka')}`,
        `02 11:00 ${city(7)}`,
        `02 12:00 ${city(true)}`,
      ],
      ['2026-W45 #4'],
    ],
    [
      'counts no value where there is none, or an empty text, or a list',
      'on: recharge, objective: { distinct: metadata.city, target: 1 }',
      ['02 09:00 recharge 1', `02 10:00 ${city('')}`, `02 11:00 ${city(['a'])}`, `02 12:00 ${city(null)}`],
      [],
    ],
    [
      'counts no value that every object has from birth',
      'on: recharge, objective: { distinct: metadata.constructor.name, target: 1 }',
      [`02 09:00 ${city('Dhaka')}`],
      [],
    ],
    [
      'counts values that begin with the same 64 characters as one',
      'on: recharge, objective: { distinct: metadata.city, target: 2 }',
      [
        `02 09:00 ${city(`${'x'.repeat(64)}1`)}`,
        `02 10:00 ${city(`${'x'.repeat(64)}2`)}`,
        `02 11:00 ${city('x')}`,
      ],
      ['2026-W45 #3'],
    ],
    [
      'finds a field within a field',
      'on: recharge, objective: { distinct: metadata.at.city, target: 1 }',
      ['02 09:00 recharge 1 {"at":{"city":"Dhaka"}}'],
      ['2026-W45 #1'],
    ],
    [
      'counts the sources and types themselves',
      'on: [play, fee], objective: { distinct: type, target: 2 }',
      ['02 09:00 play', '02 10:00 play', '02 11:00 fee'],
      ['2026-W45 #3'],
    ],
    [
      'of a streak is broken by an event of its types that does not match',
      'on: [play, fee], when: event.value >= 5.0, objective: { streak: events, target: 2 }',
      ['02 09:00 play 5', '02 10:00 fee 4', '02 11:00 recharge 1', '02 12:00 fee 5', '02 13:00 play 6'],
      ['2026-W45 #5'],
    ],
    [
      'of a streak begins anew with the window',
      'on: play, objective: { streak: events, target: 2 }',
      ['08 23:59 play', '09 00:00 play', '09 01:00 play'],
      ['2026-W46 #3'],
    ],
  ])('%s', (_, settings, lines, outcomes) => {
    expect(outcomesOf(`${settings}, ${WEEK}`, lines)).toEqual(outcomes)
  })
})

describe('several objectives', () => {
  const THREE =
    'objectives: [{ on: play, count: events, target: 2 }, { on: fee, sum: value, target: 10 }, { on: [play, fee], when: event.value > 1.0, streak: events, target: 3 }]'

  test('are all needed, by events that may count for several of them', () => {
    const lines = [
      '02 09:00 play 2',
      '02 10:00 fee 9',
      '02 11:00 fee 1',
      '02 12:00 play 2',
      '02 13:00 play 2',
    ]
    expect(outcomesOf(`${THREE}, ${WEEK}`, lines)).toEqual([])
    expect(outcomesOf(`${THREE}, ${WEEK}`, [...lines, '02 14:00 play 2', '02 15:00 fee 2'])).toEqual([
      '2026-W45 #6',
    ])
  })

  test('that are reached stay so in their window', () => {
    const lines = [
      '02 09:00 fee 10',
      '02 10:00 fee -5',
      '02 11:00 play 2',
      '02 12:00 play 2',
      '02 13:00 play 2',
    ]
    expect(outcomesOf(`${THREE}, ${WEEK}`, lines)).toEqual(['2026-W45 #5'])
    const later = lines.map((line) => line.replace(/^02 1[123]/, '09 11'))
    expect(outcomesOf(`${THREE}, ${WEEK}`, later)).toEqual([])
  })

  test('of which any is enough', () => {
    const lines = ['02 09:00 play', '02 10:00 fee 9', '02 11:00 play', '02 12:00 fee 1', '09 12:00 fee 10']
    expect(outcomesOf(`${THREE}, need: any, ${WEEK}`, lines)).toEqual(['2026-W45 #3', '2026-W46 #5'])
  })

  test('show in the receipt how far each came', () => {
    const program = missionProgram(`${THREE}, need: any, ${WEEK}, tellMissed: true`)
    const { outcomes } = foldAll(NEW_GAME, eventsOf(['02 09:00 fee 9.5', '02 10:00 fee 2']), program)
    expect(outcomes[0]?.receipt).toEqual({
      reached: 1,
      needed: 1,
      objective1: '0 of 2',
      objective2: '11.5 of 10',
      objective3: '2 of 3',
    })
  })

  test('fail together where one cannot be evaluated', () => {
    const settings =
      'objectives: [{ on: play, count: events, target: 1 }, { on: play, when: event.metadata.x > 1.0, count: events, target: 1 }]'
    const outcomes = outcomesOf(`${settings}, need: any, ${WEEK}`, [
      '02 09:00 play',
      '02 10:00 play 1 {"x":1.5}',
    ])
    expect(outcomes).toEqual([expect.stringContaining('failed: No such key'), '2026-W45 #2'])
  })
})

test('the state keeps no value beyond the target', () => {
  const program = missionProgram(`on: recharge, objective: { distinct: metadata.city, target: 2 }, ${WEEK}`)
  const lines = Array.from({ length: 9 }, (_, i) => `02 0${i}:00 ${city(`c${i}`)}`)
  expect(foldAll(NEW_GAME, eventsOf(lines), program).state.rules.m).toMatchObject({ progress: ['c0', 'c1'] })
})
