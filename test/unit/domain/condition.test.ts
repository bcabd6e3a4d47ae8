import { describe, expect, test } from 'vitest'
import { Conditions, namedIn } from '#domain/condition.ts'
import type { Event } from '#domain/event.ts'
import { EMPTY_WALLET } from '#domain/wallet.ts'
import { SCENE, sceneWith } from './telco.ts'

const conditions = new Conditions({ scores: ['recency', 'data-usage'], wallets: ['points'] })

/** A condition or an amount, compiled: what it gives for an event. */
const bool = (source: string) => conditions.compile(source, 'bool')
const double = (source: string) => conditions.compile(source, 'double')

function event(value: number | null = 105_000, metadata = '{}'): Event {
  return {
    at: 0,
    identity: '00000000-0000-8000-8000-000000000000',
    type: 'recharge',
    source: 'app',
    value,
    payload: `{"metadata":${metadata}}`,
  }
}

describe('a condition', () => {
  test.each([
    ['event.value >= 10.5', true],
    ['event.value > 10.5', false],
    ['event.value > 10', true],
    ['event.type == "recharge" && event.source in ["app", "crm"]', true],
    ['event.type.startsWith("re")', true],
    ['!(event.value < 1.0) || event.source == "x"', true],
    ['event.value > 10.0 ? event.source == "app" : false', true],
  ])('%s is %s', (source, expected) => {
    expect(bool(source)(event(), SCENE)).toBe(expected)
  })

  test('sees zero for an event without a value', () => {
    expect(bool('event.value == 0.0')(event(null), SCENE)).toBe(true)
  })
})

describe('an amount', () => {
  test.each([
    ['floor(event.value / 10.0)', 1],
    ['ceil(event.value / 10.0)', 2],
    ['event.value * 2.0 + 1.0', 22],
    ['event.source == "app" ? 5.0 : 1.0', 5],
    ['10.0', 10],
  ])('%s is %d', (source, expected) => {
    expect(double(source)(event(), SCENE)).toBe(expected)
  })
})

describe('metadata', () => {
  test.each([
    ['event.metadata.channel == "ussd"', '{"channel":"ussd"}', true],
    ['event.metadata.plan.days >= 30', '{"plan":{"days":30}}', true],
    ['event.metadata.first == true', '{"first":true}', true],
    ['has(event.metadata.channel)', '{}', false],
    ['"channel" in event.metadata', '{"channel":null}', true],
    ['"channel" in event.metadata && event.metadata.channel == "ussd"', '{}', false],
    ['has(event.metadata.toString)', '{}', false],
    ['event.metadata["__proto__"] == 1.0', '{"__proto__":1}', true],
    ['has(event.metadata.channel)', 'null', false],
  ])('%s of %s is %s', (source, metadata, expected) => {
    expect(bool(source)(event(0, metadata), SCENE)).toBe(expected)
  })

  test.each([
    ['event.metadata.channel == "ussd"', '{}', 'No such key: channel'],
    ['event.metadata.channel == "ussd"', 'null', 'No such key: channel'],
    ['event.metadata.plan.days >= 30', '{"plan":{}}', 'No such key: days'],
    ['event.metadata.constructor == "x"', '{}', 'No such key: constructor'],
    ['event.metadata.__proto__ == "x"', '{}', 'No such key: __proto__'],
    ['double(event.metadata.days) > 1.0', '{"days":"many"}', 'cannot convert to double'],
    ['true && event.metadata.first', '{"first":5}', 'bool'],
  ])('%s of %s throws', (source, metadata, message) => {
    expect(() => bool(source)(event(0, metadata), SCENE)).toThrow(message)
  })

  test('an event that has none, and its rules ask for it', () => {
    const bare = { ...event(), payload: '{"event_type":"recharge"}' }
    expect(() => bool('event.metadata.a == 1')(bare, SCENE)).toThrow('No such key: a')
    expect(bool('event.value > 1.0')({ ...bare, payload: 'not looked at' }, SCENE)).toBe(true)
  })
})

