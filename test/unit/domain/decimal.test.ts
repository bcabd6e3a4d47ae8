import { describe, expect, test } from 'vitest'
import { fromDouble, isDecimal, parseDecimal, toDecimal } from '#domain/decimal.ts'

describe('parseDecimal', () => {
  test.each([
    ['0', 0],
    ['50', 500_000],
    ['50.00', 500_000],
    ['007', 70_000],
    ['0.0001', 1],
    ['-12.3456', -123_456],
    ['0.1', 1_000],
    ['1234567.8901', 12_345_678_901],
  ])('%s is %i ten-thousandths', (text, expected) => {
    expect(parseDecimal(text)).toBe(expected)
  })

  test.each([
    ['0.00005', 0],
    ['0.00015', 2],
    ['0.00025', 2],
    ['0.00035', 4],
    ['0.000049999999999999999999', 0],
    ['0.000050000000000000000001', 1],
    ['9.99985', 99_998],
    ['9.99995', 100_000],
    ['-0.00015', -2],
    ['-0.00025', -2],
    // A double would make 1.00045 of it on the way, and then 10004.
    ['1.000450000000000000001', 10_005],
  ])('%s is rounded half to even: %i', (text, expected) => {
    expect(parseDecimal(text)).toBe(expected)
  })

  test.each([
    ['1e3', 10_000_000],
    ['1.5E+2', 1_500_000],
    ['12345e-4', 12_345],
    ['5e-5', 0],
    ['15e-5', 2],
    ['5.1e-5', 1],
    ['0.00001e5', 10_000],
    ['1e-400', 0],
    ['1e0', 10_000],
  ])('%s has an exponent: %i', (text, expected) => {
    expect(parseDecimal(text)).toBe(expected)
  })

  test.each(['0', '-0', '-0.00001', '0e-5', '-0.00005'])('%s is zero without a sign', (text) => {
    expect(Object.is(parseDecimal(text), 0)).toBe(true)
  })

  test.each([
    ['900719925474.0991', Number.MAX_SAFE_INTEGER],
    ['-900719925474.0991', -Number.MAX_SAFE_INTEGER],
    ['900719925474.0992', undefined],
    ['1e12', undefined],
    ['1e400', undefined],
    ['1e401', undefined],
    ['1e999999999999999999999', undefined],
    [`0.${'0'.repeat(399)}`, 0],
    [`0.${'0'.repeat(400)}`, undefined],
  ])('%s keeps within exact range: %s', (text, expected) => {
    expect(parseDecimal(text)).toBe(expected)
    expect(isDecimal(text)).toBe(true)
  })

  test.each([
    '',
    ' ',
    '.5',
    '5.',
    '+5',
    '1,000',
    '1_000',
    '0x10',
    'NaN',
    '-Infinity',
    '1e',
    '1e+',
    '--1',
    ' 1',
    '1 ',
    '٣',
    '1.2.3',
    '1\n',
  ])('%j is no decimal number', (text) => {
    expect(parseDecimal(text)).toBeUndefined()
    expect(isDecimal(text)).toBe(false)
  })
})

describe('fromDouble', () => {
  test.each([
    [0.1 + 0.2, 3_000],
    [100.5, 1_005_000],
    [1.00005, 10_000],
    [1.00015, 10_002],
    [1e-7, 0],
    [-2.5, -25_000],
    [5e-324, 0],
  ])('%d is %i ten-thousandths', (amount, expected) => {
    expect(fromDouble(amount)).toBe(expected)
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e21, 900_719_925_475])(
    '%d is refused',
    (amount) => {
      expect(() => fromDouble(amount)).toThrow(
        new RangeError(`${amount} is not an amount: it must be finite and below 900 billion`),
      )
    },
  )
})

test.each([0, 1, -1, 3, 1_005_000, 123_456_789_012, 5_000_000_000_000_001])(
  '%i ten-thousandths come back from their decimal number',
  (amount) => {
    expect(fromDouble(toDecimal(amount))).toBe(amount)
  },
)
