import type { ASTNode, Environment } from '@marcbachmann/cel-js'
import { costFlaws } from './cost.ts'
import type { Event } from './event.ts'
import { FlawedExpression, flawsOf, typeName } from './flaw.ts'
import { levelFlaws } from './level-flaw.ts'
import type { Scene } from './rules/rule.ts'
import { Activation, bareEnvironment, declareEvent, Variables, type Vocabulary } from './variables.ts'
import { EventView, fieldName } from './view.ts'

/**
 * Those of a program's scores, missions or attributes that an expression looks at; all of them where it does so in a way that
 * only running it would tell. Of what stands in quotes it may name too many.
 *
 * @param ids the ids of the program's scores, missions or attributes
 */
export function namedIn(
  source: string,
  variable: keyof typeof MENTIONS,
  ids: readonly string[],
): readonly string[] {
  const { mentioned, named } = MENTIONS[variable]
  const mentions = source.match(mentioned)?.length ?? 0
  if (mentions === 0) return []
  const names = [...source.matchAll(named)].map(([, name]) => name)
  return mentions > names.length ? ids : ids.filter((id) => names.includes(fieldName(id)))
}

const MENTIONS = {
  attributes: { mentioned: /\battributes\b/g, named: /\battributes\s*\.\s*(\w+)/g },
  scores: { mentioned: /\bscores\b/g, named: /\bscores\s*\.\s*(\w+)/g },
  missions: { mentioned: /\bmissions\b/g, named: /\bmissions\s*\.\s*(\w+)/g },
}

/** Anything that an expression can look at but the customer's attributes, where it has no event. */
const BESIDES_ATTRIBUTES = /\b(scores|wallets)\b|\bcustomer\b(?!\s*\.\s*attributes\b)/

/** A compiled CEL expression. Throws where it cannot be evaluated, such as on metadata that is not there. */
export type Expression<T> = (event: Event, scene: Scene) => T

type Result = 'bool' | 'double' | 'string' | 'dyn'

/**
 * Compiles the CEL expressions of one program, over `event`, what is known of its `customer`, and its `scores` and
 * `wallets`. Never `eval`.
 */
export class Conditions {
  /** Every expression that was compiled. */
  readonly sources: string[] = []
  readonly #ofEvents: Environment
  readonly #ofCustomers: Environment
  readonly #ofMembers: Environment
  readonly #ofRules: Environment
  readonly #variables: Variables
  readonly #ladders: ReadonlyMap<string, readonly string[]>
  readonly #attributes: readonly string[]
  /** Of the event that was looked at last: its expressions are evaluated one after the other. */
  #activation: Activation | undefined

  constructor(vocabulary: Vocabulary) {
    this.#variables = new Variables(vocabulary)
    this.#attributes = (vocabulary.attributes ?? []).map(({ id }) => id)
    this.#ladders = new Map([...(vocabulary.ladders ?? [])].map(([id, names]) => [fieldName(id), names]))
    this.#ofEvents = declareEvent(bareEnvironment())
    // Segments see no segments, so that none of them can be a part of itself.
    this.#ofCustomers = this.#variables.declare(bareEnvironment(), { ...vocabulary, segments: undefined })
    this.#ofMembers = this.#variables.declare(bareEnvironment(), vocabulary)
    this.#ofRules = this.#variables.declare(declareEvent(bareEnvironment()), vocabulary)
  }

  /**
   * Compiles an expression, checked for the type of its result.
   *
   * @throws FlawedExpression with each thing that is wrong
   */
  compile(source: string, result: 'bool'): Expression<boolean>
  compile(source: string, result: 'double'): Expression<number>
  compile(source: string, result: 'bool' | 'double'): Expression<unknown> {
    const program = this.#checked(this.#ofRules, source, [result])
    return (event, scene) => program(this.#activationOf(scene).showing(event))
  }

  /**
   * Compiles a condition over the customer, scores and wallets, without an event.
   *
   * @param seesSegments whether segments are a part of the customer
   * @throws FlawedExpression with each thing that is wrong
   */
  compileOfCustomer(source: string, seesSegments: boolean): (scene: Scene) => boolean {
    const environment = seesSegments ? this.#ofMembers : this.#ofCustomers
    const program = this.#checked(environment, source, ['bool'])
    const holds = (scene: Scene) => program(this.#activationOf(scene)) as boolean
    return BESIDES_ATTRIBUTES.test(source)
      ? holds
      : sparing(holds, namedIn(source, 'attributes', this.#attributes))
  }

  /**
   * Compiles an expression over the event alone.
   *
   * @param results the types that it may give
   * @throws FlawedExpression with each thing that is wrong
   */
  compileOfEvent(source: string, result: 'bool'): (event: Event) => boolean
  compileOfEvent(source: string, ...results: readonly Result[]): (event: Event) => unknown
  compileOfEvent(source: string, ...results: readonly Result[]): (event: Event) => unknown {
    const program = this.#checked(this.#ofEvents, source, results)
    return (event) => program({ event: new EventView(event) })
  }

  #activationOf(scene: Scene): Activation {
    if (this.#activation?.scene !== scene) this.#activation = new Activation(this.#variables, scene)
    return this.#activation
  }

  #checked(environment: Environment, source: string, results: readonly Result[]) {
    this.sources.push(source)
    const program = parsed(environment, source)
    const check = program?.check()
    if (!program || !check?.valid)
      throw new FlawedExpression(flawsOf(environment, source, this.#variables.names))
    const flaws = [...costFlaws(program.ast), ...levelFlaws(program.ast, this.#ladders)]
    if (!(results as readonly unknown[]).includes(check.type)) {
      flaws.push({ offset: 0, message: resultWords(results[0]!, check.type, program.ast) })
    }
    if (flaws.length > 0) throw new FlawedExpression(flaws)
    return program
  }
}

/**
 * A condition over attributes alone, which is asked about every event: what one customer has is mostly what the one
 * before had, so that it is evaluated only where that differs.
 */
function sparing(holds: (scene: Scene) => boolean, attributes: readonly string[]): (scene: Scene) => boolean {
  const last: unknown[] = []
  let answer: boolean | undefined
  return (scene) => {
    for (let i = 0; i < attributes.length; i++) {
      const told = scene.state(attributes[i]!)
      if (told === last[i]) continue
      last[i] = told
      answer = undefined
    }
    answer ??= holds(scene)
    return answer
  }
}

function parsed(environment: Environment, source: string) {
  try {
    return environment.parse(source)
  } catch {
    return undefined
  }
}

const EXAMPLES: Readonly<Record<Result, string>> = {
  bool: 'event.value >= 10.0',
  double: 'floor(event.value / 10.0)',
  string: 'event.source',
  dyn: 'event.metadata.plan',
}

function resultWords(expected: Result, type: string | undefined, ast: ASTNode): string {
  if (expected === 'double' && type === 'int') {
    return ast.op === 'value'
      ? `expected a number with a decimal point: write ${ast.args} as ${ast.args}.0`
      : 'expected a number with a decimal point, and this is a whole number: write its numbers as 10.0, or double(…) around it'
  }
  const cast = { double: 'double(…)', string: 'string(…)', bool: '== true', dyn: '' }[expected]
  const hint =
    type === 'dyn' ? `: ${expected === 'bool' ? `add ${cast} after it` : `write ${cast} around it`}` : ''
  return `expected ${typeName(expected)} such as ${EXAMPLES[expected]}, and this is ${typeName(type)}${hint}`
}

/** The library's messages go on with a drawing of the place, which a failure's one line has no room for. */
export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
}
