import type { Attribute } from './attribute.ts'
import { type Board, boardOf } from './board.ts'
import { type Challenge, challengeOf, walletsOf } from './challenge.ts'
import { Compiler } from './compiler.ts'
import { namedIn } from './condition.ts'
import type { Customer } from './customer.ts'
import { type Definition, programSchema } from './definition.ts'
import { Document, type Mistake } from './document.ts'
import type { Eligibility } from './eligibility.ts'
import { type Entry, entriesOf, LISTS } from './entry.ts'
import { nearest } from './nearest.ts'
import type { Mission } from './rules/mission-status.ts'
import type { Rule } from './rules/rule.ts'
import { requalification } from './rules/tier.ts'
import type { Tier } from './rules/tier-status.ts'
import type { ScoreRule } from './score.ts'
import { scoreRules, withParts } from './score-definition.ts'
import type { Segment } from './segment.ts'
import type { WalletRule } from './wallet.ts'
import { Zone } from './zone.ts'

/** A badge as the customer's profile lists it. */
export interface Badge {
  readonly id: string
  /** Days for each level of a streak; null where the badge has no progress in days. */
  readonly levels: readonly number[] | null
  /** The mission that gives it; null where it is a rule of its own. */
  readonly mission: string | null
}

/** The loyalty team's rules, compiled. */
export interface Program {
  readonly name: string
  /** Tells this program from an earlier form of it; kept with every award. */
  readonly version: string
  readonly zone: Zone
  readonly wallets: readonly string[]
  readonly walletRules: ReadonlyMap<string, WalletRule>
  readonly scores: readonly ScoreRule[]
  /** Those scores that rules look at, with what composites are made of: the fold carries their day buckets. */
  readonly tracked: readonly ScoreRule[]
  readonly attributes: readonly Attribute[]
  /** The attributes that events of a type tell, in the order of the file. */
  readonly attributesByType: ReadonlyMap<string, readonly Attribute[]>
  readonly segments: ReadonlyMap<string, Segment>
  /** What has to hold for an event to count for rules, in the order of the file. */
  readonly eligibility: readonly Eligibility[]
  readonly badges: readonly Badge[]
  readonly missions: readonly Mission[]
  readonly tiers: readonly Tier[]
  /** The names of each tier's levels, the lowest first: level 1 is the first of them. */
  readonly ladders: ReadonlyMap<string, readonly string[]>
  readonly boards: readonly Board[]
  readonly challenges: readonly Challenge[]
  /** The rules that keep what customers call themselves. */
  readonly aliases: readonly string[]
  /** The rules of the fold by event type: points, badges, missions, tiers, each in the order of the file. */
  readonly rulesByType: ReadonlyMap<string, readonly Rule[]>
  /** A mission also by the ids of the badges that it gives. */
  readonly rulesById: ReadonlyMap<string, Rule>
  /** The rules for a type that no rule names: those that look at every type. */
  readonly otherRules: readonly Rule[]
  /** The rules that time alone makes something of. */
  readonly timed: readonly Rule[]
  /** The rules whose outcomes a later event can take away. */
  readonly following: readonly Rule[]
  /** The types of the events that something looks into besides their type, source and value. */
  readonly payloadTypes: ReadonlySet<string>
  /** Whether a rule looks at wallets, or at what other rules have made of the customer. */
  readonly looksAround: boolean
  /** Whether a rule looks at who somebody is: at their bucket, or at a list of ids. */
  readonly looksAtCustomer: boolean
  /** Whom it applies to; null for nobody in particular. See `appliedTo`. */
  readonly customer: Customer | null
  /** Whether time alone can change a game. */
  readonly hasTimers: boolean
  /** A checkpoint is taken after every so many events of a customer. */
  readonly checkpointEvery: number
  readonly entries: readonly Entry[]
}

/**
 * Reads and compiles program.yaml.
 *
 * @param version what the awards of this program are to be marked with
 * @throws LaurelError PROGRAM_INVALID with file, line and what to change for every mistake
 */
