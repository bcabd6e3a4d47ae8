import type { z } from 'zod'
import { type Attribute, type AttributeType, compileAttribute, initialOf } from './attribute.ts'
import { compileBoard } from './board.ts'
import { compileChallenge } from './challenge.ts'
import { Conditions, type Expression, namedIn } from './condition.ts'
import type { Definition } from './definition.ts'
import type { Document, Mistake } from './document.ts'
import { compileEligibility, type Eligibility } from './eligibility.ts'
import type { Event } from './event.ts'
import { FlawedExpression } from './flaw.ts'
import { forceOf, type WrittenForce } from './force.ts'
import { meant } from './nearest.ts'
import { compileAlias } from './rules/alias.ts'
import { compileBadge } from './rules/badge.ts'
import { compileMission } from './rules/mission.ts'
import type { Mission } from './rules/mission-status.ts'
import { compilePoints } from './rules/points.ts'
import { badgesOf } from './rules/reward.ts'
import type { Rule, RuleLogic, Scene } from './rules/rule.ts'
import { compileTier } from './rules/tier.ts'
import type { ScoreRule } from './score.ts'
import { compileSegment, type Segment } from './segment.ts'
import type { Zone } from './zone.ts'

export type Path = readonly PropertyKey[]

/** Makes a rule of what is written at a path; what is wrong with it, it tells the compiler, and goes on. */
export type Compile<Schema extends z.ZodType> = (
  written: z.infer<Schema>,
  path: Path,
  compiler: Compiler,
) => RuleLogic

