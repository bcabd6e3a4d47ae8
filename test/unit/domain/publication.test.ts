import { describe, expect, test } from 'vitest'
import { compare } from '#domain/publication.ts'
import { instant, programWith } from './telco.ts'

const ALWAYS = Number.NEGATIVE_INFINITY
const NEVER = Number.POSITIVE_INFINITY
const NOW = instant('2026-11-23 09:00')

/** What is published: a score that a rule looks at, and one that none does. */
const PUBLISHED = `wallets: [points, { id: coins, expiresAfterDays: 30 }]
scores:
  - { id: used, kind: engagement, days: 30, bands: [{ from: 0, name: any }] }
  - { id: free, kind: engagement, days: 7, bands: [{ from: 0, name: any }] }
attributes:
  - { id: plan, on: crm_update, type: string, value: event.metadata.plan }
points:
  - { id: old, on: recharge, when: scores.used > 3.0, amount: '1.0', wallet: points, from: 2026-01-01T00:00 }
  - { id: ending, on: recharge, amount: '2.0', wallet: points, until: 2026-12-01T00:00 }
  - { id: ended, on: recharge, amount: '3.0', wallet: points, until: 2026-11-23T09:00 }
  - { id: skipped, on: recharge, amount: '4.0', wallet: points, onError: skip }
badges:
  - { id: badge, kind: first, on: recharge }
leaderboards:
  - { id: board, wallet: points, period: day }
`

function publish(...changes: readonly (readonly [right: string, other: string])[]) {
  const text = changes.reduce((all, [right, other]) => {
    if (!all.includes(right)) throw new Error(`${right} is not published`)
    return all.replace(right, other)
  }, PUBLISHED)
  const { mistakes, added, closed, skipping, rescored, refoldsFrom } = compare(
    programWith(PUBLISHED),
    programWith(text),
    NOW,
  )
  return {
    mistakes,
    added: added.map(({ id }) => id),
    closed: closed.map(({ id }) => id),
    skipping: skipping.map(({ id }) => id),
    rescored,
    refoldsFrom,
  }
}

describe('a mission that requires another one', () => {
  const mission = (id: string, more: string) =>
    `  - { id: ${id}, on: recharge, objective: { count: events, target: 2 }, window: week, ${more} }\n`
  const [known, asked] = [mission('known', 'counts: history'), mission('asked', 'counts: history')]
  const later = mission('later', 'requires: [{ mission: known }], from: 2026-12-24T00:00')
  const wanting = mission('wanting', 'when: customer.missions.known, from: 2026-12-24T00:00')
  const from = (before: string, after: string) => {
    const program = (missions: string) => programWith(`wallets: [points]\nmissions:\n${missions}`)
    return compare(program(before), program(after), NOW).refoldsFrom
  }

  test.each([
    ['that was there before', known, known + later, ALWAYS],
    ['that was there before, in a condition', known, known + wanting, ALWAYS],
    [
      'that was there, and required, before',
      known + later,
      known + later + later.replace('later', 'last'),
      instant('2026-12-24 00:00'),
    ],
    [
      'that comes with it',
      asked,
      asked + mission('known', 'from: 2026-12-24T00:00') + later,
      instant('2026-12-24 00:00'),
    ],
  ])('%s', (_, before, after, refoldsFrom) => {
    expect(from(before, after)).toBe(refoldsFrom)
  })
})

const NOTHING = { mistakes: [], added: [], closed: [], skipping: [], rescored: [], refoldsFrom: NEVER }

/** A change that adds a line after a rule or a list. */
const points = (line: string) =>
  ['badges:', `  - { ${line}, on: fee, amount: '9.0', wallet: points }\nbadges:`] as const

test.each<[string, readonly [string, string]]>([
  ['the same', ['wallets', 'wallets']],
  ['a comment', ['badges:', '# Given once.\nbadges:']],
  ['another order of settings', ["amount: '2.0', wallet: points", "wallet: points, amount: '2.0'"]],
  ['the same time in another zone', ['2026-12-01T00:00', '2026-11-30T18:00Z']],
  ['the longer form of a wallet', ['[points,', '[{ id: points },']],
  ['what goes without saying', ['kind: first, on: recharge', 'kind: first, on: recharge, ']],
])('%s changes nothing', (_, change) => {
  expect(publish(change)).toEqual(NOTHING)
})

