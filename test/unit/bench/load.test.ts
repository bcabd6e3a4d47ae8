import { describe, expect, it } from 'vitest'
import { introductions, type LoadOptions, load } from '../../../bench/load.ts'

const options: LoadOptions = {
  seed: 1,
  events: 5_000,
  customers: 100,
  from: Date.UTC(2026, 10, 1),
  to: Date.UTC(2026, 11, 1),
}

/** How many of the events the most active customer has. */
function most(events: readonly { readonly customer: number }[]): number {
  const counts = new Map<number, number>()
  for (const { customer } of events) counts.set(customer, (counts.get(customer) ?? 0) + 1)
  return Math.max(...counts.values())
}

describe('a load', () => {
  it('is the same for the same options, and another one for another seed', () => {
    expect(load(options)).toEqual(load(options))
    expect(load(options)).not.toEqual(load({ ...options, seed: 2 }))
  })

  it('spreads unevenly by Zipf, and evenly where it is uniform', () => {
    // Of 100 customers the first has 1 / (1 + 2^-0.8 + … + 100^-0.8), 12 %, of the events; evenly, 1 %.
    expect(most(load(options)) / options.events).toBeCloseTo(0.12, 1)
    expect(most(load({ ...options, law: 'uniform' }))).toBeLessThan(options.events * 0.02)
  })

  it('reaches every customer, and nobody else, where it is uniform', () => {
    const customers = new Set(load({ ...options, law: 'uniform' }).map(({ customer }) => customer))
    expect([Math.min(...customers), Math.max(...customers), customers.size]).toEqual([1, 100, 100])
  })

  it('says channels of recharges where it is asked to', () => {
    const saying = (channels: boolean) =>
      load({ ...options, channels }).filter(({ text }) => text.includes('"channel"'))
    expect(saying(false)).toEqual([])
    expect(saying(true).length).toBeGreaterThan(0)
    expect(saying(true).every(({ text }) => text.includes('"recharge"'))).toBe(true)
  })
})

describe('introductions', () => {
  const customers = 50_001
  const all = [...introductions({ ...options, customers })]

  it('name each customer once, in portions', () => {
    const named = all.flat().map(({ customer }) => customer)
    expect(named.toSorted((a, b) => a - b)).toEqual(Array.from({ length: customers }, (_, i) => i + 1))
    expect(all.length).toBeGreaterThan(1)
  })

  it('come in the order of time, and before the period', () => {
    const times = all.flat().map(({ at }) => at)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(times.at(-1)).toBeLessThan(options.from)
  })
})
