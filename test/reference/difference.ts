import type { Customer } from './reference.ts'

const SHOWN = 20

/**
 * Where what the API answered differs from what the reference expects, for a test's failure: empty where
 * nothing does. Fields beside the expected ones are allowed at a customer's top level only (`asOf`).
 *
 * @param actual the API's answers by the same keys as `Result.customers`
 * @returns the first 20 differences, and a line that counts the others
 */
export function difference(
  expected: ReadonlyMap<string, Customer>,
  actual: ReadonlyMap<string, unknown>,
): string[] {
  const lines: string[] = []
  for (const [key, customer] of expected) {
    if (!actual.has(key)) lines.push(`${key}: expected this customer, got none`)
    else lines.push(...compare(key, customer, pickFields(actual.get(key), Object.keys(customer))))
  }
  for (const key of actual.keys()) {
    if (!expected.has(key)) lines.push(`${key}: got this customer, expected none`)
  }
  return lines.length <= SHOWN ? lines : [...lines.slice(0, SHOWN), `… and ${lines.length - SHOWN} more`]
}

function pickFields(answer: unknown, fields: readonly string[]): unknown {
  if (!isObject(answer)) return answer
  return Object.fromEntries(Object.entries(answer).filter(([field]) => fields.includes(field)))
}

function compare(path: string, expected: unknown, actual: unknown): string[] {
  if (isObject(expected) && isObject(actual) && Array.isArray(expected) === Array.isArray(actual)) {
    const fields = new Set([...Object.keys(expected), ...Object.keys(actual)])
    return [...fields].flatMap((field) => compare(`${path} ${field}`, expected[field], actual[field]))
  }
  if (Object.is(expected, actual)) return []
  return [`${path}: expected ${show(expected)}, got ${show(actual)}`]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}
