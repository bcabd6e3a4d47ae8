/** Points that leave or enter the balance together. */
export type Lot = readonly [at: number, amount: number]

/** A wallet's amounts in ten-thousandths: balance = earned + adjusted − spent − expired − pending. */
export interface Wallet {
  /** Negative where a correction took back what had been spent: later earnings repay it. */
  readonly balance: number
  /** Awards net of corrections, pending ones included; untouched by spending, adjusting and expiry. */
  readonly earned: number
  readonly spent: number
  readonly expired: number
  readonly adjusted: number
  readonly pending: number
  /**
   * The balance by when it expires, the earliest first. They sum up to the balance where it is positive, and
   * there are none where it is not; absent in a wallet that never expires.
   */
  readonly lots?: readonly Lot[]
  /** What is pending by when it becomes available, the earliest first. */
  readonly maturing?: readonly Lot[]
}

export const EMPTY_WALLET: Wallet = { balance: 0, earned: 0, spent: 0, expired: 0, adjusted: 0, pending: 0 }

/** How the program has a wallet behave. */
export interface WalletRule {
  readonly id: string
  /** Local days, the day of becoming available included, after which points expire; null: never. */
  readonly expiresAfter: number | null
}

/** @param expiresAt Unix ms; null where the wallet's points never expire */
export function earn(wallet: Wallet, amount: number, expiresAt: number | null): Wallet {
  if (expiresAt === null) {
    return { ...wallet, balance: wallet.balance + amount, earned: wallet.earned + amount }
  }
  return credit({ ...wallet, earned: wallet.earned + amount }, amount, expiresAt)
}

/** @param availableAt Unix ms */
export function earnPending(wallet: Wallet, amount: number, availableAt: number): Wallet {
  return {
    ...wallet,
    earned: wallet.earned + amount,
    pending: wallet.pending + amount,
    maturing: withLot(wallet.maturing, availableAt, amount),
  }
}

/** Lets what is pending up to a time into the balance. */
export function mature(
  wallet: Wallet,
  time: number,
  expiresAt: number | null,
): { wallet: Wallet; amount: number } {
  const { due, rest } = dueLots(wallet.maturing, time)
  if (due === 0) return { wallet, amount: 0 }
  const { maturing: _, ...others } = wallet
  const next = { ...others, pending: wallet.pending - due, ...(rest.length > 0 && { maturing: rest }) }
  return { wallet: credit(next, due, expiresAt), amount: due }
}

/** Takes what expires up to a time out of the balance. */
export function expire(wallet: Wallet, time: number): { wallet: Wallet; amount: number } {
  const { due, rest } = dueLots(wallet.lots, time)
  if (due === 0) return { wallet, amount: 0 }
  const expired = { ...wallet, balance: wallet.balance - due, expired: wallet.expired + due }
  return { wallet: withLots(expired, rest), amount: due }
}

/** What expires first is spent first. Never refuses: whether a spend is accepted was decided before. */
export function spend(wallet: Wallet, amount: number): Wallet {
  return debit({ ...wallet, spent: wallet.spent + amount }, amount)
}

/** @param amount negative where points are taken */
export function adjust(wallet: Wallet, amount: number, expiresAt: number | null): Wallet {
  const adjusted = { ...wallet, adjusted: wallet.adjusted + amount }
  return amount >= 0 ? credit(adjusted, amount, expiresAt) : debit(adjusted, -amount)
}

/** When time alone next changes the wallet, Unix ms; Infinity where it never does. */
export function walletDue({ lots, maturing }: Wallet): number {
  return Math.min(lots?.[0]?.[0] ?? Number.POSITIVE_INFINITY, maturing?.[0]?.[0] ?? Number.POSITIVE_INFINITY)
}

/** What the other wallet holds comes as an adjustment: it was earned, and ranked, elsewhere. */
export function joinWallets(wallet: Wallet, other: Wallet): Wallet {
  const balance = wallet.balance + other.balance
  const lots = joinLots(wallet.lots, other.lots)
  const maturing = joinLots(wallet.maturing, other.maturing)
  const debt = lots.reduce((sum, [, amount]) => sum + amount, 0) - Math.max(0, balance)
  const joined = {
    ...wallet,
    balance,
    adjusted: wallet.adjusted + other.balance + other.pending,
    pending: wallet.pending + other.pending,
    ...(maturing.length > 0 && { maturing }),
  }
  // A wallet that never expires has no lots, and no debt to take from any.
  return lots.length === 0 ? joined : withLots(joined, takeFirst(lots, debt))
}

function joinLots(a: readonly Lot[] = [], b: readonly Lot[] = []): readonly Lot[] {
  const amounts = new Map<number, number>()
  for (const [at, amount] of [...a, ...b]) amounts.set(at, (amounts.get(at) ?? 0) + amount)
  return [...amounts].toSorted(([one], [two]) => one - two)
}

/** A debt is repaid first; only what is left of the amount can expire. */
function credit(wallet: Wallet, amount: number, expiresAt: number | null): Wallet {
  const credited = { ...wallet, balance: wallet.balance + amount }
  const left = Math.min(amount, Math.max(0, credited.balance))
  return expiresAt === null || left === 0
    ? credited
    : { ...credited, lots: withLot(wallet.lots, expiresAt, left) }
}

function debit(wallet: Wallet, amount: number): Wallet {
  const debited = { ...wallet, balance: wallet.balance - amount }
  return wallet.lots ? withLots(debited, takeFirst(wallet.lots, amount)) : debited
}

/** Lots without an amount: of what expires first, first. */
function takeFirst(lots: readonly Lot[], amount: number): readonly Lot[] {
  const rest: Lot[] = []
  let left = amount
  for (const [at, held] of lots) {
    const taken = Math.min(left, held)
    left -= taken
    if (held > taken) rest.push([at, held - taken])
  }
  return rest
}

function withLots({ lots: _, ...wallet }: Wallet, lots: readonly Lot[]): Wallet {
  return lots.length > 0 ? { ...wallet, lots } : wallet
}

function withLot(lots: readonly Lot[] | undefined, at: number, amount: number): readonly Lot[] {
  const before = lots ?? []
  const last = before.at(-1)
  // Nearly always the latest: only a wallet's adjustment and maturity on one day can come to an earlier one.
  if (last === undefined || last[0] < at) return [...before, [at, amount]]
  const same = before.find((lot) => lot[0] === at)
  if (same) return before.map((lot) => (lot === same ? [at, lot[1] + amount] : lot))
  return [...before, [at, amount] as const].toSorted((a, b) => a[0] - b[0])
}

function dueLots(lots: readonly Lot[] | undefined, time: number): { due: number; rest: readonly Lot[] } {
  if (!lots || lots[0]![0] > time) return { due: 0, rest: lots ?? [] }
  const due = lots.reduce((sum, [at, amount]) => (at <= time ? sum + amount : sum), 0)
  return { due, rest: lots.filter(([at]) => at > time) }
}