describe('scores', () => {
  const scene = sceneWith({ recency: 5, 'data-usage': -0.5 })

  test.each([
    ['scores.recency >= 5.0', true],
    ['scores.recency > 5', false],
    ['scores.data_usage < 0.0', true],
    ['event.value > 10.0 && scores.recency == 5.0', true],
  ])('%s is %s', (source, expected) => {
    expect(bool(source)(event(), scene)).toBe(expected)
  })

  test('can be an amount, and part of one', () => {
    expect(double('scores.recency')(event(), scene)).toBe(5)
    expect(double('event.value * (1.0 + scores.data_usage)')(event(), scene)).toBe(5.25)
  })

  test('are zero where nothing is known of them', () => {
    expect(double('scores.recency')(event(), SCENE)).toBe(0)
  })

  test('are worked out when they are asked for, and only those', () => {
    const asked: string[] = []
    const lazy = {
      ...SCENE,
      score(id: string) {
        asked.push(id)
        return 1
      },
    }
    expect(bool('event.value > 1000.0 && scores.data_usage > 0.0')(event(), lazy)).toBe(false)
    expect(asked).toEqual([])
    expect(bool('scores.recency > 0.0')(event(), lazy)).toBe(true)
    expect(asked).toEqual(['recency'])
  })

  test('of one program are not known to another', () => {
    expect(() => new Conditions({ scores: [], wallets: [] }).compile('scores.recency > 1.0', 'bool')).toThrow(
      'scores has no recency. The program has none.',
    )
  })
})

describe('the customer', () => {
  const known = new Conditions({
    scores: [],
    wallets: [],
    attributes: [
      { id: 'home-city', type: 'string', initial: 'none' },
      { id: 'spend', type: 'double', initial: 0 },
    ],
    segments: ['vip'],
    badges: ['day-one'],
    missions: ['day-one-week', 'never'],
    ladders: new Map([
      ['my-club', ['silver', 'gold']],
      ['other', ['iron']],
    ]),
  })
  const scene = {
    ...SCENE,
    state: (id: string) => ({ 'home-city': 'Dhaka' })[id],
    level: (id: string) => ({ 'day-one': 2, 'day-one-week': 1, 'my-club': 2 })[id] ?? 0,
    segment: (id: string) => id === 'vip',
    customer: () => ({ subjects: [], bucket: 7 }),
  }

  test.each([
    ['customer.attributes.home_city == "Dhaka"', true],
    ['customer.attributes.spend == 0.0', true],
    ['customer.attributes.spend < event.value', true],
    ['customer.badges.day_one == 2', true],
    ['customer.badges.day_one > 2.5', false],
    ['double(customer.badges.day_one) * 1.5 == 3.0', true],
    ['customer.segments.vip && event.type == "recharge"', true],
    ['has(customer.attributes.home_city)', true],
    ['customer.bucket >= 5 && customer.bucket < 10', true],
    ['customer.bucket % 10 == 7', true],
    ['customer.missions.day_one_week && !customer.missions.never', true],
    ['customer.tiers.my_club == "gold"', true],
    ['customer.tiers.my_club in ["silver", "gold"]', true],
    ['customer.tiers.my_club.startsWith("g")', true],
    ['customer.tiers.other == ""', true],
    ['customer.tiers.other != "iron"', true],
  ])('%s is %s', (source, expected) => {
    expect(known.compile(source, 'bool')(event(), scene)).toBe(expected)
  })

  test.each([
    ['customer.attributes.city == "x"', 'customer.attributes has no city. It has home_city and spend.'],
    [
      'customer.attributes.home_city == 5.0',
      'a text cannot be compared with a number: numbers are written without quotes, texts with them',
    ],
    ['customer.badges.day_two > 0', 'customer.badges has no day_two. It has day_one.'],
    [
      'customer.badges.day_one',
      'expected a condition (true or false) such as event.value >= 10.0, and this is a whole number',
    ],
    ['customer.segments.vip > 0', 'a condition (true or false) cannot be compared with a whole number'],
    [
      'customer.name == "x"',
      'customer has no name. It has attributes, badges, missions, tiers, bucket and segments.',
    ],
    ['customer.missions.nevr', 'customer.missions has no nevr. Did you mean never?'],
    ['customer.missions.never > 0', 'a condition (true or false) cannot be compared with a whole number'],
    ['customer.tiers.my_clubs == "gold"', 'customer.tiers has no my_clubs. Did you mean my_club?'],
    ['customer.tiers.my-club == "gold"', 'customer.tiers has no my: a - in an id is written as _'],
    ['customer.tiers.my_club > 1', 'a text cannot be compared with a whole number'],
    ['customer.tiers.my_club == "glod"', 'customer.tiers.my_club has no level glod. Did you mean gold?'],
    [
      '"iron" != customer.tiers.my_club',
      'customer.tiers.my_club has no level iron. There are silver and gold.',
    ],
    [
      'event.value > 1.0 && !(customer.tiers.other in ["iron", "steel"])',
      'has no level steel. There is iron.',
    ],
    ['tiers.my_club == "gold"', 'there is no tiers by itself: write customer.tiers'],
  ])('%s is refused', (source, message) => {
    expect(() => known.compile(source, 'bool')).toThrow(message)
  })

  test('is the only one that a segment looks at, with scores and wallets', () => {
    expect(known.compileOfCustomer('customer.badges.day_one > 1', false)(scene)).toBe(true)
    for (const source of ['customer.segments.vip', 'event.value > 1.0'])
      expect(() => known.compileOfCustomer(source, false)).toThrow()
    expect(known.compileOfCustomer('customer.segments.vip', true)(scene)).toBe(true)
  })
})

