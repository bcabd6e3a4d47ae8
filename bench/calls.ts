import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { Environment } from '@marcbachmann/cel-js'

/** How often some work called what costs most: the same on every machine. */
export interface Calls {
  readonly hashes: number
  readonly expressions: number
}

/**
 * Counts the hashes that work takes, and the CEL expressions that it evaluates, of those that it has compiled
 * itself: counting is put around them while it runs, from outside.
 */
export function callsOf(work: () => void): Calls {
  const { hash } = crypto
  const { parse } = Environment.prototype
  const calls = { hashes: 0, expressions: 0 }
  crypto.hash = ((...given: Parameters<typeof hash>) => {
    calls.hashes++
    return hash(...given)
  }) as typeof hash
  syncBuiltinESMExports()
  Environment.prototype.parse = function (source) {
    const expression = parse.call(this, source)
    const counted = (...given: Parameters<typeof expression>) => {
      calls.expressions++
      return expression(...given)
    }
    return Object.assign(counted, expression)
  }
  try {
    work()
  } finally {
    crypto.hash = hash
    syncBuiltinESMExports()
    Environment.prototype.parse = parse
  }
  return calls
}