export function parseProgram(file: string, text: string, version: string): Program {
  const document = Document.salvaged(file, text, programSchema, { program: '', zone: 'UTC' })
  const definition = document.content
  const walletRules = new Map(definition.wallets.map(walletRule).map((wallet) => [wallet.id, wallet]))
  const mistakes = [...document.mistakes, ...names(document, definition), ...wallets(document, definition)]
  const zone = zoneOf(document, definition.zone, mistakes)
  const scores = scoreRules(document, mistakes)
  const compiler = new Compiler(document, definition, scores, zone, mistakes)
  const [attributes, segments] = [compiler.attributes(), compiler.segments()]
  const [eligibility, rules] = [compiler.eligibility(), compiler.rules()]
  if (mistakes.length > 0) document.refuse(mistakes)
  const timed = rules.filter(({ timer }) => timer !== undefined)
  const ids = scores.map(({ id }) => id)
  const entries = entriesOf(document, walletRules.values(), zone)
  const used = withParts(
    [
      ...compiler.sources.flatMap((source) => namedIn(source, 'scores', ids)),
      ...compiler.followed,
      ...definition.tiers.flatMap(({ score }) => score ?? []),
    ],
    definition.scores,
  )
  return {
    name: definition.program,
    version,
    zone,
    wallets: [...walletRules.keys()],
    walletRules,
    scores,
    tracked: scores.filter(({ id }) => used.has(id)),
    attributes,
    attributesByType: attributesByType(attributes),
    eligibility,
    segments: new Map(segments.map((segment) => [segment.id, segment])),
    badges: [
      ...definition.badges.map((badge) => ({
        id: badge.id,
        levels: badge.kind === 'day-streak' ? badge.levels : null,
        mission: null,
      })),
      ...compiler.missions.flatMap(({ id: mission, rewards }) =>
        rewards.badges.map((id) => ({ id, levels: null, mission })),
      ),
    ],
    missions: compiler.missions,
    tiers: definition.tiers.map((tier) => ({
      id: tier.id,
      names: tier.levels.map(({ name }) => name),
      again: requalification(tier),
      until: rules.find(({ id }) => id === tier.id)!.until,
    })),
    ladders: compiler.ladders,
    boards: definition.leaderboards.map(boardOf),
    challenges: definition.challenges.map((challenge) =>
      challengeOf(challenge, entries.find(({ id }) => id === challenge.id)!),
    ),
    aliases: definition.aliases.map(({ id }) => id),
    rulesByType: byType(rules),
    rulesById: new Map([
      ...rules.map((rule): [string, Rule] => [rule.id, rule]),
      ...compiler.missions.flatMap(({ id, rewards }) =>
        rewards.badges.map((badge): [string, Rule] => [badge, rules.find((rule) => rule.id === id)!]),
      ),
    ]),
    otherRules: rules.filter(({ on }) => on === null),
    timed,
    following: rules.filter(({ held }) => held !== undefined),
    payloadTypes: payloadTypes(entries, [...attributes, ...rules]),
    looksAround:
      compiler.sources.some((source) => /\b(wallets|customer)\b/.test(source)) ||
      definition.tiers.some(({ wallet }) => wallet !== undefined) ||
      definition.missions.some(({ requires }) => requires !== undefined),
    looksAtCustomer:
      compiler.sources.some((source) => /\bbucket\b/.test(source)) ||
      definition.eligibility.some(({ exclude }) => exclude !== undefined),
    customer: null,
    hasTimers:
      timed.length > 0 ||
      definition.points.some(({ availableAfterDays }) => availableAfterDays !== undefined) ||
      [...walletRules.values()].some(({ expiresAfter }) => expiresAfter !== null),
    checkpointEvery: CHECKPOINT_EVERY,
    entries,
  }
}

/** Fewer make a late event read more; more of them take room: one is about as large as the game itself. */
const CHECKPOINT_EVERY = 16

function byType(rules: readonly Rule[]): ReadonlyMap<string, readonly Rule[]> {
  const types = new Set(rules.flatMap(({ on }) => on ?? []))
  return new Map([...types].map((type) => [type, rules.filter(({ on }) => on === null || looksAt(on, type))]))
}

/** A rule that looks at every type has no expressions. */
function payloadTypes(
  entries: readonly Entry[],
  all: readonly Pick<Rule, 'id' | 'on'>[],
): ReadonlySet<string> {
  const looking = new Set(entries.filter(({ text }) => text.includes('metadata')).map(({ id }) => id))
  return new Set(all.flatMap(({ id, on }) => (looking.has(id) ? (on ?? []) : [])))
}

