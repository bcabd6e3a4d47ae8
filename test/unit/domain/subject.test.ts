import { describe, expect, test } from 'vitest'
import { maskSubject, parseSubject, rootOf, type Subject, spellingsOf, subjectKey } from '#domain/subject.ts'

describe('a UUID', () => {
  test.each([
    '3e0a1c5e-aaaa-4bbb-8ccc-0123456789ab',
    '3E0A1C5E-AAAA-4BBB-8CCC-0123456789AB',
    ' 3e0a1c5e-AAAA-4bbb-8ccc-0123456789ab\n',
  ])('in any case: %j', (id) => {
    expect(parseSubject(id, 'BD')).toEqual({ kind: 'uuid', value: '3e0a1c5e-aaaa-4bbb-8ccc-0123456789ab' })
  })

  test.each([
    '3e0a1c5eaaaa4bbb8ccc0123456789ab',
    '{3e0a1c5e-aaaa-4bbb-8ccc-0123456789ab}',
    '3e0a1c5e-aaaa-4bbb-8ccc-0123456789ag',
  ])('in another form is another id: %s', (id) => {
    expect(parseSubject(id, 'BD')).toEqual({ kind: 'other', value: id })
  })
})

describe('a phone number becomes E.164', () => {
  test.each([
    ['BD', '+8801700000042', '+8801700000042'],
    ['BD', '8801700000042', '+8801700000042'],
    ['BD', '008801700000042', '+8801700000042'],
    ['BD', '01700000042', '+8801700000042'],
    ['BD', '1700000042', '+8801700000042'],
    ['BD', '(017) 0000-0042', '+8801700000042'],
    ['BD', ' +880 1700-000042 ', '+8801700000042'],
    ['BD', '+880.1700/000042', '+8801700000042'],
    ['BD', 'tel:+8801700000042', '+8801700000042'],
    ['BD', 'tel:01700000042', '+8801700000042'],
    ['IN', '09876543210', '+919876543210'],
    ['IN', '9876543210', '+919876543210'],
    ['IN', '919876543210', '+919876543210'],
    ['IN', '0091 98765 43210', '+919876543210'],
    ['NG', '08031234567', '+2348031234567'],
    ['NG', '2348031234567', '+2348031234567'],
    ['ZA', '0821234567', '+27821234567'],
    ['GB', '07911 123456', '+447911123456'],
    ['GB', '+44 (0)7911 123456', '+447911123456'],
    ['US', '(650) 253-0000', '+16502530000'],
    ['US', '1-650-253-0000', '+16502530000'],
    // A zero of its own after the country code stays, as in Italy's fixed network.
    ['IT', '06 6982', '+39066982'],
  ])('in %s, %s is %s', (country, id, value) => {
    expect(parseSubject(id, country)).toEqual({ kind: 'msisdn', value })
  })

  test('of another country, where it carries that country’s code', () => {
    expect(parseSubject('16502530000', 'BD')).toEqual({ kind: 'msisdn', value: '+16502530000' })
    expect(parseSubject('00919876543210', 'BD')).toEqual({ kind: 'msisdn', value: '+919876543210' })
  })

  test.each(['+8801700000042', '8801700000042', '008801700000042'])(
    'without a country, where it carries its code: %s',
    (id) => {
      expect(parseSubject(id, undefined)).toEqual({ kind: 'msisdn', value: '+8801700000042' })
    },
  )
})

test('ten digits are the fewest that may be a number with its country’s code', () => {
  expect(parseSubject('6581234567', undefined)).toEqual({ kind: 'msisdn', value: '+6581234567' })
  expect(parseSubject('+29021234', undefined)).toEqual({ kind: 'msisdn', value: '+29021234' })
  expect(parseSubject('29021234', undefined)).toEqual({ kind: 'other', value: '29021234' })
})

