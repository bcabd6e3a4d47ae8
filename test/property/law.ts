import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const RUNS = Number(process.env.LAW_RUNS ?? 1_000)

/**
 * A test that something holds in a thousand generated cases, or in as many as LAW_RUNS says. A failure prints
 * the smallest case that it could be shrunk to, with the seed and path that lead to it.
 */
export function law<T extends [unknown, ...unknown[]]>(
  name: string,
  ...definition: [...arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> }, holds: (...values: T) => void]
): void {
  const property = fc.property<T>(...definition)
  test(name, { timeout: 240_000 }, () => {
    fc.assert(property, { numRuns: RUNS })
  })
}

/** What `toEqual` expects, found out many times faster where it holds. */
export function agree<T>(actual: T, expected: T): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected)
}