function looksAt(on: string | readonly string[], type: string): boolean {
  return typeof on === 'string' ? on === type : on.includes(type)
}

function attributesByType(attributes: readonly Attribute[]): ReadonlyMap<string, readonly Attribute[]> {
  const types = new Set(attributes.flatMap(({ on }) => on))
  return new Map([...types].map((type) => [type, attributes.filter(({ on }) => on.includes(type))]))
}

function walletRule(wallet: Definition['wallets'][number]): WalletRule {
  return typeof wallet === 'string'
    ? { id: wallet, expiresAfter: null }
    : { id: wallet.id, expiresAfter: wallet.expiresAfterDays ?? null }
}

function zoneOf(document: Document<Definition>, name: string, mistakes: Mistake[]): Zone {
  try {
    // An abbreviation may mean several zones: BST is that of Bangladesh, and British summer time.
    if (!/^(UTC|.*[/].*)$/.test(name)) throw new RangeError(name)
    return new Zone(name)
  } catch {
    const all = Intl.supportedValuesOf('timeZone')
    const near =
      all.find((each) => each.toLowerCase().endsWith(`/${name.toLowerCase()}`)) ?? nearest(name, all)
    const hint = near === undefined ? '' : `: did you mean ${near}?`
    mistakes.push(
      document.mistake(['zone'], `expected an IANA time zone such as Asia/Dhaka, got ${name}${hint}`),
    )
    return new Zone('UTC')
  }
}

/**
 * A rule's state and its outcomes are kept under its id, and what becomes of a wallet under the wallet's, so
 * that no two of them may share one.
 */
function names(document: Document<Definition>, definition: Definition): Mistake[] {
  const seen = new Set<string>()
  const all: [PropertyKey[], string][] = [
    ...definition.wallets.map((wallet, i): [PropertyKey[], string] =>
      typeof wallet === 'string' ? [['wallets', i], wallet] : [['wallets', i, 'id'], wallet.id],
    ),
    ...LISTS.flatMap((list) =>
      definition[list].map(({ id }, i): [PropertyKey[], string] => [[list, i, 'id'], id]),
    ),
    ...definition.missions.flatMap(({ rewards }, i) =>
      (rewards ?? []).flatMap((each, j): [PropertyKey[], string][] =>
        'badge' in each ? [[['missions', i, 'rewards', j, 'badge'], each.badge]] : [],
      ),
    ),
  ]
  return all.flatMap(([path, id]) => {
    if (!seen.has(id)) {
      seen.add(id)
      return []
    }
    return [document.mistake(path, `${id} names something else already: choose an id of its own`)]
  })
}

function wallets(document: Document<Definition>, definition: Definition): Mistake[] {
  const uses: [PropertyKey[], string][] = [
    ...definition.points.map(({ wallet }, i): [PropertyKey[], string] => [['points', i, 'wallet'], wallet]),
    ...definition.missions.flatMap(({ reward }, i): [PropertyKey[], string][] =>
      reward ? [[['missions', i, 'reward', 'wallet'], reward.wallet]] : [],
    ),
    ...definition.tiers.flatMap(({ wallet }, i): [PropertyKey[], string][] =>
      wallet === undefined ? [] : [[['tiers', i, 'wallet'], wallet]],
    ),
    ...definition.missions.flatMap(({ rewards }, i) =>
      (rewards ?? []).flatMap((each, j): [PropertyKey[], string][] =>
        'wallet' in each ? [[['missions', i, 'rewards', j, 'wallet'], each.wallet]] : [],
      ),
    ),
    ...walletsOf(definition.challenges),
    ...definition.leaderboards.flatMap(({ wallet }, i): [PropertyKey[], string][] =>
      wallet === undefined ? [] : [[['leaderboards', i, 'wallet'], wallet]],
    ),
  ]
  return uses.flatMap(([path, wallet]) => {
    const message = document.stranger('wallets', 'wallet', wallet)
    return message === undefined ? [] : [document.mistake(path, message)]
  })
}