describe('a condition over attributes alone', () => {
  const known = new Conditions({
    scores: [],
    wallets: ['points'],
    attributes: [
      { id: 'is-staff', type: 'bool', initial: false },
      { id: 'city', type: 'string', initial: '' },
    ],
  })
  const told = (attributes: Readonly<Record<string, unknown>>, earned = 0) => ({
    ...SCENE,
    state: (id: string) => attributes[id],
    wallet: () => ({ ...EMPTY_WALLET, earned }),
  })

  test('answers anew for everybody who has another value', () => {
    const admits = known.compileOfCustomer(
      '!customer.attributes.is_staff && customer . attributes . city != "Rome"',
      true,
    )
    const customers = [
      {},
      { 'is-staff': true },
      { 'is-staff': false },
      {},
      { city: 'Rome' },
      { city: 'Oslo' },
    ]
    expect(customers.map((attributes) => admits(told(attributes)))).toEqual([
      true,
      false,
      true,
      true,
      false,
      true,
    ])
  })

  test('is evaluated once for customers who have the same', () => {
    let looks = 0
    const scene = {
      ...SCENE,
      state: () => {
        looks++
        return 'Oslo'
      },
    }
    const admits = known.compileOfCustomer('customer.attributes.city == "Oslo"', true)
    expect([1, 2, 3].map(() => admits(scene))).toEqual([true, true, true])
    // Once each to see what they have, and once to evaluate.
    expect(looks).toBe(3 + 1)
  })

  test('looks at all attributes where only running it would tell which', () => {
    const admits = known.compileOfCustomer('[customer.attributes].exists(a, a.city == "Rome")', true)
    expect([{ city: 'Rome' }, { city: 'Oslo' }].map((attributes) => admits(told(attributes)))).toEqual([
      true,
      false,
    ])
  })

  test('throws each time that it cannot be evaluated', () => {
    const admits = known.compileOfCustomer('int(customer.attributes.city) > 1', true)
    for (const _ of [1, 2]) expect(() => admits(told({ city: 'Rome' }))).toThrow()
    expect(admits(told({ city: '2' }))).toBe(true)
  })

  test.each([
    'customer.attributes.city == "" && wallets.points.earned > 0.0',
    'wallets.points.earned > 0.0',
    '[customer].exists(c, c.attributes.city == "") && wallets.points.earned > 0.0',
  ])('%s looks at more', (source) => {
    const admits = known.compileOfCustomer(source, true)
    expect([0, 1, 0].map((earned) => admits(told({}, earned)))).toEqual([false, true, false])
  })
})

test('a missions variable is looked for as scores are, and in their place', () => {
  const ids = ['week-one', 'scores']
  expect(namedIn('customer.missions.week_one || scores.recency > 1.0', 'missions', ids)).toEqual(['week-one'])
  expect(namedIn('scores.recency > 1.0', 'missions', ids)).toEqual([])
  expect(namedIn('[customer.missions].exists(m, m.scores)', 'missions', ids)).toEqual(ids)
})

