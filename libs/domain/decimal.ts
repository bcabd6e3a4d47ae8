/** Values and points are integers of ten-thousandths: sums are exact and do not depend on their order. */
export const SCALE = 10_000

/** The largest magnitude of one value, in whole units: 900 of them still add up exactly in a double. */
export const LARGEST_VALUE = 1_000_000_000

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/
const LARGEST_EXPONENT = 400

/** Whether a text is a decimal number at all, however large. */
export function isDecimal(text: string): boolean {
  return DECIMAL.test(text)
}

/**
 * Reads a decimal number from its digits as written, rounding half to even at the fourth place, so that no
 * binary fraction comes between the producer's digits and the sum.
 *
 * @returns ten-thousandths; undefined where the text is no decimal number or is out of exact range
 */
export function parseDecimal(text: string): number | undefined {
  return parseShort(text) ?? parseLong(text)
}

const SHORT = 15
const PLACES = 4

/** Numbers as nearly all are, such as 149.5: up to 11 digits, and up to four behind the point. Undefined for others. */
function parseShort(text: string): number | undefined {
  const isNegative = text.charCodeAt(0) === 0x2d
  const first = isNegative ? 1 : 0
  let point = -1
  let digits = 0
  if (text.length - first > SHORT + 1 || text.length === first) return undefined
  for (let i = first; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x30 && code <= 0x39) digits = digits * 10 + (code - 0x30)
    else if (code === 0x2e && point < 0 && i > first && i < text.length - 1) point = i
    else return undefined
  }
  const places = point < 0 ? 0 : text.length - 1 - point
  const wholes = text.length - first - (point < 0 ? 0 : places + 1)
  if (places > PLACES || wholes > SHORT - PLACES) return undefined
  const value = digits * 10 ** (PLACES - places)
  return isNegative && value !== 0 ? -value : value
}

function parseLong(text: string): number | undefined {
  const match = DECIMAL.exec(text)
  if (!match) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  if (whole.length + fraction.length > 400 || Math.abs(Number(exponent)) > LARGEST_EXPONENT) return undefined
  const digits = whole + fraction
  const cut = whole.length + Number(exponent) + 4
  const kept = BigInt(cut <= 0 ? '0' : digits.slice(0, cut).padEnd(cut, '0'))
  const dropped = cut < 0 ? '0'.repeat(-cut) + digits : digits.slice(cut)
  const rounded = Number(roundsUp(kept, dropped) ? kept + 1n : kept)
  if (!Number.isSafeInteger(rounded)) return undefined
  return sign === '-' && rounded !== 0 ? -rounded : rounded
}

function roundsUp(kept: bigint, dropped: string): boolean {
  const first = dropped.charCodeAt(0) - 48
  if (Number.isNaN(first) || first < 5) return false
  return first > 5 || /[1-9]/.test(dropped.slice(1)) || (kept & 1n) === 1n
}

/** Ten-thousandths as the decimal number that JSON shows: 1005000 → 100.5. */
export function toDecimal(tenThousandths: number): number {
  return tenThousandths / SCALE
}

/**
 * A rule's result (a double) as ten-thousandths, half to even on the double's shortest digits.
 *
 * @throws RangeError where it is not finite or too large to be exact
 */
export function fromDouble(amount: number): number {
  const exact = Number.isFinite(amount) ? parseDecimal(String(amount)) : undefined
  if (exact === undefined)
    throw new RangeError(`${amount} is not an amount: it must be finite and below 900 billion`)
  return exact
}

/** Points or a value as a program has them written, in ten-thousandths. */
export function scaled(amount: number): number {
  return Math.round(amount * SCALE)
}