describe('what is new', () => {
  test.each<[string, readonly [string, string], Partial<ReturnType<typeof publish>>]>([
    [
      'counts from a time to come',
      points('id: new, from: 2026-12-24T00:00'),
      { added: ['new'], refoldsFrom: instant('2026-12-24 00:00') },
    ],
    [
      'counts history where it says so',
      points('id: new, counts: history'),
      { added: ['new'], refoldsFrom: ALWAYS },
    ],
    [
      'is a board, which shows what was earned before',
      ['  - { id: board', '  - { id: second, wallet: coins, period: week }\n  - { id: board'],
      { added: ['second'], refoldsFrom: ALWAYS },
    ],
    [
      'is a board by value, which does as well',
      ['  - { id: board', '  - { id: second, sum: value, on: fee, period: week }\n  - { id: board'],
      { added: ['second'], refoldsFrom: ALWAYS },
    ],
    [
      'is an attribute, told from a time to come',
      [
        'points:',
        '  - { id: new, on: fee, type: double, value: event.value, from: 2026-12-24T00:00 }\npoints:',
      ],
      { added: ['new'], refoldsFrom: instant('2026-12-24 00:00') },
    ],
    [
      'is a segment, which no rule looks at yet',
      ['points:', 'segments: [{ id: new, when: scores.used > 2.0 }]\npoints:'],
      { added: ['new'] },
    ],
    [
      'is a segment that looks at a score which no game carries yet',
      ['points:', 'segments: [{ id: new, when: scores.free > 2.0 }]\npoints:'],
      { added: ['new'], refoldsFrom: ALWAYS },
    ],
    [
      'is eligibility from a time to come',
      ['points:', 'eligibility: [{ id: new, exclude: [x], from: 2026-12-24T00:00 }]\npoints:'],
      { added: ['new'], refoldsFrom: instant('2026-12-24 00:00') },
    ],
    [
      'is an attribute that all of history tells',
      ['points:', '  - { id: new, on: fee, type: double, value: event.value, counts: history }\npoints:'],
      { added: ['new'], refoldsFrom: ALWAYS },
    ],
    ['is a wallet, which has nothing yet', ['[points,', '[gems, points,'], { added: ['gems'] }],
    [
      'is a score that no rule looks at',
      ['scores:', 'scores:\n  - { id: third, kind: engagement, days: 9, bands: [{ from: 0, name: any }] }'],
      { added: ['third'], rescored: ['third'] },
    ],
    [
      'is a rule that looks at a score which no game carries yet',
      [
        'badges:',
        "  - { id: new, on: fee, when: scores.free > 1.0, amount: '9.0', wallet: points, from: 2026-12-24T00:00 }\nbadges:",
      ],
      { added: ['new'], refoldsFrom: ALWAYS },
    ],
    [
      'is a rule that looks at a score which games carry',
      [
        'badges:',
        "  - { id: new, on: fee, when: scores.used > 1.0, amount: '9.0', wallet: points, from: 2026-12-24T00:00 }\nbadges:",
      ],
      { added: ['new'], refoldsFrom: instant('2026-12-24 00:00') },
    ],
  ])('%s', (_, change, expected) => {
    expect(publish(change)).toEqual({ ...NOTHING, ...expected })
  })

  test.each(['used', 'free'])('is a band of the score %s: where games were before counts', (score) => {
    const band = `  - { id: new, kind: band, score: ${score}, band: any, from: 2026-12-24T00:00 }`
    expect(publish(['badges:', `badges:\n${band}`])).toEqual({
      ...NOTHING,
      added: ['new'],
      refoldsFrom: ALWAYS,
    })
  })

  test('of several begins with the earliest', () => {
    const rules = [points('id: b, from: 2026-12-24T00:00'), points('id: a, from: 2026-12-23T00:00')]
    expect(publish(...rules)).toMatchObject({ mistakes: [], refoldsFrom: instant('2026-12-23 00:00') })
  })
})

describe('an end', () => {
  test.each<[string, readonly [string, string], string[], string]>([
    [
      'can be given',
      ['from: 2026-01-01T00:00', 'from: 2026-01-01T00:00, until: 2026-12-05T00:00'],
      ['old'],
      '2026-12-05 00:00',
    ],
    [
      'can come earlier',
      ['until: 2026-12-01T00:00', 'until: 2026-11-23T09:00:00.001'],
      ['ending'],
      '2026-11-23 09:00:00.001',
    ],
    // Games that have gone beyond the old end have left out what counts now.
    [
      'can come later',
      ['until: 2026-12-01T00:00', 'until: 2026-12-24T00:00'],
      ['ending'],
      '2026-12-01 00:00',
    ],
    ['can be taken out', [', until: 2026-12-01T00:00', ''], ['ending'], '2026-12-01 00:00'],
  ])('%s', (_, change, closed, from) => {
    expect(publish(change)).toEqual({ ...NOTHING, closed, refoldsFrom: instant(from) })
  })

  test('with another rule in its place begins where that does', () => {
    const change = publish(
      ['until: 2026-12-01T00:00', 'until: 2026-11-24T00:00'],
      points('id: next, from: 2026-11-24T00:00'),
    )
    expect(change).toMatchObject({
      mistakes: [],
      closed: ['ending'],
      added: ['next'],
      refoldsFrom: instant('2026-11-24 00:00'),
    })
  })
})

