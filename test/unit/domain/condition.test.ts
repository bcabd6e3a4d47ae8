import { describe, expect, test } from 'vitest'
import { compile } from '#domain/condition.ts'
import type { Event } from '#domain/event.ts'

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
    expect(compile(source, 'bool')(event())).toBe(expected)
  })

  test('sees zero for an event without a value', () => {
    expect(compile('event.value == 0.0', 'bool')(event(null))).toBe(true)
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
    expect(compile(source, 'double')(event())).toBe(expected)
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
    expect(compile(source, 'bool')(event(0, metadata))).toBe(expected)
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
    expect(() => compile(source, 'bool')(event(0, metadata))).toThrow(message)
  })

  test('an event that has none, and its rules ask for it', () => {
    const bare = { ...event(), payload: '{"event_type":"recharge"}' }
    expect(() => compile('event.metadata.a == 1', 'bool')(bare)).toThrow('No such key: a')
    expect(compile('event.value > 1.0', 'bool')({ ...bare, payload: 'not looked at' })).toBe(true)
  })
})

describe('refused, with one line that says why', () => {
  test.each([
    ['event.value', 'bool', 'expected an expression that gives a bool, and this one gives double'],
    [
      '10',
      'double',
      'expected an expression that gives a double, and this one gives int: write whole numbers as 10.0',
    ],
    ['10', 'bool', 'expected an expression that gives a bool, and this one gives int'],
    ['"10"', 'double', 'expected an expression that gives a double, and this one gives string'],
    ['event.metadata.vip', 'bool', 'expected an expression that gives a bool, and this one gives dyn'],
    ['event.valu > 1.0', 'bool', 'No such key: valu'],
    ['event.payload == ""', 'bool', 'No such key: payload'],
    ['value > 1.0', 'bool', 'Unknown variable: value'],
    ['event.value + 1 > 2.0', 'bool', 'no such overload: double + int'],
    ['event.type > 1.0', 'bool', 'no such overload: string > double'],
    ['floor(10)', 'double', "found no matching overload for 'floor(int)'"],
    ['round(event.value)', 'double', "found no matching overload for 'round(double)'"],
    ['event.value >', 'bool', 'Unexpected token: EOF'],
    ['', 'bool', 'Unexpected token: EOF'],
    ['event.value = 1.0', 'bool', 'Unexpected character: ='],
  ] as const)('%s as a %s', (source, result, message) => {
    expect(() => compile(source, result as 'bool')).toThrow(new Error(message))
  })

  test('what costs too much', () => {
    const many = Array.from({ length: 300 }, (_, i) => `event.value == ${i}.0`).join(' || ')
    expect(() => compile(many, 'bool')).toThrow(new Error('Exceeded maxAstNodes (500)'))
    const deep = `${'('.repeat(40)}true${')'.repeat(40)}`
    expect(() => compile(deep, 'bool')).toThrow(new Error('Exceeded maxDepth (32)'))
  })
})
