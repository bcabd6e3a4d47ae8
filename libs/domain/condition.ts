import { Environment } from '@marcbachmann/cel-js'
import { SCALE } from './decimal.ts'
import type { Event } from './event.ts'

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

const environment = new Environment({ limits: { maxAstNodes: 500, maxDepth: 32 } })
  .registerType('Event', {
    ctor: EventView,
    fields: { type: 'string', source: 'string', value: 'double', metadata: 'map<string, dyn>' },
  })
  .registerVariable('event', 'Event')
  .registerFunction('floor(double): double', Math.floor)
  .registerFunction('ceil(double): double', Math.ceil)

/** A compiled CEL expression. Throws where it cannot be evaluated, such as on metadata that is not there. */
export type Expression<T> = (event: Event) => T

/**
 * Compiles a CEL expression over `event`, checked for the type of its result. Never `eval`.
 *
 * @throws Error with what is wrong in one line
 */
export function compile(source: string, result: 'bool'): Expression<boolean>
export function compile(source: string, result: 'double'): Expression<number>
export function compile(source: string, result: 'bool' | 'double'): Expression<boolean | number> {
  const program = parse(source)
  const check = program.check()
  if (!check.valid) throw new Error(firstLine(check.error))
  if (check.type !== result) {
    const hint = check.type === 'int' && result === 'double' ? ': write whole numbers as 10.0' : ''
    throw new Error(`expected an expression that gives a ${result}, and this one gives ${check.type}${hint}`)
  }
  return (event) => program({ event: new EventView(event) }) as boolean | number
}

function parse(source: string) {
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
