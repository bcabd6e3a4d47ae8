import type { SimulatedCustomer } from '#domain/simulation.ts'

/** Something that a customer has by one program, and not, or to another amount, by the other. */
export interface Item {
  readonly kind: string
  readonly rule: string
  readonly occurrence: string
  /** A badge's level; 0 for everything else. */
  readonly level: number
  /** Where `amount` goes; null where nothing is credited. */
  readonly wallet: string | null
  /** Points; of what both programs give, the difference. */
  readonly amount: number
}

/** What a customer would gain and lose if one program took the place of another. */
export interface Difference {
  readonly customer: string
  /** With the points that the new program gives in addition. */
  readonly gains: readonly Item[]
  /** With the points that the old program gives and the new one does not, as negative amounts. */
  readonly losses: readonly Item[]
  /** Balances that differ. */
  readonly wallets: Readonly<Record<string, { readonly before: number; readonly after: number }>>
  /** Bands that differ; null where the program has no such score. */
  readonly bands: Readonly<Record<string, { readonly before: string | null; readonly after: string | null }>>
}

/**
 * What differs between a customer by one program and by another.
 *
 * @returns undefined where nothing does
 */
export function difference(
  before: SimulatedCustomer | undefined,
  after: SimulatedCustomer | undefined,
): Difference | undefined {
  const [old, own] = [itemsOf(before), itemsOf(after)]
  const gains: Item[] = []
  const losses: Item[] = []
  for (const [key, item] of own) {
    const known = old.get(key)
    // Points of one wallet do not make up for those of another.
    if (known?.wallet && item.wallet && known.wallet !== item.wallet) {
      gains.push(item)
      losses.push({ ...known, amount: -known.amount })
      continue
    }
    const amount = rounded(item.amount - (known?.amount ?? 0))
    const wallet = item.wallet ?? known?.wallet ?? null
    if (!known || amount > 0) gains.push({ ...item, wallet, amount })
    else if (amount < 0) losses.push({ ...item, wallet, amount })
  }
  for (const [key, item] of old) if (!own.has(key)) losses.push({ ...item, amount: rounded(-item.amount) })
  const wallets = differing(before?.wallets, after?.wallets, (wallet) => wallet?.balance ?? 0)
  const bands = differing(before?.scores, after?.scores, (score) => score?.band ?? null)
  if ([gains, losses, Object.keys(wallets), Object.keys(bands)].every(({ length }) => length === 0))
    return undefined
  return { customer: (after ?? before)!.customer, gains, losses, wallets, bands }
}

/** Everything that a customer was given, each once, by what tells it from everything else. */
function itemsOf(customer: SimulatedCustomer | undefined): ReadonlyMap<string, Item> {
  const items = new Map<string, Item>()
  if (!customer) return items
  const add = (item: Item) => {
    const key = `${item.kind}\n${item.rule}\n${item.occurrence}`
    items.set(key, { ...items.get(key), ...item })
  }
  const nothing = { level: 0, wallet: null, amount: 0 }
  for (const { rule, occurrence, level } of customer.badges)
    add({ ...nothing, kind: 'badge', rule, occurrence, level })
  for (const { kind, rule, occurrence, level } of customer.awards)
    add({ ...nothing, kind, rule, occurrence, level })
  for (const { challenge: rule, period: occurrence, prize } of customer.wins) {
    // Several places in one settlement are told together.
    const won = items.get(`prize\n${rule}\n${occurrence}`)
    const amount = rounded((won?.amount ?? 0) + (prize?.amount ?? 0))
    const wallet = prize?.wallet ?? won?.wallet ?? null
    add({ kind: 'prize', rule, occurrence, level: 0, wallet, amount })
  }
  for (const { kind, rule, occurrence, wallet, amount } of customer.ledger) {
    // What pays a prize is told with the prize.
    if (kind === 'adjusted') continue
    const level = items.get(`${kind}\n${rule}\n${occurrence}`)?.level ?? 0
    add({ kind, rule, occurrence, level, wallet, amount })
  }
  return items
}

function differing<T, V>(
  before: Readonly<Record<string, T>> = {},
  after: Readonly<Record<string, T>> = {},
  read: (each: T | undefined) => V,
): Record<string, { before: V; after: V }> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return Object.fromEntries(
    names
      .map((name) => [name, { before: read(before[name]), after: read(after[name]) }] as const)
      .filter(([, pair]) => pair.before !== pair.after),
  )
}

/** Decimals of four places, without what doubles make of their difference; and no −0. */
function rounded(amount: number): number {
  return Math.round(amount * 10_000) / 10_000 + 0
}

/** What two programs give of one rule and level, over all customers. */
export interface RuleDifference {
  readonly kind: string
  readonly rule: string
  readonly level: number
  gaining: number
  losing: number
  /** How many awards the new program gives, and the old one does not. */
  given: number
  taken: number
  points: number
}

/** Adds differences up, rule by rule. */
export class Differences {
  readonly #rules = new Map<string, RuleDifference>()
  customers = 0

  add({ gains, losses }: Difference): void {
    this.customers++
    this.#count(gains, 'gaining', 'given')
    this.#count(losses, 'losing', 'taken')
  }

  /** By the names of rules. */
  rules(): readonly RuleDifference[] {
    return [...this.#rules.values()].sort(
      (a, b) =>
        (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0) || a.level - b.level || (a.kind < b.kind ? -1 : 1),
    )
  }

  #count(items: readonly Item[], who: 'gaining' | 'losing', what: 'given' | 'taken'): void {
    const seen = new Set<RuleDifference>()
    for (const { kind, rule, level, amount } of items) {
      const key = `${kind} ${level} ${rule}`
      const total = this.#rules.get(key) ?? {
        kind,
        rule,
        level,
        gaining: 0,
        losing: 0,
        given: 0,
        taken: 0,
        points: 0,
      }
      this.#rules.set(key, total)
      if (!seen.has(total)) total[who]++
      seen.add(total)
      total[what]++
      total.points = rounded(total.points + amount)
    }
  }
}

/** `+88017…: gains 50 points of mission weekly-data (2026-W45), loses login-streak 2, points 10 → 60` */
export function inWords({ customer, gains, losses, wallets, bands }: Difference): string {
  const parts = [
    ...itemsInWords(gains).map((item) => `gains ${item}`),
    ...itemsInWords(losses).map((item) => `loses ${item}`),
    ...Object.entries(wallets).map(([id, { before, after }]) => `${id} ${before} → ${after}`),
    ...Object.entries(bands).map(
      ([id, { before, after }]) => `${id} ${before ?? 'none'} → ${after ?? 'none'}`,
    ),
  ]
  return `${customer}: ${parts.join(', ')}`
}

/** Points of one rule are told together: which event each is for says little to people. */
function itemsInWords(items: readonly Item[]): string[] {
  const sums = new Map<string, number>()
  const others: string[] = []
  for (const { kind, rule, occurrence, level, wallet, amount } of items) {
    if (kind === 'points') {
      const name = `${wallet} of ${rule}`
      sums.set(name, rounded((sums.get(name) ?? 0) + Math.abs(amount)))
      continue
    }
    const points = amount === 0 ? '' : `${Math.abs(amount)} ${wallet} of `
    const what = kind === 'badge' ? rule : `${kind} ${rule}`
    others.push(level > 0 ? `${points}${what} ${level}` : `${points}${what} (${occurrence})`)
  }
  return [...others, ...[...sums].map(([name, sum]) => `${sum} ${name}`)]
}
