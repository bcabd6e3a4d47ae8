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

describe('a mistake is told with its place', () => {
  test.each<[string, [string, string], string]>([
    [
      'a wallet of no name',
      ['coins]', 'Coins]'],
      '3:50 wallets.2: expected an id of small letters, digits and -, such as coins, got Coins',
    ],
    [
      'a wallet of another form',
      ['coins]', '5]'],
      '3:50 wallets.2: expected the name of a wallet, or { id: points, expiresAfterDays: 365 }, got 5',
    ],
    [
      'a wallet twice',
      ['coins]', 'coins, points]'],
      '3:57 wallets.3: points names something else already: choose an id of its own',
    ],
    [
      'a wallet twice, written out',
      ['coins]', 'coins, { id: points }]'],
      '3:63 wallets.points.id: points names something else already: choose an id of its own',
    ],
    [
      'a rule named as a wallet',
      ['id: later', 'id: points'],
      '18:9 points.points.id: points names something else already: choose an id of its own',
    ],
    [
      'points that expire at once',
      ['expiresAfterDays: 365', 'expiresAfterDays: 0'],
      '3:43 wallets.points.expiresAfterDays: expected at least 1, got 0',
    ],
    [
      'a half-life of nothing',
      ['halfLifeDays: 30', 'halfLifeDays: 0'],
      '9:19 scores.weight.halfLifeDays: expected more than 0, got 0',
    ],
    [
      'a half-life that is missing',
      ['    halfLifeDays: 30\n', ''],
      '5:5 scores.weight: halfLifeDays is missing: add halfLifeDays: 30',
    ],
    [
      'a half-life of what does not decay',
      ['days: 30\n', 'days: 30\n    halfLifeDays: 3\n'],
      '15:5 scores.data-usage: kind: monetary has no setting halfLifeDays: leave it out. Its settings are id, kind, on, days, steps and bands.',
    ],
    [
      'steps of a decayed sum',
      ['halfLifeDays: 30', 'halfLifeDays: 30\n    steps: []'],
      '10:5 scores.weight: kind: decayed has no setting steps: leave it out. Its settings are id, kind, on, days, halfLifeDays and bands.',
    ],
    [
      'a window of more than a year',
      ['days: 90', 'days: 367'],
      '8:11 scores.weight.days: expected at most 366, got 367',
    ],
    [
      'points available after no day',
      ['availableAfterDays: 7', 'availableAfterDays: 0'],
      '23:25 points.later.availableAfterDays: expected at least 1, got 0',
    ],
    [
      'points available after ages',
      ['availableAfterDays: 7', 'availableAfterDays: 3661'],
      '23:25 points.later.availableAfterDays: expected at most 3660, got 3661',
    ],
    [
      'points available after half a day',
      ['availableAfterDays: 7', 'availableAfterDays: 0.5'],
      '23:25 points.later.availableAfterDays: expected a whole number, such as 3, got 0.5',
    ],
    [
      'a score that is not there',
      ['scores.weight < 50.0', 'scores.wait < 50.0'],
      '20:18 points.later.when: scores has no wait. It has weight and data_usage.',
    ],
    [
      'a time that is none',
      ['2026-12-01T00:00', 'tomorrow'],
      '24:11 points.later.from: expected a time such as 2026-12-01T00:00 (in Asia/Dhaka), got tomorrow',
    ],
    [
      'a day in the place of a time',
      ['2026-12-01T00:00', '2026-12-01'],
      '24:11 points.later.from: expected a time such as 2026-12-01T00:00 (in Asia/Dhaka), got 2026-12-01: write 2026-12-01T00:00 for its beginning',
    ],
    [
      'a day that is none',
      ['2027-01-01T00:00:00Z', '2027-02-30T00:00'],
      '25:12 points.later.until: expected a time such as 2026-12-01T00:00 (in Asia/Dhaka), got 2027-02-30T00:00',
    ],
    [
      'an end before the beginning',
      ['2027-01-01T00:00:00Z', '2026-11-30T00:00'],
      '25:12 points.later.until: expected a time after from (2026-12-01T00:00), got 2026-11-30T00:00',
    ],
    [
      'an end with the beginning',
      ['2027-01-01T00:00:00Z', '2026-11-30T18:00:00Z'],
      '25:12 points.later.until: expected a time after from (2026-12-01T00:00), got 2026-11-30T18:00:00Z',
    ],
    [
      'history from some time on',
      ['counts: history', 'counts: history\n    from: 2026-12-01T00:00'],
      '31:11 points.history.from: a rule that counts history has no from: leave one out',
    ],
    [
      'another word for history',
      ['counts: history', 'counts: all'],
      '30:13 points.history.counts: expected history, got all',
    ],
    [
      'another way with errors',
      ['counts: history', 'onError: stop'],
      '30:14 points.history.onError: expected skip, got stop',
    ],
    [
      'history of a board',
      ['period: day }', 'period: day, counts: history }'],
      '50:50 leaderboards.coins-day: there is no setting counts here: leave it out. Its settings are id, wallet, sum, on, when, segment, period, from, until, onError and graceHours.',
    ],
    [
      'sums out of order',
      ['[0.5, 100]', '[100, 0.5]'],
      '35:13 badges.fees.levels: expected levels in ascending order, each once, got [100, 0.5]',
    ],
    [
      'a sum of nothing',
      ['[0.5, 100]', '[0, 100]'],
      '35:14 badges.fees.levels.1: expected more than 0, got 0',
    ],
    [
      'a sum of no level',
      ['[0.5, 100]', '[]'],
      '35:13 badges.fees.levels: expected at least one entry, got an empty list',
    ],
    [
      'a sum per what is no period',
      ['per: month', 'per: year'],
      '36:10 badges.fees.per: expected day, week, month, all, or { days: 10, starting: 2026-11-02 }, got year',
    ],
    [
      'a sum of what is negative only',
      ['only: positive', 'only: negative'],
      '37:11 badges.fees.only: expected positive, got negative',
    ],
    [
      'a word for yes',
      ['follow: true', 'follow: always'],
      '38:13 badges.fees.follow: expected true or false, got always',
    ],
    [
      'a band of a score that is not there',
      ['score: weight', 'score: wait'],
      '41:12 badges.heavy.score: no score is named wait. There are weight and data-usage.',
    ],
    [
      'a band that the score does not have',
      ['band: heavy', 'band: hefty'],
      '42:11 badges.heavy.band: the score weight has no band hefty. There are heavy and light.',
    ],
    [
      'a condition on a band',
      ['band: heavy', "band: heavy\n    when: 'true'"],
      '43:5 badges.heavy: kind: band has no setting when: leave it out. Its settings are id, kind, score, band, from, until, counts and onError.',
    ],
    [
      'a word for yes, of a mission',
      ['tellMissed: true', 'tellMissed: yes'],
      '48:17 missions.weekly.tellMissed: expected true or false, got yes: write true',
    ],
    [
      'a mission that cannot be missed, told as missed',
      ['window: week', 'window: once'],
      '48:17 missions.weekly.tellMissed: a mission whose window never ends is never missed: leave tellMissed out',
    ],
    [
      'a type of Laurel’s own',
      ['on: fee\n    levels', 'on: laurel.spend\n    levels'],
      '34:9 badges.fees.on: types that begin with laurel. are written by Laurel itself: name a type of your own events',
    ],
    [
      'a score of such a type',
      ['on: fee\n    days', 'on: laurel.adjust\n    days'],
      '7:9 scores.weight.on: types that begin with laurel. are written by Laurel itself: name a type of your own events',
    ],
  ])('%s', (_, [right, wrong], mistake) => {
    expect(mistakes(right, wrong)).toEqual([`program.yaml:${mistake}`])
  })
})