describe('any other text is a subject of its own kind, as written', () => {
  test.each([
    ['123'],
    ['12345678'],
    ['A-77'],
    ['customer 01700000042'],
    ['+880170000004'],
    ['+8801700000042x'],
    ['00000000000000000000000000000'],
    ['000'],
    ['tel:123'],
    ['٠١٧٠٠٠٠٠٠٤٢'],
    ['__proto__'],
    ['ÄÖ ü'],
  ])('%s', (id) => {
    expect(parseSubject(id, 'BD')).toEqual({ kind: 'other', value: id })
  })

  test('a number without its code, where no country is named', () => {
    expect(parseSubject('01700000042', undefined)).toEqual({ kind: 'other', value: '01700000042' })
  })

  test('without the blanks around it', () => {
    expect(parseSubject(' 123\t', 'BD').value).toBe('123')
  })

  test('half a surrogate pair, which no database can hold, is replaced; a whole one stays', () => {
    expect(parseSubject('a\ud800b', 'BD').value).toBe('a\ufffdb')
    expect(parseSubject('a😀b', 'BD').value).toBe('a😀b')
  })
})

test('a subject’s key tells kinds of one value apart', () => {
  const subjects: Subject[] = [
    { kind: 'msisdn', value: '+8801700000042' },
    { kind: 'other', value: '+8801700000042' },
    { kind: 'other', value: 'msisdn:+8801700000042' },
    { kind: 'uuid', value: '3e0a1c5e-aaaa-4bbb-8ccc-0123456789ab' },
  ]
  expect(new Set(subjects.map(subjectKey)).size).toBe(4)
  expect(subjectKey(subjects[0]!)).toBe('msisdn:+8801700000042')
})

describe('the root of a customer', () => {
  const number = { kind: 'msisdn', value: '+8801700000042' } as const
  const later = { kind: 'msisdn', value: '+8801700000043' } as const
  const name = { kind: 'other', value: '+8801700000041' } as const
  const uuid = { kind: 'uuid', value: '0e0a1c5e-aaaa-4bbb-8ccc-0123456789ab' } as const

  test.each<[string, [Subject, ...Subject[]], Subject]>([
    ['the only one', [uuid], uuid],
    ['the smaller value of a kind', [later, number], number],
    ['the kind before the value', [uuid, name, later], later],
    ['of the kinds, the number, then the other one', [uuid, name], name],
    [
      'as text, not as a number',
      [
        { kind: 'other', value: '9' },
        { kind: 'other', value: '10' },
      ],
      { kind: 'other', value: '10' },
    ],
    [
      'by code units, where letters come after capitals',
      [
        { kind: 'other', value: 'a' },
        { kind: 'other', value: 'B' },
      ],
      { kind: 'other', value: 'B' },
    ],
  ])('is %s, whatever order they came in', (_, subjects, root) => {
    const [first, ...rest] = subjects
    expect(rootOf(subjects)).toEqual(root)
    expect(rootOf([...rest, first] as unknown as [Subject, ...Subject[]])).toEqual(root)
  })

  test('is the very one that was given, with what else it carries', () => {
    const rows: [Subject & { id: number }, Subject & { id: number }] = [
      { ...later, id: 1 },
      { ...number, id: 2 },
    ]
    expect(rootOf(rows)).toBe(rows[1])
  })
})

describe('maskSubject', () => {
  test.each([
    ['+8801700000042', '+88017••••0042'],
    ['', ''],
    ['123', '•••'],
    ['1234', '••••'],
    ['12345', '•••45'],
    ['12345678', '••••••78'],
    ['123456789', '1••••6789'],
    ['😀😀😀😀😀', '•••😀😀'],
    ['a😀😀😀😀😀😀😀😀', 'a••••😀😀😀😀'],
  ])('%s is shown as %s', (value, masked) => {
    expect(maskSubject(value)).toBe(masked)
  })
})

test.each([
  '+8801700000042',
  '8801700000042',
  '008801700000042',
  'tel:+8801700000042',
  '01700000042',
  '01700-000042',
  '01700 000042',
  '+880 1700-000042',
  '+880 1700 000042',
  '+880-1700-000042',
  '+880 1700000042',
  '1700000042',
])('a phone number is looked for as %s', (written) => {
  expect(spellingsOf({ kind: 'msisdn', value: '+8801700000042' })).toContain(written)
})

test('a UUID is looked for in either case, any other id as it is', () => {
  const value = 'a2000000-0000-4000-8000-00000000000b'
  expect(spellingsOf({ kind: 'uuid', value })).toEqual([value, value.toUpperCase()])
  expect(spellingsOf({ kind: 'other', value: '123' })).toEqual(['123'])
})
