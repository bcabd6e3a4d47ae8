import type { GameState } from './fold.ts'
import type { Outcome } from './outcome.ts'
import { NO_EVENT } from './position.ts'
import { addStates } from './score.ts'
import { EMPTY_WALLET, joinWallets } from './wallet.ts'

/**
 * The opening of a customer who is joined to another one, both settled up to the same position. What is settled is
 * not folded again: the balances come together, and of two states of a rule the root's goes on.
 */
export function joinOpenings(root: GameState, member: GameState): GameState {
  const wallets = { ...root.wallets }
  for (const [id, own] of Object.entries(member.wallets))
    wallets[id] = joinWallets(wallets[id] ?? EMPTY_WALLET, own)
  const scores =
    member.scores && root.scores ? addStates(root.scores, member.scores) : (root.scores ?? member.scores)
  const due = Math.min(root.due ?? Number.POSITIVE_INFINITY, member.due ?? Number.POSITIVE_INFINITY)
  return {
    boards: { ...member.boards, ...root.boards },
    position: root.position,
    events: root.events + member.events,
    due: due === Number.POSITIVE_INFINITY ? null : due,
    wallets,
    rules: { ...member.rules, ...root.rules },
    ...(scores && { scores }),
  }
}

/** What moves a settled balance from one customer's ledger to another's, a wallet each. */
export function transfers(member: GameState, occurrence: string, sign: 1 | -1): readonly Outcome[] {
  return Object.entries(member.wallets)
    .filter(([, { balance }]) => balance !== 0)
    .map(([wallet, { balance }]) => ({
      kind: 'adjusted',
      rule: wallet,
      occurrence,
      level: 0,
      wallet,
      amount: sign * balance,
      availableAt: null,
      receipt: { reason: 'joined with another customer' },
      at: member.position?.at ?? 0,
      identity: member.position?.identity ?? NO_EVENT,
    }))
}
