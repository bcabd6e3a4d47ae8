import { Conditions, type Expression, firstLine } from './condition.ts'
import { SCALE } from './decimal.ts'
import type { Definition } from './definition.ts'
import type { Document, Mistake } from './document.ts'
import { type Force, inForce } from './entry.ts'
import { bandRule } from './rules/band.ts'
import { dayStreakRule } from './rules/day-streak.ts'
import { firstRule } from './rules/first.ts'
import { missionRule } from './rules/mission.ts'
import { pointsRule } from './rules/points.ts'
import type { Rule, RuleLogic } from './rules/rule.ts'
import { sumRule } from './rules/sum.ts'
import type { ScoreRule } from './score.ts'
import type { Zone } from './zone.ts'

/** Compiles the rules of a program, and collects what is wrong with them. */
export class Compiler {
  readonly #document: Document<Definition>
  readonly #definition: Definition
  readonly #scores: readonly ScoreRule[]
  readonly #zone: Zone
  readonly #mistakes: Mistake[]
  readonly #conditions: Conditions

  constructor(
    document: Document<Definition>,
    definition: Definition,
    scores: readonly ScoreRule[],
    zone: Zone,
    mistakes: Mistake[],
  ) {
    this.#document = document
    this.#definition = definition
    this.#scores = scores
    this.#zone = zone
    this.#mistakes = mistakes
    this.#conditions = new Conditions(scores.map(({ id }) => id))
  }

  /** In the order in which they see an event: points, badges, missions, each in the order of the file. */
  rules(): Rule[] {
    const { points, badges, missions } = this.#definition
    return [
      ...points.map((rule, i) => this.#inForce(rule, ['points', i], this.#points(rule, ['points', i]))),
      ...badges.map((rule, i) => this.#inForce(rule, ['badges', i], this.#badge(rule, ['badges', i]))),
      ...missions.map((rule, i) =>
        this.#inForce(rule, ['missions', i], this.#mission(rule, ['missions', i])),
      ),
    ]
  }

  #points(rule: Definition['points'][number], path: Path): RuleLogic {
    return pointsRule(
      rule.id,
      rule.on,
      this.#condition(path, rule.when),
      this.#expression([...path, 'amount'], rule.amount, 'double'),
      rule.wallet,
      rule.cap && { amount: scaled(rule.cap.amount), per: rule.cap.per },
      rule.availableAfterDays ?? 0,
    )
  }

  #badge(rule: Definition['badges'][number], path: Path): RuleLogic {
    switch (rule.kind) {
      case 'first':
        return firstRule(rule.id, rule.on, this.#condition(path, rule.when))
      case 'day-streak':
        return dayStreakRule(rule.id, rule.on, this.#condition(path, rule.when), rule.levels)
      case 'sum':
        return sumRule(rule.id, rule.on, this.#condition(path, rule.when), {
          levels: rule.levels.map(scaled),
          per: rule.per,
          onlyPositive: rule.only === 'positive',
          follow: rule.follow,
        })
      case 'band':
        return bandRule(rule.id, this.#score(rule.score, rule.band, path), rule.band)
    }
  }

  #mission(rule: Definition['missions'][number], path: Path): RuleLogic {
    if (rule.tellMissed && rule.window === 'once') {
      const message = 'a mission whose window never ends is never missed: leave tellMissed out'
      this.#mistakes.push(this.#document.mistake([...path, 'tellMissed'], message))
    }
    return missionRule(
      rule.id,
      rule.on,
      this.#condition(path, rule.when),
      'sum' in rule.objective ? 'sum' : 'count',
      scaled(rule.objective.target),
      rule.window,
      rule.reward && { wallet: rule.reward.wallet, amount: scaled(rule.reward.amount) },
      rule.tellMissed,
    )
  }

  #inForce(rule: Force, path: Path, logic: RuleLogic): Rule {
    const force = inForce(this.#document, rule, path, this.#zone, this.#mistakes)
    return { ...logic, ...force, skipsErrors: rule.onError === 'skip' }
  }

  #condition(path: Path, source: string | undefined): Expression<boolean> {
    return source === undefined ? () => true : this.#expression([...path, 'when'], source, 'bool')
  }

  #expression(path: Path, source: string, result: 'bool'): Expression<boolean>
  #expression(path: Path, source: string, result: 'double'): Expression<number>
  #expression(path: Path, source: string, result: 'bool' | 'double'): Expression<boolean | number> {
    try {
      return result === 'bool'
        ? this.#conditions.compile(source, 'bool')
        : this.#conditions.compile(source, 'double')
    } catch (error) {
      this.#mistakes.push(this.#document.mistake(path, firstLine(error)))
      return () => 0
    }
  }

  #score(id: string, band: string, path: Path): ScoreRule {
    const score = this.#scores.find((each) => each.id === id)
    const known = this.#scores.map((each) => each.id).join(', ') || 'none'
    if (!score) {
      this.#mistakes.push(
        this.#document.mistake([...path, 'score'], `no score is named ${id}; there are ${known}`),
      )
    } else if (!score.bands.some(({ name }) => name === band)) {
      const bands = score.bands.map(({ name }) => name).join(', ')
      this.#mistakes.push(
        this.#document.mistake([...path, 'band'], `score ${id} has no band ${band}; it has ${bands}`),
      )
    }
    return score ?? NO_SCORE
  }
}

type Path = readonly PropertyKey[]

const NO_SCORE: ScoreRule = {
  id: '',
  kind: 'recency',
  on: null,
  days: 1,
  weights: [],
  steps: [],
  bands: [{ from: 0, name: '' }],
}

/** Points or a value as they are written, in ten-thousandths. */
export function scaled(amount: number): number {
  return Math.round(amount * SCALE)
}
