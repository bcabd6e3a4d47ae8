/** A figure that says the same on a fast machine and a slow one, or nearly so. */
export interface Ratio {
  readonly name: string
  readonly better: 'higher' | 'lower'
  readonly value: number
}

/** Ratios by their names, as they were committed. */
export type Committed = Readonly<Record<string, number>>

/** What became of a ratio since it was committed. */
export interface Verdict {
  readonly name: string
  /** Undefined where it is measured no more. */
  readonly value: number | undefined
  /** Undefined where it was never committed. */
  readonly committed: number | undefined
  /** How much worse it is, as a fraction of what was committed; negative where it is better. */
  readonly loss: number
  readonly isKept: boolean
}

/** A loss up to this fraction is taken for noise. */
export const TOLERANCE = 0.2

/** Compares what was measured with what was committed: each must be there on both sides, and not much worse. */
export function judge(measured: readonly Ratio[], committed: Committed): readonly Verdict[] {
  const names = new Set(measured.map(({ name }) => name))
  return [
    ...measured.map((ratio): Verdict => {
      const { name, value } = ratio
      const before = committed[name]
      const loss = before === undefined ? 0 : lossOf(ratio, before)
      return { name, value, committed: before, loss, isKept: before !== undefined && loss <= TOLERANCE }
    }),
    ...Object.keys(committed)
      .filter((name) => !names.has(name))
      .map(
        (name): Verdict => ({ name, value: undefined, committed: committed[name], loss: 0, isKept: false }),
      ),
  ]
}

function lossOf({ better, value }: Ratio, before: number): number {
  return better === 'higher' ? 1 - value / before : value / before - 1
}

/** Of two measures of the same ratios the better of each: noise only ever takes away. */
export function better(first: readonly Ratio[], second: readonly Ratio[]): readonly Ratio[] {
  return pairwise(first, second, (a, b, which) => (which === 'higher' ? Math.max(a, b) : Math.min(a, b)))
}

/** The middle of two measures of the same ratios: what is committed is not to be a lucky one. */
export function middle(first: readonly Ratio[], second: readonly Ratio[]): readonly Ratio[] {
  return pairwise(first, second, (a, b) => (a + b) / 2)
}

function pairwise(
  first: readonly Ratio[],
  second: readonly Ratio[],
  pick: (a: number, b: number, better: Ratio['better']) => number,
): readonly Ratio[] {
  const others = new Map(second.map(({ name, value }) => [name, value]))
  return first.map((ratio) => ({
    ...ratio,
    value: pick(ratio.value, others.get(ratio.name) ?? ratio.value, ratio.better),
  }))
}

/** What is wrong with a ratio, in words; undefined where it was kept. */
export function complaint({ name, value, committed, loss, isKept }: Verdict): string | undefined {
  if (isKept) return undefined
  if (value === undefined) return `${name}: is committed, and not measured any more`
  if (committed === undefined) return `${name}: is ${brief(value)}, and was never committed`
  return `${name}: ${brief(value)} instead of ${brief(committed)}, ${Math.round(loss * 100)} % worse`
}

/** Three digits that count. */
export function brief(value: number): string {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))
}
