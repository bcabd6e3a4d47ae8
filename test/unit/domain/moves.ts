import { earn, earnPending, spend, type Wallet } from '#domain/wallet.ts'

/** Something that happens to a wallet. */
export type Move = (wallet: Wallet) => Wallet

export const NEVER = null
export const earned =
  (amount: number, expiresAt: number | null): Move =>
  (wallet) =>
    earn(wallet, amount, expiresAt)
export const pending =
  (amount: number, availableAt: number): Move =>
  (wallet) =>
    earnPending(wallet, amount, availableAt)
export const spent =
  (amount: number): Move =>
  (wallet) =>
    spend(wallet, amount)
