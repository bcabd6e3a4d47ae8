import { describe, expect, test } from 'vitest'
import { causeOf, describeRejection, FAILURES, type FailureCode, quote } from '#domain/failure.ts'

const codes = Object.keys(FAILURES) as FailureCode[]

describe.each(codes)('%s', (code) => {
  const { stage, meaning, remedy, retry } = FAILURES[code]

  test('has a stage, a meaning, a remedy, and says whether a retry helps', () => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)+$/)
    expect(['normalization', 'scoring', 'gamification']).toContain(stage)
    expect(['edit', 'change', 'now']).toContain(retry)
    for (const part of [meaning, remedy]) {
      expect(part).toMatch(/^[a-zL]/)
      expect(part.length).toBeGreaterThan(8)
      // They are put together to one sentence each, which end there.
      expect(part).toMatch(/[a-z0-9A-Z)]$/)
      expect(part).not.toMatch(/\. |\n| {2}/)
    }
  })

  test('describes what is wrong, where, and what to do, on one line', () => {
    const text = describeRejection({ code, pointer: '/value', expected: 'a number', got: '"ten"' })
    expect(text).toBe(`${code}: /value: ${meaning} (expected a number, got "ten"). To do: ${remedy}.`)
    expect(text).not.toContain('\n')
  })
})

test('of the whole message, no place is named', () => {
  expect(
    describeRejection({ code: 'MESSAGE_EMPTY', pointer: '', expected: 'a JSON object', got: 'nothing' }),
  ).toBe(
    'MESSAGE_EMPTY: the message has no content (expected a JSON object, got nothing). To do: publish the event as a JSON object.',
  )
})

describe('quote', () => {
  test.each([
    [undefined, 'nothing'],
    [null, 'null'],
    ['', '""'],
    ['a"b', '"a\\"b"'],
    ['a\nb', '"a\\nb"'],
    [12.5, '12.5'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [{ a: [1] }, '{"a":[1]}'],
    ['x'.repeat(78), `"${'x'.repeat(78)}"`],
    ['x'.repeat(79), `"${'x'.repeat(79)}…`],
  ])('%j is shown as %s', (value, text) => {
    expect(quote(value)).toBe(text)
  })

  test('is no longer than a line, and cuts no character in two', () => {
    const text = quote(`x${'😀'.repeat(1_000)}`)
    expect(text.length).toBeLessThanOrEqual(81)
    expect(text.isWellFormed()).toBe(true)
    expect(quote(`${'😀'.repeat(1_000)}`).isWellFormed()).toBe(true)
  })
})

test('the name of a cause is short, and cuts no character in two', () => {
  for (const detail of ['😀'.repeat(1_000), `x${'😀'.repeat(1_000)}`]) {
    const cause = causeOf('RULE_FAILED', detail, 'crm')
    expect(cause.length).toBeLessThanOrEqual(300)
    expect(cause.isWellFormed()).toBe(true)
  }
})

test.each([
  [['TIMESTAMP_INVALID', '/timestamp', 'billing'], 'TIMESTAMP_INVALID /timestamp billing'],
  [['JSON_INVALID', '', 'kafka'], 'JSON_INVALID kafka'],
] as const)('failures of one cause share a name: %j', ([code, detail, source], cause) => {
  expect(causeOf(code, detail, source)).toBe(cause)
})
