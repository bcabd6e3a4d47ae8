import { Environment } from '@marcbachmann/cel-js'
import { SCALE } from './decimal.ts'
import type { Event } from './event.ts'
import type { ScoreValues } from './rules/rule.ts'

/** What a CEL expression sees as `event`. */
class EventView {
  readonly type: string
  readonly source: string
  /** In the event's own unit; 0 where it carries none. */
  readonly value: number
  readonly #payload: string

  constructor(event: Event) {
    this.type = event.type
    this.source = event.source
    this.value = (event.value ?? 0) / SCALE
    this.#payload = event.payload
  }

  /** Parsed only when an expression asks: most rules look at type and value alone. */
  get metadata(): Record<string, unknown> {
    return (JSON.parse(this.#payload) as { metadata?: Record<string, unknown> }).metadata ?? {}
  }
}

/** The class of what a program's expressions see as `scores`; each value is worked out when it is asked for. */
function scoresView(ids: readonly string[]) {
  return class ScoresView {
    readonly #values: ScoreValues

    constructor(values: ScoreValues) {
      this.#values = values
    }

    static {
      for (const name of ids.map(scoreName)) {
        Object.defineProperty(ScoresView.prototype, name, {
          get(this: ScoresView) {
            return this.#values[name] ?? 0
          },
        })
      }
    }
  }
}

/** A score as an expression writes it: CEL has no names with a -. */
export function scoreName(id: string): string {
  return id.replaceAll('-', '_')
}

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
    : ids.filter((id) => names.has(scoreName(id)))
}

/** A compiled CEL expression. Throws where it cannot be evaluated, such as on metadata that is not there. */
export type Expression<T> = (event: Event, scores: ScoreValues) => T

/** Compiles the CEL expressions of one program, over `event` and its `scores`. Never `eval`. */
export class Conditions {
  readonly #environment: Environment
  readonly #view: ReturnType<typeof scoresView>

  /** @param scores the ids of the program's scores */
  constructor(scores: readonly string[]) {
    this.#view = scoresView(scores)
    this.#environment = new Environment({ limits: { maxAstNodes: 500, maxDepth: 32 } })
      .registerType('Event', {
        ctor: EventView,
        fields: { type: 'string', source: 'string', value: 'double', metadata: 'map<string, dyn>' },
      })
      .registerType('Scores', {
        ctor: this.#view,
        fields: Object.fromEntries(scores.map((id) => [scoreName(id), 'double'])),
      })
      .registerVariable('event', 'Event')
      .registerVariable('scores', 'Scores')
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
    const View = this.#view
    return (event, scores) =>
      program({ event: new EventView(event), scores: new View(scores) }) as boolean | number
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