test('a rule that is skipped from now on where it fails has all that failed counted anew', () => {
  const change = publish(['kind: first, on: recharge', 'kind: first, on: recharge, onError: skip'])
  expect(change).toEqual({ ...NOTHING, skipping: ['badge'], refoldsFrom: ALWAYS })
})

test.each<[string, readonly [string, string], string[]]>([
  ['is worked out otherwise from now on', ['days: 7', 'days: 14'], ['free']],
  [
    'can be taken out',
    ['  - { id: free, kind: engagement, days: 7, bands: [{ from: 0, name: any }] }\n', ''],
    ['free'],
  ],
])('a score that no rule looks at %s', (_, change, rescored) => {
  expect(publish(change)).toEqual({ ...NOTHING, rescored })
})

const KEEPS = 'was published and keeps its meaning: close it with until, and begin a rule with another id'
const BEGAN = 'was published: when it began does not change any more; leave from and counts as they were'
const KEEP = 'was published: keep it, and give it an end with until where it has one'
const PAST = 'until can be set to a time to come only, and not once it has passed'
const BEGIN = 'say from when on it counts (from: 2026-12-01T00:00), or counts: history'

describe('cannot be published', () => {
  test.each<[string, readonly [string, string], string]>([
    ['another amount', ["'2.0'", "'5.0'"], `ending (points) ${KEEPS}`],
    ['another meaning of an attribute', ['.plan }', '.tariff }'], `plan (attributes) ${KEEPS}`],
    [
      'an attribute of which it is not known from when on it is told',
      ['points:', '  - { id: new, on: fee, type: double, value: event.value }\npoints:'],
      `new (attributes) is new: ${BEGIN}`,
    ],
    [
      'eligibility of the past',
      ['points:', 'eligibility: [{ id: new, exclude: [x] }]\npoints:'],
      `new (eligibility) is new: ${BEGIN}`,
    ],
    ['another condition', ['used > 3.0', 'used > 2.0'], `old (points) ${KEEPS}`],
    ['another wallet', ["'2.0', wallet: points", "'2.0', wallet: coins"], `ending (points) ${KEEPS}`],
    ['another life of points', ['expiresAfterDays: 30', 'expiresAfterDays: 60'], `coins (wallets) ${KEEPS}`],
    [
      'a wallet that begins to expire',
      ['[points,', '[{ id: points, expiresAfterDays: 9 },'],
      `points (wallets) ${KEEPS}`,
    ],
    ['a score that rules look at, worked out otherwise', ['days: 30', 'days: 20'], `used (scores) ${KEEPS}`],
    ['another period of a board', ['period: day', 'period: week'], `board (leaderboards) ${KEEPS}`],
    [
      'a badge of another kind',
      ['kind: first, on: recharge', 'kind: day-streak, on: recharge, levels: [1]'],
      `badge (badges) ${KEEPS}`,
    ],
    [
      'a rule taken out',
      ["  - { id: ended, on: recharge, amount: '3.0', wallet: points, until: 2026-11-23T09:00 }\n", ''],
      `ended (points) ${KEEP}`,
    ],
    [
      'a badge taken out',
      ['badges:\n  - { id: badge, kind: first, on: recharge }\n', ''],
      `badge (badges) ${KEEP}`,
    ],
    [
      'errors that are skipped no more',
      [', onError: skip', ''],
      'skipped (points) skips errors: onError: skip has to stay',
    ],
    ['another beginning', ['from: 2026-01-01T00:00', 'from: 2026-02-01T00:00'], `old (points) ${BEGAN}`],
    ['no beginning', [', from: 2026-01-01T00:00', ''], `old (points) ${BEGAN}`],
    [
      'history after all',
      ['kind: first, on: recharge', 'kind: first, on: recharge, counts: history'],
      `badge (badges) ${BEGAN}`,
    ],
    [
      'an end in the past',
      ['until: 2026-12-01T00:00', 'until: 2026-11-22T00:00'],
      `ending (points): ${PAST}`,
    ],
    [
      'an end this very moment',
      ['until: 2026-12-01T00:00', 'until: 2026-11-23T09:00'],
      `ending (points): ${PAST}`,
    ],
    [
      'an end that has passed, moved',
      ['until: 2026-11-23T09:00', 'until: 2026-12-23T09:00'],
      `ended (points): ${PAST}`,
    ],
    ['an end that has passed, taken out', [', until: 2026-11-23T09:00', ''], `ended (points): ${PAST}`],
    ['a rule that says no time', points('id: new'), `new (points) is new: ${BEGIN}`],
    [
      'a rule that has an end only',
      points('id: new, until: 2026-12-24T00:00'),
      `new (points) is new: ${BEGIN}`,
    ],
    [
      'a badge that says no time',
      ['badges:', 'badges:\n  - { id: new, kind: first, on: fee }'],
      `new (badges) is new: ${BEGIN}`,
    ],
    [
      'a band that says no time',
      ['badges:', 'badges:\n  - { id: new, kind: band, score: used, band: any }'],
      `new (badges) is new: ${BEGIN}`,
    ],
    [
      'a rule that began',
      points('id: new, from: 2026-11-01T00:00'),
      'new (points) is new: its from lies in the past; move it, or say counts: history',
    ],
    [
      'a rule that begins this very moment',
      points('id: new, from: 2026-11-23T09:00'),
      'new (points) is new: its from lies in the past; move it, or say counts: history',
    ],
  ])('%s', (_, change, mistake) => {
    expect(publish(change).mistakes).toEqual([mistake])
  })

  test('another zone, or another program', () => {
    const program = programWith(PUBLISHED)
    const { mistakes } = compare(program, { ...programWith(PUBLISHED, 'Asia/Kolkata'), name: 'other' }, NOW)
    expect(mistakes.slice(0, 2)).toEqual([
      'the program is named test: it cannot become other',
      'its zone is Asia/Dhaka, which decided past days: it cannot become Asia/Kolkata',
    ])
  })

  test('several mistakes, all told at once', () => {
    expect(
      publish(["'2.0'", "'5.0'"], points('id: new'), ['period: day', 'period: week']).mistakes,
    ).toHaveLength(3)
  })
})