/** Compiles the rules of a program, and collects what is wrong with them. */
export class Compiler {
  /** The names of each tier's levels, the lowest first; none where they are not written as they have to be. */
  readonly ladders: ReadonlyMap<string, readonly string[]>
  readonly #document: Document<Definition>
  readonly #definition: Definition
  readonly #scores: readonly ScoreRule[]
  readonly #zone: Zone
  readonly #mistakes: Mistake[]
  readonly #conditions: Conditions
  readonly #missions: Mission[] = []
  readonly #followed = new Set<string>()
  /** The missions that an expression asks for. */
  readonly #asked: ReadonlySet<string>

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
    // An attribute with a mistake has no type that could be looked at.
    const isPartial = (list: string) => {
      const { ids, isPartial } = document.names(list)
      return isPartial || (list === 'attributes' && ids.length > definition.attributes.length)
    }
    const [missions, tiers] = [document.names('missions').ids, document.names('tiers').ids]
    const levels = new Map(definition.tiers.map((tier) => [tier.id, tier.levels.map(({ name }) => name)]))
    this.ladders = new Map(tiers.map((id) => [id, levels.get(id) ?? []]))
    this.#asked = new Set(
      textsIn(definition).flatMap((text) =>
        /\bcustomer\b/.test(text) ? namedIn(text, 'missions', missions) : [],
      ),
    )
    this.#conditions = new Conditions({
      scores: document.names('scores').ids,
      wallets: document.names('wallets').ids,
      attributes: definition.attributes.map((written) => ({
        id: written.id,
        type: written.type,
        initial: initialOf(written),
      })),
      segments: document.names('segments').ids,
      badges: [...document.names('badges').ids, ...definition.missions.flatMap(badgesOf)],
      missions,
      ladders: this.ladders,
      partial: new Set(
        Object.entries(TYPE_OF_LIST).flatMap(([list, type]) => (isPartial(list) ? [type] : [])),
      ),
    })
  }

  /** Every expression that was compiled. */
  get sources(): readonly string[] {
    return this.#conditions.sources
  }

  /** In the order of the file. */
  attributes(): Attribute[] {
    return this.#compiled('attributes', this.#definition.attributes, compileAttribute)
  }

  /** In the order of the file. */
  segments(): Segment[] {
    return this.#definition.segments.map((written, i) => compileSegment(written, ['segments', i], this))
  }

  /** In the order of the file. */
  eligibility(): Eligibility[] {
    return this.#compiled('eligibility', this.#definition.eligibility, compileEligibility)
  }

  /** In the order in which they see an event: points, badges, missions, tiers, boards, challenges, aliases, each in their order. */
  rules(): Rule[] {
    const { points, badges, missions, tiers, leaderboards, challenges, aliases } = this.#definition
    // Those by wallet have no rule: they are told what is earned, whichever rule gives it.
    const boards = this.#ruled('leaderboards', leaderboards, compileBoard)
    // Nor have those on a board, which is looked at once its period is over.
    const entered = this.#ruled('challenges', challenges, compileChallenge)
    return [
      ...this.#ruled('points', points, compilePoints),
      ...this.#ruled('badges', badges, compileBadge),
      ...this.#ruled('missions', missions, compileMission),
      ...this.#ruled('tiers', tiers, compileTier),
      ...boards.filter((_, i) => leaderboards[i]!.sum !== undefined),
      ...entered.filter((_, i) => challenges[i]!.board === undefined),
      ...this.#ruled('aliases', aliases, compileAlias),
    ]
  }

  /**
   * Rules of one shape, whichever kind they are: folding asks every rule of an event's type the same few things, and
   * objects of many shapes make it look each of them up.
   */
  #ruled<Written extends WrittenForce>(
    list: string,
    all: readonly Written[],
    compile: (written: Written, path: Path, compiler: Compiler) => RuleLogic,
  ): Rule[] {
    return this.#compiled(list, all, compile).map((rule) => {
      const { id, on, evolve, watches, timer, level, held, from, until, skipsErrors } = rule
      return { id, on, evolve, watches, timer, level, held, from, until, skipsErrors } as Rule
    })
  }

  #compiled<Written extends WrittenForce, Logic extends object>(
    list: string,
    all: readonly Written[],
    compile: (written: Written, path: Path, compiler: Compiler) => Logic,
  ): (Logic & Pick<Rule, 'from' | 'until' | 'skipsErrors'>)[] {
    return all.map((written, i) => {
      const path = [list, i]
      const force = forceOf(this.#document, written, path, this.#zone, this.#mistakes)
      return { ...compile(written, path, this), ...force, skipsErrors: written.onError === 'skip' }
    })
  }

  /** The ids of the scores whose bands a rule looks at. */
  get followed(): ReadonlySet<string> {
    return this.#followed
  }

  /** The missions that were compiled, in their order. */
  get missions(): readonly Mission[] {
    return this.#missions
  }

  /** Has a mission listed among those that a customer's profile shows. */
  listMission(mission: Mission): void {
    this.#missions.push(mission)
  }

  /** Says what is wrong with a badge, and its level, that the thing at a path names; a rule or a mission gives it. */
  checkBadge(id: string, level: number, path: Path): void {
    const { badges, missions } = this.#definition
    if (missions.flatMap(badgesOf).includes(id)) this.#checkLevel(id, level, 1, path)
    else {
      const stranger = this.#document.stranger('badges', 'badge', id)
      if (stranger !== undefined) this.mistake([...path, 'badge'], stranger)
      const badge = badges.find((each) => each.id === id)
      if (badge) this.#checkLevel(id, level, 'levels' in badge ? (badge.levels?.length ?? 1) : 1, path)
    }
  }

  #checkLevel(badge: string, level: number, highest: number, path: Path): void {
    if (level <= highest) return
    this.mistake([...path, 'level'], `the badge ${badge} has no level ${level}: its highest is ${highest}`)
  }

  /** The number, from 1, of a level that the thing at a path names, of the tier that it names as `tier`. */
  tierLevel(id: string, level: string, path: Path): number {
    const tier = this.#definition.tiers.find((each) => each.id === id)
    this.checkNamed('tier', id, path)
    const names = tier?.levels.map(({ name }) => name) ?? [level]
    if (!names.includes(level))
      this.mistake([...path, 'level'], `the tier ${id} has no level ${level}. ${meant(level, names)}`)
    return names.indexOf(level) + 1
  }

  /** Says so where the thing at a path names as its setting what is none of a list. */
  checkNamed(setting: 'mission' | 'segment' | 'tier', id: string, path: Path): void {
    const stranger = this.#document.stranger(`${setting}s`, setting, id)
    if (stranger !== undefined) this.mistake([...path, setting], stranger)
  }

  /** Whether a mission has to have been completed for another one, or for what an expression says. */
  isAskedFor(mission: string): boolean {
    if (this.#asked.has(mission)) return true
    return this.#definition.missions.some(({ requires }) =>
      requires?.some((each) => 'mission' in each && each.mission === mission),
    )
  }

  /** The missions that have to have been completed before the given ones can begin, and those themselves. */
  missionsBefore(ids: Iterable<string>): ReadonlySet<string> {
    const all = new Set(ids)
    const { missions } = this.#definition
    // What is added on the way is visited as well.
    for (const id of all) {
      for (const each of missions.find((mission) => mission.id === id)?.requires ?? []) {
        if ('mission' in each) all.add(each.mission)
        if ('badge' in each) for (const giver of this.giversOf(each.badge)) all.add(giver)
      }
    }
    return all
  }

  /** The missions that give a badge. */
  giversOf(badge: string): readonly string[] {
    return this.#definition.missions.flatMap((mission) =>
      badgesOf(mission).includes(badge) ? mission.id : [],
    )
  }

  /** Says that what stands at a path is wrong, and what to write instead. */
  mistake(path: Path, message: string): void {
    this.#mistakes.push(this.#document.mistake(path, message))
  }

  /** The `when` of the rule at a path; what is always true where it has none. */
  condition(path: Path, source: string | undefined): Expression<boolean> {
    if (source === undefined) return () => true
    return this.#attempt([...path, 'when'], () => this.#conditions.compile(source, 'bool')) ?? (() => false)
  }

  /** The `when` of what is at a path and sees nothing but the event; what is always true where it has none. */
  eventCondition(path: Path, source: string | undefined): (event: Event) => boolean {
    if (source === undefined) return () => true
    return (
      this.#attempt([...path, 'when'], () => this.#conditions.compileOfEvent(source, 'bool')) ?? (() => false)
    )
  }

  /**
   * What stands at a path and sees nothing but the customer, with scores and wallets.
   *
   * @param seesSegments whether segments are a part of the customer
   */
  customerCondition(path: Path, source: string, seesSegments: boolean): (scene: Scene) => boolean {
    const compile = () => this.#conditions.compileOfCustomer(source, seesSegments)
    return this.#attempt(path, compile) ?? (() => false)
  }

  /** What an event tells, of a type or of one that only running it tells. */
  told(path: Path, source: string, type: AttributeType): (event: Event) => unknown {
    return (
      this.#attempt(path, () => this.#conditions.compileOfEvent(source, type, 'dyn')) ?? (() => undefined)
    )
  }

  /** An amount of points, not yet scaled. */
  amount(path: Path, source: string): Expression<number> {
    return this.#attempt(path, () => this.#conditions.compile(source, 'double')) ?? (() => 0)
  }

  /** Says so where no segment has an id that stands at a path. */
  assertSegment(id: string, path: Path): void {
    const stranger = this.#document.stranger('segments', 'segment', id)
    if (stranger !== undefined) this.mistake(path, stranger)
  }

  /** The leaderboard of an id; undefined where there is none, which is said of the path. */
  board(id: string, path: Path): Definition['leaderboards'][number] | undefined {
    const stranger = this.#document.stranger('leaderboards', 'leaderboard', id)
    if (stranger !== undefined) this.mistake(path, stranger)
    return this.#definition.leaderboards.find((each) => each.id === id)
  }

  /** A score that the rule at a path names as `score`, and whose `band` it may name. */
  score(id: string, band: string | undefined, path: Path): ScoreRule {
    const score = this.#scores.find((each) => each.id === id)
    this.#followed.add(id)
    const stranger = this.#document.stranger('scores', 'score', id)
    if (stranger !== undefined) this.mistake([...path, 'score'], stranger)
    if (score && band !== undefined && !score.bands.some(({ name }) => name === band)) {
      const bands = score.bands.map(({ name }) => name)
      this.mistake([...path, 'band'], `the score ${id} has no band ${band}. ${meant(band, bands)}`)
    }
    return score ?? NO_SCORE
  }

  #attempt<T>(path: Path, compile: () => T): T | undefined {
    try {
      return compile()
    } catch (error) {
      if (!(error instanceof FlawedExpression)) throw error
      for (const { offset, message } of error.flaws) {
        this.#mistakes.push(this.#document.mistakeInText(path, offset, message))
      }
      return undefined
    }
  }
}

/** How expressions see what the lists name. */
const TYPE_OF_LIST = {
  scores: 'Scores',
  wallets: 'Wallets',
  attributes: 'Attributes',
  segments: 'Segments',
  badges: 'Badges',
  missions: 'Missions',
  tiers: 'Tiers',
}

/** Every text in a value. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

const NO_SCORE: ScoreRule = {
  id: '',
  kind: 'recency',
  on: null,
  days: 1,
  weights: [],
  steps: [],
  bands: [{ from: 0, name: '' }],
}
