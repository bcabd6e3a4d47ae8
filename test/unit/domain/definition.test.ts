import { describe, expect, test } from 'vitest'
import { LaurelError } from '#domain/error.ts'
import { parseProgram } from '#domain/program.ts'
import { SHOP } from './shop.ts'

function mistakes(right: string, wrong: string): string[] {
  if (!SHOP.includes(right)) throw new Error(`${right} is not in the program`)
  try {
    parseProgram('program.yaml', SHOP.replace(right, wrong), 'v')
  } catch (error) {
    if (error instanceof LaurelError && error.code === 'PROGRAM_INVALID') return error.message.split('\n')
    throw error
  }
  return []
}

const DAYS = 'expected number to be'

describe('a mistake is told with its place', () => {
  test.each<[string, [string, string], string]>([
    [
      'a wallet of no name',
      ['coins]', 'Coins]'],
      '3:50 wallets.1: expected an id of small letters, digits and -',
    ],
    [
      'a wallet of another form',
      ['coins]', '5]'],
      '3:50 wallets.1: expected the name of a wallet, or { id: points, expiresAfterDays: 365 }',
    ],
    [
      'a wallet twice',
      ['coins]', 'coins, points]'],
      '3:57 wallets.2: points names something else already; choose an id of its own',
    ],
    [
      'a wallet twice, written out',
      ['coins]', 'coins, { id: points }]'],
      '3:63 wallets.2.id: points names something else already; choose an id of its own',
    ],
    [
      'a rule named as a wallet',
      ['id: later', 'id: points'],
      '18:9 points.0.id: points names something else already; choose an id of its own',
    ],
    [
      'points that expire at once',
      ['expiresAfterDays: 365', 'expiresAfterDays: 0'],
      '3:43 wallets.0.expiresAfterDays: Too small: expected number to be >=1',
    ],
    [
      'a half-life of nothing',
      ['halfLifeDays: 30', 'halfLifeDays: 0'],
      '9:19 scores.0.halfLifeDays: Too small: expected number to be >0',
    ],
    [
      'a half-life that is missing',
      ['    halfLifeDays: 30\n', ''],
      '5:5 scores.0.halfLifeDays: Invalid input: expected number, received undefined',
    ],
    [
      'a half-life of what does not decay',
      ['days: 30\n', 'days: 30\n    halfLifeDays: 3\n'],
      '15:19 scores.1.halfLifeDays: no such setting is known here',
    ],
    [
      'steps of a decayed sum',
      ['halfLifeDays: 30', 'halfLifeDays: 30\n    steps: []'],
      '10:12 scores.0.steps: no such setting is known here',
    ],
    ['a window of more than a year', ['days: 90', 'days: 367'], `8:11 scores.0.days: Too big: ${DAYS} <=366`],
    [
      'points available after no day',
      ['availableAfterDays: 7', 'availableAfterDays: 0'],
      `23:25 points.0.availableAfterDays: Too small: ${DAYS} >=1`,
    ],
    [
      'points available after ages',
      ['availableAfterDays: 7', 'availableAfterDays: 3661'],
      `23:25 points.0.availableAfterDays: Too big: ${DAYS} <=3660`,
    ],
    [
      'points available after half a day',
      ['availableAfterDays: 7', 'availableAfterDays: 0.5'],
      '23:25 points.0.availableAfterDays: Invalid input: expected int, received number',
    ],
    [
      'a score that is not there',
      ['scores.weight < 50.0', 'scores.wait < 50.0'],
      '20:11 points.0.when: No such key: wait',
    ],
    [
      'a time that is none',
      ['2026-12-01T00:00', 'tomorrow'],
      '24:11 points.0.from: expected a time such as 2026-12-01T00:00 (in Asia/Dhaka), got tomorrow',
    ],
    [
      'a day in the place of a time',
      ['2026-12-01T00:00', '2026-12-01'],
      '24:11 points.0.from: expected a time such as 2026-12-01T00:00 (in Asia/Dhaka), got 2026-12-01',
    ],
    [
      'a day that is none',
      ['2027-01-01T00:00:00Z', '2027-02-30T00:00'],
      '25:12 points.0.until: expected a time such as 2026-12-01T00:00 (in Asia/Dhaka), got 2027-02-30T00:00',
    ],
    [
      'an end before the beginning',
      ['2027-01-01T00:00:00Z', '2026-11-30T00:00'],
      '25:12 points.0.until: expected a time after from',
    ],
    [
      'an end with the beginning',
      ['2027-01-01T00:00:00Z', '2026-11-30T18:00:00Z'],
      '25:12 points.0.until: expected a time after from',
    ],
    [
      'history from some time on',
      ['counts: history', 'counts: history\n    from: 2026-12-01T00:00'],
      '31:11 points.1.from: a rule that counts history has no from: leave one out',
    ],
    [
      'another word for history',
      ['counts: history', 'counts: all'],
      '30:13 points.1.counts: Invalid input: expected "history"',
    ],
    [
      'another way with errors',
      ['counts: history', 'onError: stop'],
      '30:14 points.1.onError: Invalid input: expected "skip"',
    ],
    [
      'history of a board',
      ['period: day }', 'period: day, counts: history }'],
      '50:58 leaderboards.0.counts: no such setting is known here',
    ],
    [
      'sums out of order',
      ['[0.5, 100]', '[100, 0.5]'],
      '35:13 badges.0.levels: expected levels in ascending order',
    ],
    [
      'a sum of nothing',
      ['[0.5, 100]', '[0, 100]'],
      '35:14 badges.0.levels.0: Too small: expected number to be >0',
    ],
    [
      'a sum of no level',
      ['[0.5, 100]', '[]'],
      '35:13 badges.0.levels: Too small: expected array to have >=1 items',
    ],
    [
      'a sum per what is no period',
      ['per: month', 'per: year'],
      '36:10 badges.0.per: expected day, week, month, all, or { days: 10, starting: 2026-11-02 }',
    ],
    [
      'a sum of what is negative only',
      ['only: positive', 'only: negative'],
      '37:11 badges.0.only: Invalid input: expected "positive"',
    ],
    [
      'a word for yes',
      ['follow: true', 'follow: always'],
      '38:13 badges.0.follow: Invalid input: expected boolean, received string',
    ],
    [
      'a band of a score that is not there',
      ['score: weight', 'score: wait'],
      '41:12 badges.1.score: no score is named wait; there are weight, data-usage',
    ],
    [
      'a band that the score does not have',
      ['band: heavy', 'band: hefty'],
      '42:11 badges.1.band: score weight has no band hefty; it has heavy, light',
    ],
    [
      'a condition on a band',
      ['band: heavy', "band: heavy\n    when: 'true'"],
      '43:11 badges.1.when: no such setting is known here',
    ],
    [
      'a word for yes, of a mission',
      ['tellMissed: true', 'tellMissed: yes'],
      '48:17 missions.0.tellMissed: Invalid input: expected boolean, received string',
    ],
    [
      'a mission that cannot be missed, told as missed',
      ['window: week', 'window: once'],
      '48:17 missions.0.tellMissed: a mission whose window never ends is never missed: leave tellMissed out',
    ],
    [
      'a type of Laurel’s own',
      ['on: fee\n    levels', 'on: laurel.spend\n    levels'],
      '34:9 badges.0.on: types that begin with laurel. are written by Laurel itself',
    ],
    [
      'a score of such a type',
      ['on: fee\n    days', 'on: laurel.adjust\n    days'],
      '7:9 scores.0.on: types that begin with laurel. are written by Laurel itself',
    ],
  ])('%s', (_, [right, wrong], mistake) => {
    expect(mistakes(right, wrong)).toEqual([`program.yaml:${mistake}`])
  })
})