describe('a tier', () => {
  const tier = (settings: string): readonly [string, string] => [
    'leaderboards:',
    `tiers: [{ id: new, ${settings}, levels: [{ name: high, from: 2 }] }]\nleaderboards:`,
  ]

  test('counts from a time to come, or history', () => {
    expect(publish(tier('wallet: points, from: 2026-12-24T00:00'))).toEqual({
      ...NOTHING,
      added: ['new'],
      refoldsFrom: instant('2026-12-24 00:00'),
    })
    expect(publish(tier('wallet: points, counts: history'))).toMatchObject({
      mistakes: [],
      refoldsFrom: ALWAYS,
    })
    expect(publish(tier('wallet: points')).mistakes).toEqual([
      expect.stringMatching(/^new \(tiers\) is new: say from when on it counts/),
    ])
  })

  test('by a score that no game carries yet has every game folded again', () => {
    const of = (score: string) => publish(tier(`score: ${score}, from: 2026-12-24T00:00`)).refoldsFrom
    expect([of('used'), of('free')]).toEqual([instant('2026-12-24 00:00'), ALWAYS])
  })
})

describe('a composite', () => {
  const published = (of: string, days: number, rules = '') =>
    programWith(`wallets: [points]
scores:
  - { id: part, kind: engagement, days: ${days}, bands: [{ from: 0, name: any }] }
  - { id: inner, kind: composite, of: { part: ${of} }, bands: [{ from: 0, name: any }] }
  - { id: outer, kind: composite, of: { inner: 1 }, bands: [{ from: 0, name: any }] }
${rules}`)
  const RULES = `badges: [{ id: badge, kind: band, score: outer, band: any }]`

  test('that no rule looks at is worked out anew with what it is made of', () => {
    const rescored = (of: string, days: number) =>
      compare(published('1', 7), published(of, days), NOW).rescored
    expect(rescored('1', 7)).toEqual([])
    expect(rescored('1', 9)).toEqual(['part', 'inner', 'outer'])
    expect(rescored('2', 7)).toEqual(['inner', 'outer'])
  })

  test('that a rule looks at keeps its meaning, and so does all that it is made of', () => {
    const mistakes = (of: string, days: number) =>
      compare(published('1', 7, RULES), published(of, days, RULES), NOW).mistakes
    expect(mistakes('1', 7)).toEqual([])
    expect(mistakes('1', 9)).toEqual([expect.stringMatching(/^part \(scores\) was published/)])
    expect(mistakes('2', 7)).toEqual([expect.stringMatching(/^inner \(scores\) was published/)])
  })
})
