import fc from 'fast-check'
import { expect } from 'vitest'
import { fromDouble, parseDecimal, toDecimal } from '#domain/decimal.ts'
import { law } from './law.ts'

const digits = (most: number) => fc.stringMatching(new RegExp(`^\\d{1,${most}}$`))

const decimals = fc.record({
  sign: fc.constantFrom('', '-'),
  whole: digits(16),
  fraction: fc.oneof(fc.constantFrom('', '5', '00005', '00015', '000050', '0000500001'), digits(20)),
  exponent: fc.option(fc.integer({ min: -20, max: 20 }), { nil: 0 }),
})

/** Ten-thousandths, half to even, in whole numbers alone. */
function oracle(sign: string, whole: string, fraction: string, exponent: number): number | undefined {
  const shift = exponent + 4 - fraction.length
  const mantissa = BigInt(whole + fraction) * 10n ** BigInt(Math.max(shift, 0))
  const divisor = 10n ** BigInt(Math.max(-shift, 0))
  const [quotient, twice] = [mantissa / divisor, (mantissa % divisor) * 2n]
  const isUp = twice > divisor || (twice === divisor && quotient % 2n === 1n)
  const rounded = Number(isUp ? quotient + 1n : quotient)
  if (rounded > Number.MAX_SAFE_INTEGER) return undefined
  return sign === '-' && rounded !== 0 ? -rounded : rounded
}

law('a decimal is read as whole numbers would have it', decimals, ({ sign, whole, fraction, exponent }) => {
  const text = `${sign}${whole}${fraction && `.${fraction}`}${exponent === 0 ? '' : `e${exponent}`}`
  expect(parseDecimal(text)).toBe(oracle(sign, whole, fraction, exponent))
})

/** Up to here a double tells every ten-thousandth from the next one. */
const FINEST = 2 ** 39 * 10_000
const finest = fc.integer({ min: -FINEST, max: FINEST })

law('ten-thousandths come back from their decimal number', finest, (amount) => {
  expect(fromDouble(toDecimal(amount))).toBe(amount)
})

law(
  'no text makes it throw or come out inexact',
  fc.string({ unit: fc.constantFrom(...'0123456789.eE+- x') }),
  (text) => {
    expect(parseDecimal(text) ?? 0).toSatisfy(Number.isSafeInteger)
  },
)