describe('namedIn', () => {
  const ids = ['recency', 'data-usage', 'get']

  test.each<[string, string[]]>([
    ['', []],
    ['event.value > 1.0', []],
    ['scores.recency > 1.0', ['recency']],
    ['scores.data_usage > 1.0', ['data-usage']],
    ['scores.data_usage > 1.0 || scores . recency > 2.0', ['recency', 'data-usage']],
    ['scores\n  .recency > 1.0', ['recency']],
    ['scores.recency + scores.recency > 1.0', ['recency']],
    ['scores.get > 1.0', ['get']],
    ['scores.unknown > 1.0', []],
    ['scores.recency_too > 1.0', []],
    ['event.metadata.highscores.recency > 1.0', []],
    ['myscores.recency > 1.0', []],
    ['event.metadata.note == "scores.recency"', ['recency']],
    // What only running it would tell may be any of them.
    ['scores["recency"] > 1.0', ids],
    ['(scores).recency > 1.0', ids],
    ['[scores].exists(s, s.recency > 1.0)', ids],
    ['scores == scores', ids],
    ['scores // of today\n .recency > 1.0', ids],
    ['scores. // of today\n recency > 1.0', ids],
    ['scores.recency > 1.0 || (scores).get > 1.0', ids],
    ['scores // scores.recency\n ["get"] > 1.0', ids],
  ])('of %j: %j', (source, names) => {
    expect(namedIn(source, 'scores', ids)).toEqual(names)
  })

  test('of a program without scores: none', () => {
    expect(namedIn('(scores).recency > 1.0', 'scores', [])).toEqual([])
  })

  test.each([
    'scores["recency"] == 5.0',
    '(scores).recency == 5.0',
    '[scores].exists(s, s.recency == 5.0)',
    'scores // of today\n .recency == 5.0',
    'scores. // of today\n recency == 5.0',
  ])('has them all where the expression can be written so: %j', (source) => {
    const only = new Conditions({ scores: ['recency'], wallets: [] })
    expect(only.compile(source, 'bool')(event(), sceneWith({ recency: 5 }))).toBe(true)
  })

  test.each(['get', 'has', 'size', 'type', 'in-all'])('a score can be named %s', (id) => {
    const only = new Conditions({ scores: [id], wallets: [] })
    const name = id.replaceAll('-', '_')
    expect(only.compile(`scores.${name} == 5.0`, 'bool')(event(), sceneWith({ [id]: 5 }))).toBe(true)
  })
})

describe('refused, with one line that says why', () => {
  test.each([
    [
      'event.value',
      'bool',
      'expected a condition (true or false) such as event.value >= 10.0, and this is a number',
    ],
    ['10', 'double', 'expected a number with a decimal point: write 10 as 10.0'],
    [
      '10',
      'bool',
      'expected a condition (true or false) such as event.value >= 10.0, and this is a whole number',
    ],
    ['"10"', 'double', 'expected a number such as floor(event.value / 10.0), and this is a text'],
    [
      'event.metadata.vip',
      'bool',
      'expected a condition (true or false) such as event.value >= 10.0, and this is something that only an event tells: add == true after it',
    ],
    ['event.valu > 1.0', 'bool', 'event has no valu. Did you mean value?'],
    [
      'event.payload == ""',
      'bool',
      'event has no payload. It has type, source, value and metadata; what producers add stands in event.metadata: event.metadata.payload',
    ],
    ['value > 1.0', 'bool', 'there is no value by itself: write event.value'],
    ['event.value + 1 > 2.0', 'bool', 'write 1 as 1.0: numbers have a decimal point here'],
    [
      'event.type > 1.0',
      'bool',
      'a text cannot be compared with a number: numbers are written without quotes, texts with them',
    ],
    ['floor(10)', 'double', 'write 10 as 10.0: numbers have a decimal point here'],
    [
      'round(event.value)',
      'double',
      'there is no function round. There are floor, ceil, size, has, double, int and string',
    ],
    ['event.value >', 'bool', 'something is missing after >'],
    ['', 'bool', 'the expression is empty: write one'],
    ['event.value = 1.0', 'bool', 'write == to compare: a single = means nothing here'],
    [
      'scores.recency',
      'bool',
      'expected a condition (true or false) such as event.value >= 10.0, and this is a number',
    ],
    ['scores.frequency > 1.0', 'bool', 'scores has no frequency. It has recency and data_usage.'],
    [
      'scores.data-usage > 1.0',
      'bool',
      'scores has no data: a - in an id is written as _, as in scores.data_usage',
    ],
    ['scores.toString == 1.0', 'bool', 'scores has no toString. It has recency and data_usage.'],
  ] as const)('%s as a %s', (source, result, message) => {
    expect(() => conditions.compile(source, result as 'bool')).toThrow(expect.objectContaining({ message }))
  })

  test('what costs too much', () => {
    const many = Array.from({ length: 300 }, (_, i) => `event.value == ${i}.0`).join(' || ')
    expect(() => bool(many)).toThrow(/^the expression is too long: it may have 500 parts/)
    const deep = `${'('.repeat(40)}true${')'.repeat(40)}`
    expect(() => bool(deep)).toThrow(/^brackets are nested too deep here: at most 32/)
  })
})
