import { describe, expect, test } from 'vitest'
import { LaurelError } from '#domain/error.ts'
import { parseSources } from '#domain/source.ts'

const parse = (text: string) => parseSources('sources.yaml', text, 'Europe/Berlin')

describe('a file of sources', () => {
  const sources = parse(`
country: BD
topics: { billing-events: billing, crm-events: crm }
sources:
  billing:
    zone: Asia/Kathmandu
    country: NP
    enabled: false
    identity: content
    types: { topup: recharge }
    fields: { customer_id: payload.msisdn, value: payload.amount.total, reverses: payload.cancels }
    links: [payload.account, iccid]
  crm: {}
`)

  test('gives each source what it says', () => {
    const billing = sources.byName.get('billing')
    expect(billing).toMatchObject({ name: 'billing', country: 'NP', enabled: false, identity: 'content' })
    expect(billing?.zone.name).toBe('Asia/Kathmandu')
    expect(billing?.types).toEqual(new Map([['topup', 'recharge']]))
    expect(billing?.fields).toEqual(
      new Map([
        ['customer_id', ['payload', 'msisdn']],
        ['value', ['payload', 'amount', 'total']],
        ['reverses', ['payload', 'cancels']],
      ]),
    )
    expect(billing?.links).toEqual([['payload', 'account'], ['iccid']])
  })

  test('gives the others what all have, and the host’s zone', () => {
    const crm = sources.byName.get('crm')
    expect(crm).toMatchObject({ name: 'crm', country: 'BD', enabled: true, identity: 'auto' })
    expect(crm?.zone.name).toBe('Europe/Berlin')
    expect(crm?.types.size).toBe(0)
    expect(crm?.fields.size).toBe(0)
    expect(crm?.links).toEqual([])
  })

  test('tells the source of a topic', () => {
    expect(sources.byTopic).toEqual(
      new Map([
        ['billing-events', 'billing'],
        ['crm-events', 'crm'],
      ]),
    )
  })
})

test('a zone for all stands above the host’s', () => {
  const { byName } = parse('zone: Asia/Dhaka\nsources: { a: {}, b: { zone: UTC } }')
  expect([byName.get('a')?.zone.name, byName.get('b')?.zone.name]).toEqual(['Asia/Dhaka', 'UTC'])
})

describe('mistakes', () => {
  function mistakes(text: string): string[] {
    try {
      parse(text)
    } catch (error) {
      if (error instanceof LaurelError && error.code === 'PROGRAM_INVALID') return error.message.split('\n')
      throw error
    }
    return []
  }

  test('are told all at once, each with its place', () => {
    expect(
      mistakes(`country: bd
zone: Nowhere
topics: { a-events: B! }
sources:
  X: {}
  crm:
    enabled: yes
    identity: maybe
    country: Bangladesh
    zone: Asia/Daka
    types: { kyc: 5 }
    fields:
      customer: a
      value: a..b
    colour: 1
`),
    ).toEqual([
      'sources.yaml:1:10 country: expected a country as two capital letters, such as BD',
      'sources.yaml:2:7 zone: expected an IANA time zone such as Asia/Dhaka',
      'sources.yaml:3:21 topics.a-events: expected a name of small letters, digits, - and _',
      'sources.yaml:5:3 sources: expected a name of small letters, digits, - and _',
      'sources.yaml:7:14 sources.crm.enabled: expected true or false, got yes: write true',
      'sources.yaml:8:15 sources.crm.identity: expected auto or content, got maybe',
      'sources.yaml:9:14 sources.crm.country: expected a country as two capital letters, such as BD',
      'sources.yaml:10:11 sources.crm.zone: expected an IANA time zone such as Asia/Dhaka',
      "sources.yaml:11:19 sources.crm.types.kyc: expected a text, got 5: put it in quotes, as '5'",
      'sources.yaml:13:7 sources.crm.fields: there is no setting customer here. Did you mean customer_id?',
      'sources.yaml:14:14 sources.crm.fields.value: expected a path such as payload.msisdn',
      'sources.yaml:15:5 sources.crm: there is no setting colour here: leave it out. Its settings are country, zone, enabled, identity, types, fields and links.',
    ])
  })

  test('topics of sources that are not there', () => {
    expect(mistakes('topics:\n  a: nope\n  b: crm\n  c: what\nsources:\n  crm: {}\n  app: {}')).toEqual([
      'sources.yaml:2:6 topics.a: no source is named nope; there are crm, app',
      'sources.yaml:4:6 topics.c: no source is named what; there are crm, app',
    ])
  })

  test('what rules read is not moved: metadata stands where it stands', () => {
    expect(mistakes('sources:\n  crm:\n    fields: { metadata: payload.extra }')).toEqual([
      'sources.yaml:3:15 sources.crm.fields: there is no setting metadata here: leave it out. Its settings are customer_id, event_type, timestamp, value, event_id and reverses.',
    ])
  })

  test.each([
    ['links: [a..b]', '3:13 sources.crm.links.1: expected a path such as payload.msisdn'],
    ['links: [a, "", b.]', '3:16 sources.crm.links.2: expected a path such as payload.msisdn'],
    ['links: [5]', "3:13 sources.crm.links.1: expected a text, got 5: put it in quotes, as '5'"],
    ['links: msisdn', '3:12 sources.crm.links: expected a list, got msisdn: put it in brackets, as [msisdn]'],
    [`links: [${'a, '.repeat(17)}]`, '3:12 sources.crm.links: expected at most 16 entries, got 17'],
    [
      'fields: { links: a }',
      '3:15 sources.crm.fields: there is no setting links here: leave it out. Its settings are customer_id, event_type, timestamp, value, event_id and reverses.',
    ],
  ])('of links: %j', (links, mistake) => {
    expect(mistakes(`sources:\n  crm:\n    ${links}`)[0]).toBe(`sources.yaml:${mistake}`)
  })

  test.each(['laurel.spend', 'laurel.'])('an event cannot be made %s', (type) => {
    expect(mistakes(`sources:\n  crm:\n    types: { kyc: kyc_update, cancel: ${type} }`)).toEqual([
      'sources.yaml:3:39 sources.crm.types.cancel: types that begin with laurel. are written by Laurel itself',
    ])
  })

  test('a type that only looks like one of Laurel’s own can be mapped, and so can such a name', () => {
    const { byName } = parse('sources:\n  crm:\n    types: { a: laurels.won, laurel.spend: b }')
    expect(byName.get('crm')?.types).toEqual(
      new Map([
        ['a', 'laurels.won'],
        ['laurel.spend', 'b'],
      ]),
    )
  })

  test.each([
    [
      '',
      'sources.yaml:1:1 expected settings (each as name: value), such as { sources: … }, got nothing: write a value after the colon, or leave the line out',
    ],
    [
      'sources:\n  crm:',
      'sources.yaml:2:7 sources.crm: expected settings (each as name: value), got nothing: write a value after the colon, or leave the line out',
    ],
    ['country: BD', 'sources.yaml:1:1 sources is missing: add it'],
    ['sources: {}\nsources: {}', 'sources.yaml:2:1 sources stands here twice: keep one of them'],
    ['sources: { a: {}', 'sources.yaml:1:15 the { that stands here is never closed: add } where it ends'],
    ['sources: *all', "sources.yaml:1:10 a text that begins with * has to stand in quotes: '*all'"],
  ])('%j', (text, mistake) => {
    expect(mistakes(text)).toEqual([mistake])
  })
})
