import { Environment } from '@marcbachmann/cel-js'
import type { Attribute } from './attribute.ts'
import type { Event } from './event.ts'
import type { Scene } from './rules/rule.ts'
import { customerView, EventView, fieldName, viewOf, WalletView } from './view.ts'

const MENTIONED = /\bscores\s*\.\s*(\w+)/g

/**
 * Those of a program's scores that an expression looks at; all of them where it does so in a way that only
 * running it would tell. Of what stands in quotes it may name too many.
 *
 * @param ids the ids of the program's scores
 */
export function scoresIn(source: string, ids: readonly string[]): readonly string[] {
  const names = new Set([...source.matchAll(MENTIONED)].map(([, name]) => name))
  const mentions = source.match(/\bscores\b/g)?.length ?? 0
  return mentions > [...source.matchAll(MENTIONED)].length
    ? ids
    : ids.filter((id) => names.has(fieldName(id)))
}

/** A compiled CEL expression. Throws where it cannot be evaluated, such as on metadata that is not there. */
export type Expression<T> = (event: Event, scene: Scene) => T

/** The ids of a program's entries that expressions can name. */
export interface Vocabulary {
  readonly scores: readonly string[]
  readonly wallets: readonly string[]
  readonly attributes?: readonly Pick<Attribute, 'id' | 'type' | 'initial'>[]
}

type Result = 'bool' | 'double' | 'string' | 'dyn'

/**
 * Compiles the CEL expressions of one program, over `event`, what is known of its `customer`, and its `scores` and
 * `wallets`. Never `eval`.
 */
export class Conditions {
  /** Every expression that was compiled. */
  readonly sources: string[] = []
  readonly #ofEvents: Environment
  readonly #ofRules: Environment
  readonly #scores: ReturnType<typeof viewOf>
  readonly #wallets: ReturnType<typeof viewOf>
  readonly #customer: ReturnType<typeof customerView>

  constructor({ scores, wallets, attributes = [] }: Vocabulary) {
    this.#scores = viewOf(scores, (scene, id) => scene.score(id))
    this.#wallets = viewOf(wallets, (scene, id) => new WalletView(scene.wallet(id)))
    const initial = new Map(attributes.map((each) => [each.id, each.initial]))
    const known = viewOf([...initial.keys()], (scene, id) => scene.state(id) ?? initial.get(id))
    this.#customer = customerView({ attributes: known })
    const fields = (ids: readonly string[], type: string) =>
      Object.fromEntries(ids.map((id) => [fieldName(id), type]))
    this.#ofEvents = environment()
    this.#ofRules = environment()
      .registerType('Scores', { ctor: this.#scores, fields: fields(scores, 'double') })
      .registerType('Wallet', {
        ctor: WalletView,
        fields: { balance: 'double', earned: 'double', spent: 'double', pending: 'double' },
      })
      .registerType('Wallets', { ctor: this.#wallets, fields: fields(wallets, 'Wallet') })
      .registerType('Attributes', {
        ctor: known,
        fields: Object.fromEntries(attributes.map(({ id, type }) => [fieldName(id), type])),
      })
      .registerType('Customer', { ctor: this.#customer, fields: { attributes: 'Attributes' } })
      .registerVariable('scores', 'Scores')
      .registerVariable('wallets', 'Wallets')
      .registerVariable('customer', 'Customer')
  }

  /**
   * Compiles an expression, checked for the type of its result.
   *
   * @throws Error with what is wrong in one line
   */
  compile(source: string, result: 'bool'): Expression<boolean>
  compile(source: string, result: 'double'): Expression<number>
  compile(source: string, result: 'bool' | 'double'): Expression<unknown> {
    const program = this.#checked(this.#ofRules, source, [result])
    const [Scores, Wallets, Customer] = [this.#scores, this.#wallets, this.#customer]
    // Most look at no customer, and are asked for every event.
    if (!/\bcustomer\b/.test(source))
      return (event, scene) =>
        program({ event: new EventView(event), scores: new Scores(scene), wallets: new Wallets(scene) })
    return (event, scene) =>
      program({
        event: new EventView(event),
        scores: new Scores(scene),
        wallets: new Wallets(scene),
        customer: new Customer(scene),
      })
  }

  /**
   * Compiles an expression over the event alone.
   *
   * @param results the types that it may give
   * @throws Error with what is wrong in one line
   */
  compileOfEvent(source: string, result: 'bool'): (event: Event) => boolean
  compileOfEvent(source: string, ...results: readonly Result[]): (event: Event) => unknown
  compileOfEvent(source: string, ...results: readonly Result[]): (event: Event) => unknown {
    const program = this.#checked(this.#ofEvents, source, results)
    return (event) => program({ event: new EventView(event) })
  }

  #checked(environment: Environment, source: string, results: readonly Result[]) {
    this.sources.push(source)
    const program = parsed(environment, source)
    const check = program.check()
    if (!check.valid) throw new Error(firstLine(check.error))
    if (!(results as readonly unknown[]).includes(check.type)) {
      const hint = check.type === 'int' && results[0] === 'double' ? ': write whole numbers as 10.0' : ''
      throw new Error(
        `expected an expression that gives a ${results[0]}, and this one gives ${check.type}${hint}`,
      )
    }
    return program
  }
}

/** What every expression can look at, and call. */
function environment(): Environment {
  return new Environment({ limits: { maxAstNodes: 500, maxDepth: 32 } })
    .registerType('Event', {
      ctor: EventView,
      fields: { type: 'string', source: 'string', value: 'double', metadata: 'map<string, dyn>' },
    })
    .registerVariable('event', 'Event')
    .registerFunction('floor(double): double', Math.floor)
    .registerFunction('ceil(double): double', Math.ceil)
}

function parsed(environment: Environment, source: string) {
  try {
    return environment.parse(source)
  } catch (error) {
    throw new Error(firstLine(error), { cause: error })
  }
}

/** The library's messages go on with a drawing of the place, which a failure's one line has no room for. */
export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
}
