import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** A fault planted in the fold: some test of the domain has to notice. */
export interface Mutant {
  /** Below libs/domain. */
  readonly file: string
  /** A text that the file has once. */
  readonly find: string
  readonly replace: string
  /** What the fault is, for people. */
  readonly fault: string
}

const mutant = (file: string, find: string, replace: string, fault: string): Mutant => ({
  file,
  find,
  replace,
  fault,
})

export const MUTANTS: readonly Mutant[] = [
  mutant(
    'position.ts',
    'if (a.at !== b.at) return a.at - b.at',
    'if (a.at !== b.at) return b.at - a.at',
    'positions are compared backwards',
  ),
  mutant(
    'position.ts',
    'return a.identity < b.identity ? -1',
    'return a.identity > b.identity ? -1',
    'events of one instant are ordered backwards',
  ),
  mutant(
    'position.ts',
    'return a === null || comparePositions(a, b) < 0',
    'return a === null || comparePositions(a, b) <= 0',
    'a position comes before itself',
  ),
  mutant(
    'fold.ts',
    'events.length > 1 ? events.toSorted(comparePositions) : events',
    'events',
    'events are folded in the order of arrival',
  ),
  mutant('fold.ts', '    this.elapse(event.at)\n', '', 'time does not pass before an event'),
  mutant(
    'fold.ts',
    'this.#due !== null && this.#due <= time',
    'this.#due !== null && this.#due < time',
    'what is due at an instant comes after its events',
  ),
  mutant(
    'fold.ts',
    'this.#events % this.#program.checkpointEvery === 0',
    'this.#events % this.#program.checkpointEvery === 1',
    'checkpoints are taken one event off',
  ),
  mutant(
    'fold.ts',
    '    if (this.#program.hasTimers) this.#due = this.#nextDue()\n',
    '',
    'what is due next is not worked out after an event',
  ),
  mutant(
    'fold.ts',
    'if (isBefore(this.#position, position)) this.#position = position',
    'this.#position = position',
    'advancing to the past takes the position back',
  ),
  mutant(
    'force.ts',
    'instant >= from && instant < until',
    'instant > from && instant < until',
    'the first instant of a rule does not count',
  ),
  mutant(
    'force.ts',
    'instant >= from && instant < until',
    'instant >= from && instant <= until',
    'the first instant after a rule counts',
  ),
  mutant(
    'fold.ts',
    '        this.#leaveOut(event, rule.id, error, rules, scene)\n        return\n',
    '        continue\n',
    'an event that a rule fails on counts for the others',
  ),
  mutant(
    'fold.ts',
    'if (rule.skipsErrors) continue',
    'if (!rule.skipsErrors) continue',
    'errors are skipped where they must not be',
  ),
  mutant(
    'fold.ts',
    'const matured = mature(wallet, position.at, this.#expiry(rule, position.at))\n    const expired = expire(matured.wallet, position.at)',
    'const gone = expire(wallet, position.at)\n    const matured = mature(gone.wallet, position.at, this.#expiry(rule, position.at))\n    const expired = { wallet: matured.wallet, amount: 0 }',
    'what expires is not told',
  ),
  mutant(
    'board.ts',
    '(before?.period === period ? before.total : 0) + amount',
    '(before?.total ?? 0) + amount',
    'a new period of a board goes on with the total of the last',
  ),
  mutant(
    'board.ts',
    'if (board.segment !== null && !this.#isIn(board.segment, at)) return',
    'if (board.segment !== null && this.#isIn(board.segment, at)) return',
    'a board of a segment counts those who are not in it',
  ),
  mutant(
    'challenge.ts',
    'if (entries === most || ',
    'if (entries > most || ',
    'a customer enters for a challenge once more than they may',
  ),
  mutant(
    'settlement.ts',
    'candidates.toSorted(comparePositions)',
    'candidates',
    'winners are those whose events arrived first',
  ),
  mutant(
    'settlement.ts',
    'Math.min(winner.prize.amount, left)',
    'winner.prize.amount',
    'a budget limits nothing',
  ),
  mutant(
    'ranking.ts',
    'if (entrant.total !== inOrder[i - 1]?.total) rank = i + 1',
    'if (entrant.total !== inOrder[i - 1]?.total) rank += 1',
    'who comes after equals is ranked too high',
  ),
  mutant(
    'rules/alias.ts',
    'const MOST_DIGITS = 5',
    'const MOST_DIGITS = 15',
    'a phone number is taken for an alias',
  ),
  mutant('fold.ts', '    this.#losses.delete(key)\n', '', 'what is won again counts as lost'),
  mutant('fold.ts', '    this.#outcomes.delete(key)\n', '', 'what was won and lost at once counts as won'),
  mutant(
    'fold.ts',
    'type === SPEND ? spend(wallet, amount)',
    'type === SPEND ? spend(wallet, Math.min(amount, wallet.balance))',
    'the fold decides a spend anew',
  ),
  mutant('fold.ts', 'type === SPEND ? -amount : amount', 'amount', 'a spend adds to the ledger'),
  mutant(
    'wallet.ts',
    'const left = Math.min(amount, Math.max(0, credited.balance))',
    'const left = amount',
    'what repays a debt can expire',
  ),
  mutant(
    'wallet.ts',
    'if (!lots || lots[0]![0] > time)',
    'if (!lots || lots[0]![0] >= time)',
    'lots are not due at their own instant',
  ),
  mutant(
    'wallet.ts',
    'const taken = Math.min(left, held)',
    'const taken = Math.min(amount, held)',
    'a spend takes from every lot',
  ),
  mutant(
    'wallet.ts',
    'balance: wallet.balance - due, expired: wallet.expired + due',
    'balance: wallet.balance - due',
    'what expired is not counted',
  ),
  mutant(
    'wallet.ts',
    'pending: wallet.pending - due',
    'pending: wallet.pending',
    'what matured stays pending',
  ),
  mutant(
    'rules/points.ts',
    'Math.min(full, cap.amount - before)',
    'full',
    'the award at the cap is given in full',
  ),
  mutant(
    'rules/points.ts',
    'state?.period === period ? state.amount : 0',
    'state?.amount ?? 0',
    'a cap does not begin anew in its next period',
  ),
  mutant('rules/points.ts', 'if (full <= 0)', 'if (full < 0)', 'awards of nothing are given'),
  mutant(
    'rules/day-streak.ts',
    'state?.last === day - 1 ? state.length + 1 : 1',
    'state ? state.length + 1 : 1',
    'a missed day does not end a streak',
  ),
  mutant(
    'rules/day-streak.ts',
    'if (state?.last === day)',
    'if (state?.last === day + 1)',
    'two events of a day count twice in a streak',
  ),
  mutant('rules/sum.ts', 'sum >= bound', 'sum > bound', 'a level is not reached at its bound'),
  mutant(
    'rules/sum.ts',
    'follow ? before.reached.slice(0, height) : before.reached',
    'before.reached.slice(0, height)',
    'levels are lost that are latched',
  ),
  mutant(
    'rules/sum.ts',
    'onlyPositive ? Math.max(0, value) : value',
    'value',
    'values below zero count where only positive ones do',
  ),
  mutant(
    'rules/band.ts',
    'if (present.band !== band || last === band)',
    'if (present.band !== band)',
    'each event in a band counts as coming into it',
  ),
  mutant(
    'rules/mission.ts',
    'if (!requires.every((holds) => holds(event, scene))) return { state, grants: NOTHING }',
    '',
    'a mission counts what comes before its requirements hold',
  ),
  mutant(
    'rules/mission.ts',
    'remembers && state !== undefined && wasCompleted(state)',
    'remembers && state === undefined',
    'a mission forgets that it was completed in an earlier window',
  ),
  mutant(
    'rules/mission.ts',
    'compiler.isAskedFor(written.id)',
    'false',
    'a mission that a condition asks for is not remembered',
  ),
  mutant(
    'condition.ts',
    'if (told === last[i]) continue',
    'if (i in last) continue',
    'every customer is as eligible as the first one',
  ),
  mutant(
    'condition.ts',
    '(scores|wallets)',
    '(scores)',
    'a condition over attributes and wallets is not evaluated when a wallet changes',
  ),
  mutant(
    'variables.ts',
    'scene.level(id) > 0',
    'scene.level(id) >= 0',
    'every mission has been completed by everybody',
  ),
  mutant(
    'variables.ts',
    '[scene.level(id) - 1]',
    '[scene.level(id)]',
    'conditions see the level after the one that is held',
  ),
  mutant(
    'level-flaw.ts',
    'names.includes(written)',
    'true',
    'a condition may ask for a level that the tier does not have',
  ),
  mutant(
    'rules/mission-status.ts',
    "objectives[i]!.measure === 'distinct'",
    "objectives[i]!.measure !== 'distinct'",
    'the values of events stay where a customer is erased',
  ),
  mutant(
    'rules/mission-window.ts',
    'day < latest + length',
    'day <= latest + length',
    'a window from the first match is a day too long',
  ),
  mutant(
    'rules/objective.ts',
    "measure === 'streak' ? 0 : state",
    'state',
    'what does not match breaks no streak of an objective',
  ),
  mutant(
    'rules/mission.ts',
    'if ((completedAt !== null && !isAgain) || reachedIn(progress) < needed) {',
    'if (reachedIn(progress) < needed) {',
    'a mission is completed again by each event',
  ),
  mutant(
    'rules/objective.ts',
    'return (state as number) + (value ?? 0)',
    'return (state as number) + SCALE',
    'missions count what they should sum up',
  ),
  mutant(
    'rules/mission.ts',
    'completedAt !== null || told ||',
    'told ||',
    'a completed mission is missed all the same',
  ),
  mutant(
    'score-course.ts',
    'indexFrom(buckets, today - size + 1)',
    'indexFrom(buckets, today - size)',
    'a window is a day too long',
  ),
  mutant('score.ts', '2 ** (-age / halfLife)', '2 ** (-age / (halfLife + 1))', 'values decay too slowly'),
  mutant(
    'score-course.ts',
    'const jump = this.#buckets[i]! + this.#size',
    'const jump = this.#buckets[i]! + this.#size + 1',
    'a score crosses into another band a day late',
  ),
  mutant(
    'rules/tier.ts',
    'bounds.findLastIndex((bound) => sum >= bound)',
    'bounds.findLastIndex((bound) => sum > bound)',
    'a tier leaves out the bound of its levels',
  ),
  mutant(
    'rules/tier.ts',
    'laterPeriod(per, period, 2)) + graceDays',
    'laterPeriod(per, period, 1)) + graceDays',
    'a tier falls without the period in which it could be earned again',
  ),
  mutant(
    'rules/tier.ts',
    'kept.filter(([each]) => each > level)',
    'kept.filter(([each]) => each < level)',
    'a tier keeps what a higher level has made needless',
  ),
  mutant(
    'rules/tier.ts',
    'look(state, at, at - 1, scene)',
    'look(state, at, at, scene)',
    'a score that has left a level counts for the period that begins',
  ),
  mutant(
    'rules/tier.ts',
    '(state?.period === period ? state.sum : 0) + gained',
    '(state?.sum ?? 0) + gained',
    'a tier counts what was earned in earlier periods',
  ),
  mutant(
    'scene.ts',
    'if (grant.wallet !== id) continue',
    'continue',
    'rules do not see what those before them have earned',
  ),
  mutant('score-course.ts', 'day - this.#first + 1', 'day - this.#first', 'tenure forgets its first day'),
  mutant(
    'score-course.ts',
    'this.#gaps = (end - first) / BUCKET - 1',
    'this.#gaps = (end - first) / BUCKET',
    'churn risk takes gaps for shorter than they are',
  ),
  mutant(
    'score-course.ts',
    '(near * overDays) / (far * days)',
    '(near * days) / (far * overDays)',
    'a trend compares sums of unlike windows',
  ),
  mutant(
    'score-course.ts',
    'sum += this.#parts[i]!.weight * this.#courses[i]!.at(day)',
    'sum += this.#courses[i]!.at(day)',
    'a composite weighs its parts alike',
  ),
  mutant(
    'score.ts',
    'Math.min(today, latest) - days + 1',
    'today - days + 1',
    'churn risk forgets the gaps of who stays away',
  ),
  mutant(
    'bucket.ts',
    'buckets[i + 2]! += sum',
    'buckets[i + 2] = sum',
    'day buckets forget what came before',
  ),
  mutant(
    'bucket.ts',
    'while (i >= 0 && buckets[i]! > day)',
    'while (false && buckets[i]! > day)',
    'a day that comes late stands behind later ones',
  ),
  mutant(
    'correction.ts',
    'if (outcome ? old.live && isSame(old, outcome) : !old.live) continue',
    'if (outcome ? isSame(old, outcome) : !old.live) continue',
    'what was taken back is not given again',
  ),
  mutant(
    'correction.ts',
    'posted(outcome) - posted(before), revision',
    'posted(outcome), revision',
    'the ledger is told a whole amount instead of the difference',
  ),
  mutant(
    'correction.ts',
    '    if (outcome) wanted.delete(key)\n',
    '',
    'a recorded outcome is added once more',
  ),
  mutant(
    'correction.ts',
    'return [...changed, ...vanished]',
    'return changed',
    'totals that no longer exist stay',
  ),
  mutant(
    'correction.ts',
    '    a.identity === b.identity &&\n    isSameReceipt',
    '    isSameReceipt',
    'an award that moved to another event is left where it was',
  ),
  mutant(
    'refold.ts',
    'const found = afterwards(heldOutcomes(start, program), {',
    'const found = afterwards([], {',
    'what a checkpoint holds is taken back',
  ),
  mutant(
    'refold.ts',
    'foldAll(start, events, program, reached?.at)',
    'foldAll(start, events, program)',
    'a refold does not come to where the game was',
  ),
  mutant(
    'refold.ts',
    'events.filter((event) => isBefore(event, reached))',
    'events.filter((event) => isBefore(reached, event))',
    'late events are taken for those in order',
  ),
  mutant('refold.ts', '), ...undone].reduce', ')].reduce', 'a reversal does not reach back to its target'),
  mutant(
    'refold.ts',
    'isBefore(each.position, from) && isBefore(best.position, each.position)',
    'isBefore(best.position, each.position)',
    'a refold begins after the late event',
  ),
  mutant(
    'refold.ts',
    '[...standingsAt(start, program), ...step.standings]',
    '[...step.standings]',
    'a board falls to zero where a reversal leaves the total of the checkpoint',
  ),
  mutant(
    'outcome.ts',
    'return availableAt === null ? amount : 0',
    'return amount',
    'pending points are in the ledger',
  ),
  mutant(
    'outcome.ts',
    "new Set(['points', 'badge', 'mission'])",
    "new Set(['points', 'badge', 'mission', 'matured'])",
    'points are earned again when they mature',
  ),
  mutant(
    'calendar.ts',
    "kind === 'week' ? number + 7",
    "kind === 'week' ? number + 6",
    'a week ends on Saturday',
  ),
  mutant(
    'publication.ts',
    'Math.min(old.until, next.until)',
    'next.until',
    'a moved end leaves games as they were',
  ),
]

/** Mutants go stale with the code: better known at once than after a quarter of an hour. */
export function assertPlantable(): void {
  const stale = MUTANTS.filter(({ file, find }) => {
    const path = resolve(import.meta.dirname, '../../libs/domain', file)
    return readFileSync(path, 'utf8').split(find).length !== 2
  })
  if (stale.length === 0) return
  throw new Error(stale.map(({ file, find }) => `${file} does not have this text once: ${find}`).join('\n'))
}
