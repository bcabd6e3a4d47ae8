import type { Outcome, Standing } from './outcome.ts'

/** An outcome as it was last written, with its history's length. */
export interface Recorded extends Outcome {
  /** From 1. */
  readonly revision: number
  /** False once a correction has taken it back. */
  readonly live: boolean
}

/** What the ledger is told: an amount of its own, never a changed one. */
export interface Posting {
  readonly wallet: string
  /** Ten-thousandths; negative where something is taken back. */
  readonly amount: number
  readonly outcome: Outcome
  readonly revision: number
}

export interface Correction<R extends Outcome = Outcome> {
  /** New outcomes, and new revisions of recorded ones. */
  readonly changed: readonly (R & { readonly revision: number; readonly live: boolean })[]
  readonly postings: readonly Posting[]
}

/**
 * The least that turns recorded outcomes into those that a fold has found: what is new is added, what is no
 * longer earned is taken back, what differs gets a new revision, and the ledger is told the difference only.
 */
export function correct(recorded: readonly Recorded[], found: readonly Outcome[]): Correction {
  const wanted = new Map(found.map((outcome) => [outcomeKey(outcome), outcome]))
  const changed: (Outcome & { revision: number; live: boolean })[] = []
  const postings: Posting[] = []
  for (const old of recorded) {
    const outcome = wanted.get(outcomeKey(old))
    wanted.delete(outcomeKey(old))
    if (outcome ? old.live && isSame(old, outcome) : !old.live) continue
    const revision = old.revision + 1
    changed.push({ ...(outcome ?? old), revision, live: outcome !== undefined })
    const before = old.live ? old : undefined
    if (before?.wallet === outcome?.wallet)
      post(postings, outcome ?? old, (outcome?.amount ?? 0) - (before?.amount ?? 0), revision)
    else {
      if (before) post(postings, before, -before.amount, revision)
      if (outcome) post(postings, outcome, outcome.amount, revision)
    }
  }
  for (const outcome of wanted.values()) {
    changed.push({ ...outcome, revision: 1, live: true })
    post(postings, outcome, outcome.amount, 1)
  }
  return { changed, postings }
}

/**
 * Standings of before that no longer exist, as totals of zero.
 *
 * @param found every standing that the whole history gives
 */
export function vanished(recorded: readonly Standing[], found: readonly Standing[]): Standing[] {
  const present = new Set(found.map(({ board, period }) => `${board} ${period}`))
  return recorded
    .filter(({ board, period, total }) => total !== 0 && !present.has(`${board} ${period}`))
    .map((standing) => ({ ...standing, total: 0 }))
}

function post(postings: Posting[], outcome: Outcome, amount: number, revision: number): void {
  if (outcome.wallet !== null && amount !== 0)
    postings.push({ wallet: outcome.wallet, amount, outcome, revision })
}

function outcomeKey({ rule, occurrence }: Outcome): string {
  return `${rule}\n${occurrence}`
}

/** The receipt is left out: that the numbers behind an award read otherwise does not change the award. */
function isSame(a: Outcome, b: Outcome): boolean {
  return (
    a.kind === b.kind &&
    a.level === b.level &&
    a.wallet === b.wallet &&
    a.amount === b.amount &&
    a.at === b.at &&
    a.identity === b.identity
  )
}
