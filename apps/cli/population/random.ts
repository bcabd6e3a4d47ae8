/** A number in [0, 1). */
export type Random = () => number

/** A small generator of good enough spread: the same numbers for the same seed, everywhere. */
export function mulberry32(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!
}

/** Weights add up to 1; the last choice takes what rounding leaves. */
export function weighted<T>(random: Random, choices: readonly (readonly [T, number])[]): T {
  let rest = random()
  for (const [choice, weight] of choices) {
    rest -= weight
    if (rest < 0) return choice
  }
  return choices.at(-1)![0]
}

export function shuffle(random: Random, numbers: number[]): void {
  for (let last = numbers.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const kept = numbers[last]!
    numbers[last] = numbers[other]!
    numbers[other] = kept
  }
}

function hex(random: Random, digits: number): string {
  return Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('')
}

/** A UUID of version 4, or with a time (Unix ms) of version 7, which then begins with it. */
export function uuid(random: Random, at?: number): string {
  const version = at === undefined ? '4' : '7'
  const start = at === undefined ? hex(random, 12) : at.toString(16).padStart(12, '0')
  const variant = '89ab'[Math.floor(random() * 4)]
  return `${start.slice(0, 8)}-${start.slice(8)}-${version}${hex(random, 3)}-${variant}${hex(random, 3)}-${hex(random, 12)}`
}
