import { describe, expect, test } from 'vitest'
import { eventsOf, formatOf, MOST_EVENTS } from '../../../apps/api/body.ts'
import { Problem } from '../../../apps/api/problem.ts'

const problemOf = (run: () => unknown): Problem => {
  try {
    run()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('expected a problem')
}

describe('the format', () => {
  test.each([
    ['application/json', 'json'],
    ['Application/JSON; charset=utf-8', 'json'],
    ['application/cloudevents+json', 'json'],
    ['application/cloudevents-batch+json', 'json'],
    ['application/x-ndjson', 'ndjson'],
    ['application/ndjson;charset=utf-8', 'ndjson'],
    ['application/jsonl', 'ndjson'],
  ])('of %s is %s', (type, format) => {
    expect(formatOf(type)).toBe(format)
  })

  test.each([[undefined], ['text/plain'], ['application/x-www-form-urlencoded'], ['application/jsonp']])(
    'of %s is refused',
    (type) => {
      const problem = problemOf(() => formatOf(type))
      expect(problem.kind).toBe('media-type-unsupported')
      expect(problem.message).toMatch(/application\/json .* application\/x-ndjson/)
    },
  )
})

describe('JSON', () => {
  const read = (text: string) => eventsOf(Buffer.from(text), 'json')

  test.each([
    [' {"a": 1.50} \n', ['{"a": 1.50}']],
    ['[{"a": 1.50},2]', ['{"a": 1.50}', '2']],
    ['\ufeff{"a":1}', ['{"a":1}']],
  ])('%j', (text, events) => {
    expect(read(text)).toEqual(events)
  })

  test.each([
    [
      '{"a": NaN}',
      { position: 6, line: 1, column: 7 },
      /"NaN}" cannot stand at line 1, column 7.*NaN and Infinity/,
    ],
    ['[{"a":1},\n{"a":-Infinity}]', { position: 15, line: 2, column: 6 }, /NaN and Infinity are not JSON/],
    ['{"a":1}\n\n{"a":2}', { position: 9, line: 3, column: 1 }, /application\/x-ndjson/],
    ["{'a':1}", { position: 1 }, /double quotes/],
    ['{"a":None}', { position: 5 }, /null, true and false/],
    ['[{"a":1}', { position: 8, line: 1, column: 9 }, /ends too early/],
  ])('%j is no JSON', (text, members, detail) => {
    const problem = problemOf(() => read(text))
    expect(problem.kind).toBe('json-invalid')
    expect(problem.members).toMatchObject(members)
    expect(problem.message).toMatch(detail)
  })

  test.each([['[]'], [''], ['  \n'], ['42'], ['null'], ['"text"']])('%j holds no event', (text) => {
    expect(problemOf(() => read(text)).kind).toBe('request-invalid')
  })

  test('that is not UTF-8 is refused', () => {
    expect(problemOf(() => eventsOf(Buffer.from([0x22, 0xff, 0x22]), 'json')).message).toMatch(/UTF-8/)
  })

  test('of more events than may be sent at once is refused', () => {
    const text = (count: number) => `[${Array(count).fill('1').join()}]`
    expect(read(text(MOST_EVENTS))).toHaveLength(MOST_EVENTS)
    expect(problemOf(() => read(text(MOST_EVENTS + 1))).kind).toBe('too-large')
  })

  test('of any depth is split', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    expect(read(`[${deep}]`)).toEqual([deep])
  })
})

describe('NDJSON', () => {
  test.each([
    ['{"a":1}\n{"b":2}', ['{"a":1}', '{"b":2}']],
    ['{"a":1}\r\n\r\n  \n{"b":2}\r\n', ['{"a":1}', '{"b":2}']],
    ['\ufeff{"a":1}\n', ['{"a":1}']],
    ['not JSON\n{"a":1}', ['not JSON', '{"a":1}']],
  ])('%j', (text, events) => {
    expect(eventsOf(Buffer.from(text), 'ndjson')).toEqual(events)
  })

  test('keeps the bytes of a line that is no text', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"a":1}\n'),
      Buffer.from([0xff, 0x00]),
      Buffer.from('\n{"b":2}'),
    ])
    expect(eventsOf(bytes, 'ndjson')).toEqual(['{"a":1}', { base64: '/wA=' }, '{"b":2}'])
  })

  test('without any line holds no event', () => {
    expect(problemOf(() => eventsOf(Buffer.from('\n\r\n'), 'ndjson')).kind).toBe('request-invalid')
  })
})
