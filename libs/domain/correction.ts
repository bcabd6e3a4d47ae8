import {
  type Loss,
  type Outcome,
  outcomeKey,
  postedBy,
  type Receipt,
  type Standing,
  standingKey,
} from './outcome.ts'

/** An outcome as it was last written, with its history's length. */
export interface Recorded extends Outcome {
  /** From 1. */
  readonly revision: number
  /** False once a correction or a later event has taken it back. */
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

export interface Correction {
  /** New outcomes, and new revisions of recorded ones. */
  readonly changed: readonly Recorded[]
  readonly postings: readonly Posting[]
}

/**
 * The least that turns recorded outcomes into those that a fold has found: what is new is added, what is no
 * longer earned is taken back, what differs gets a new revision, and the ledger is told the difference only.
 */
export function correct(recorded: readonly Recorded[], found: readonly Outcome[]): Correction {
  // Most events earn nothing.
  if (recorded.length === 0 && found.length === 0) return { changed: [], postings: [] }
  const wanted = new Map(found.map((outcome) => [outcomeKey(outcome), outcome]))
  const changed: Recorded[] = []
  const postings: Posting[] = []
  for (const old of recorded) {
    const key = outcomeKey(old)
    const outcome = wanted.get(key)
    if (outcome) wanted.delete(key)
    if (outcome ? old.live && isSame(old, outcome) : !old.live) continue
    const revision = old.revision + 1
    changed.push({ ...(outcome ?? old), revision, live: outcome !== undefined })
    const before = old.live ? old : undefined
    if (before?.wallet === outcome?.wallet)
      post(postings, outcome ?? old, posted(outcome) - posted(before), revision)
    else {
      if (before) post(postings, before, -posted(before), revision)
      if (outcome) post(postings, outcome, posted(outcome), revision)
    }
  }
  for (const outcome of wanted.values()) {
    changed.push({ revision: 1, live: true, ...outcome })
    post(postings, outcome, posted(outcome), 1)
  }
  return { changed, postings }
}

/**
 * The least that turns recorded totals into those that a fold has found; totals that no longer exist become
 * zero.
 */
export function correctStandings(recorded: readonly Standing[], found: readonly Standing[]): Standing[] {
  const before = new Map(recorded.map((standing) => [standingKey(standing), standing]))
  const present = new Set(found.map(standingKey))
  const changed = found.filter((standing) => !isSameStanding(before.get(standingKey(standing)), standing))
  const vanished = recorded
    .filter((standing) => standing.total !== 0 && !present.has(standingKey(standing)))
    .map((standing) => ({ ...standing, total: 0 }))
  return [...changed, ...vanished]
}

/** Outcomes that a step began with, as it left them: those that it won are added, those that it lost are gone. */
export function afterwards(
  held: readonly Outcome[],
  { outcomes, losses }: { readonly outcomes: readonly Outcome[]; readonly losses: readonly Loss[] },
): Outcome[] {
  if (held.length === 0) return [...outcomes]
  const all = new Map(held.map((outcome) => [outcomeKey(outcome), outcome]))
  for (const loss of losses) all.delete(outcomeKey(loss))
  for (const outcome of outcomes) all.set(outcomeKey(outcome), outcome)
  return [...all.values()]
}

function posted(outcome: Outcome | undefined): number {
  return outcome ? postedBy(outcome) : 0
}

function post(postings: Posting[], outcome: Outcome, amount: number, revision: number): void {
  if (outcome.wallet !== null && amount !== 0)
    postings.push({ wallet: outcome.wallet, amount, outcome, revision })
}

function isSame(a: Outcome, b: Outcome): boolean {
  return (
    a.kind === b.kind &&
    a.level === b.level &&
    a.wallet === b.wallet &&
    a.amount === b.amount &&
    a.availableAt === b.availableAt &&
    a.at === b.at &&
    a.identity === b.identity &&
    isSameReceipt(a.receipt, b.receipt)
  )
}

function isSameReceipt(a: Receipt, b: Receipt): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}

function isSameStanding(a: Standing | undefined, b: Standing): boolean {
  return a !== undefined && a.total === b.total && a.at === b.at && a.identity === b.identity
}
