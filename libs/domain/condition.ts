import { Environment } from '@marcbachmann/cel-js'
import type { Event } from './event.ts'
import type { Scene } from './rules/rule.ts'
import { EventView, fieldName, viewOf, WalletView } from './view.ts'

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
}

/** Compiles the CEL expressions of one program, over `event`, and its `scores` and `wallets`. Never `eval`. */
export class Conditions {
  readonly #environment: Environment
  readonly #scores: ReturnType<typeof viewOf>
  readonly #wallets: ReturnType<typeof viewOf>

  constructor({ scores, wallets }: Vocabulary) {
    this.#scores = viewOf(scores, (scene, id) => scene.score(id))
    this.#wallets = viewOf(wallets, (scene, id) => new WalletView(scene.wallet(id)))
    const fields = (ids: readonly string[], type: string) =>
      Object.fromEntries(ids.map((id) => [fieldName(id), type]))
    this.#environment = new Environment({ limits: { maxAstNodes: 500, maxDepth: 32 } })
      .registerType('Event', {
        ctor: EventView,
        fields: { type: 'string', source: 'string', value: 'double', metadata: 'map<string, dyn>' },
      })
      .registerType('Scores', { ctor: this.#scores, fields: fields(scores, 'double') })
      .registerType('Wallet', {
        ctor: WalletView,
        fields: { balance: 'double', earned: 'double', spent: 'double', pending: 'double' },
      })
      .registerType('Wallets', { ctor: this.#wallets, fields: fields(wallets, 'Wallet') })
      .registerVariable('event', 'Event')
      .registerVariable('scores', 'Scores')
      .registerVariable('wallets', 'Wallets')
      .registerFunction('floor(double): double', Math.floor)
      .registerFunction('ceil(double): double', Math.ceil)
  }

  /**
   * Compiles an expression, checked for the type of its result.
   *
   * @throws Error with what is wrong in one line
   */
  compile(source: string, result: 'bool'): Expression<boolean>
  compile(source: string, result: 'double'): Expression<number>
  compile(source: string, result: 'bool' | 'double'): Expression<boolean | number> {
    const program = this.#parse(source)
    const check = program.check()
    if (!check.valid) throw new Error(firstLine(check.error))
    if (check.type !== result) {
      const hint = check.type === 'int' && result === 'double' ? ': write whole numbers as 10.0' : ''
      throw new Error(
        `expected an expression that gives a ${result}, and this one gives ${check.type}${hint}`,
      )
    }
    const [Scores, Wallets] = [this.#scores, this.#wallets]
    return (event, scene) =>
      program({
        event: new EventView(event),
        scores: new Scores(scene),
        wallets: new Wallets(scene),
      }) as boolean | number
  }

  #parse(source: string) {
    try {
      return this.#environment.parse(source)
    } catch (error) {
      throw new Error(firstLine(error), { cause: error })
    }
  }
}

/** The library's messages go on with a drawing of the place, which a failure's one line has no room for. */
export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
}
