import type { ASTNode, Environment } from '@marcbachmann/cel-js'
import { enumerated, meant, nearest } from './nearest.ts'

/** What is wrong within an expression. */
export interface Flaw {
  /** Where it begins, from 0. */
  readonly offset: number
  readonly message: string
}

/** An expression that cannot be used. None of its flaws is told where they may only follow from other mistakes. */
export class FlawedExpression extends Error {
  readonly flaws: readonly Flaw[]

  constructor(flaws: readonly Flaw[]) {
    super(flaws[0]?.message ?? 'the expression names something that cannot be read itself')
    this.name = 'FlawedExpression'
    this.flaws = flaws
  }
}

/** What expressions can name: each type that has fields with their names, and those types whose names are not all known. */
export interface Names {
  readonly fields: ReadonlyMap<string, readonly string[]>
  readonly partial: ReadonlySet<string>
}

/** What the library says of an error. */
interface Fault {
  readonly code: string
  readonly summary: string
  readonly range?: { readonly start: number; readonly end: number }
  readonly node?: ASTNode
}

/** A part of an expression, and what is to stand there to look for more. */
interface Repair {
  readonly flaw: Flaw | undefined
  readonly start: number
  readonly end: number
  readonly by: string
}

const MOST_FLAWS = 10

/**
 * Everything that is wrong with an expression, apart from the type of its result: each part that is wrong is taken for
 * one that would be right there, and the rest looked at again.
 */
export function flawsOf(environment: Environment, source: string, names: Names): readonly Flaw[] {
  const flaws: Flaw[] = []
  const anything = environment.clone().registerVariable(ANYTHING, 'dyn')
  let text = source
  for (let i = 0; i < MOST_FLAWS; i++) {
    const fault = faultOf(anything, text)
    if (fault === undefined) break
    const repair = isOfForm(fault) ? formWords(fault, text) : typeWords(fault, text, names, anything)
    if (repair.flaw) flaws.push(repair.flaw)
    const room = repair.end - repair.start
    if (repair.by.length > room || room === 0 || repair.by === '') break
    text = text.slice(0, repair.start) + repair.by.padEnd(room) + text.slice(repair.end)
  }
  return flaws
}

/** A variable of any type, as short as what it stands for can be. */
const ANYTHING = '_'

function faultOf(environment: Environment, text: string): Fault | undefined {
  try {
    return environment.parse(text).check().error as Fault | undefined
  } catch (error) {
    return error as Fault
  }
}

function isOfForm(fault: Fault): boolean {
  return (fault as { name?: string }).name === 'ParseError'
}

const WORDS: Readonly<Record<string, string>> = { and: '&&', or: '||', not: '!', is: '==' }

function formWords({ code, summary, range }: Fault, text: string): Repair {
  const start = range?.start ?? 0
  const rest = text.slice(start)
  const before = text.slice(0, start)
  const told = (message: string, by = '', from = start, length = by.length): Repair => {
    return { flaw: { offset: from, message }, start: from, end: from + length, by }
  }
  const word = /^\w+/.exec(rest)?.[0] ?? ''
  const not = /\bnot\s+$/i.exec(before)
  if (not) return told('write ! for not, with brackets: !(…)', '', not.index)
  const operator = WORDS[word.toLowerCase()]
  if (operator !== undefined && code === 'unexpected_character') {
    return told(`write ${operator} for ${word}`, operator, start, word.length)
  }
  if (before.endsWith('<') && rest.startsWith('>')) return told('write != for <>', '!=', start - 1)
  if (/^=[<>]/.test(rest)) return told(`write ${rest[1]}= for ${rest.slice(0, 2)}`, `${rest[1]}=`)
  if (before.endsWith('==') && rest.startsWith('=')) return told('write == for ===', ' ')
  if (rest.startsWith('=')) return told('write == to compare: a single = means nothing here', '==', start, 2)
  if (/^[&|](?![&|])/.test(rest)) {
    return told(`write ${rest[0]!.repeat(2)} for ${rest[0]}`, rest[0]!.repeat(2), start, 2)
  }
  if (/^[“”„‘’«»]/.test(rest)) return told(`write straight quotes (") instead of ${rest[0]}`)
  if (/\d$/.test(before) && /^,\d{3}\b/.test(rest)) {
    return told('numbers are written without commas: 1000.0')
  }
  switch (code) {
    case 'unterminated_string':
    case 'newline_in_string':
    case 'unterminated_triple_quoted_string':
      return told(`the text that begins here has no ${rest[0]} at its end: add it`)
    case 'limit_exceeded':
      return told(limitWords(summary))
    case 'reserved_identifier':
      return told(
        word === 'if'
          ? 'there is no if: write condition ? one : other'
          : `${word} cannot be used as a name: CEL keeps that word for itself`,
      )
    case 'invalid_escape_sequence':
      return told(`${rest.slice(0, 2)} means nothing inside quotes: write \\\\ for a \\`)
    default:
      return told(syntaxWords(summary, rest, before))
  }
}

function syntaxWords(summary: string, rest: string, before: string): string {
  const missing = { RPAREN: ')', RBRACKET: ']', RBRACE: '}' }[/^Expected (\w+)/.exec(summary)?.[1] ?? '']
  if (missing !== undefined) return `a ${missing} is missing here`
  if (rest.trim() === '') {
    const last = /\S+\s*$/.exec(before)?.[0].trim()
    return last === undefined ? 'the expression is empty: write one' : `something is missing after ${last}`
  }
  const what = /^("[^"]*"|'[^']*'|[\w.]+|\S)/.exec(rest)![0]
  return `${what} does not belong here: conditions are joined with && (and) or || (or), and texts stand in quotes`
}

function limitWords(summary: string): string {
  const most = /\((\d+)\)/.exec(summary)?.[1]
  if (summary.includes('maxAstNodes')) {
    return `the expression is too long: it may have ${most} parts (names, values, operators). Use value in ["a", "b"] for many comparisons, or several rules`
  }
  if (summary.includes('maxDepth')) {
    return `brackets are nested too deep here: at most ${most} in each other. Leave those out that change nothing`
  }
  return `there are too many values in one list here: at most ${most}`
}

function typeWords(fault: Fault, text: string, names: Names, environment: Environment): Repair {
  const node = fault.node
  const start = node?.start ?? fault.range?.start ?? 0
  const whole = { start, end: node?.end ?? fault.range?.end ?? start, by: ANYTHING }
  const offset = fault.range?.start ?? start
  const told = (message: string | undefined, at = offset): Repair => {
    return { flaw: message === undefined ? undefined : { offset: at, message }, ...whole }
  }
  const types = /: (.*)$/.exec(fault.summary)?.[1] ?? ''
  switch (fault.code) {
    case 'unknown_variable':
      return told(variableWords(text.slice(whole.start, whole.end), names, environment))
    case 'no_such_key': {
      const message = fieldWords(node!, names)
      const tail = message?.includes('written as _') ? /^(-\w+)*/.exec(text.slice(whole.end))![0].length : 0
      return { ...told(message), end: whole.end + tail }
    }
    case 'no_such_overload': {
      const [left, operator, right] = types.split(' ')
      const int =
        left === 'double' && right === 'int' ? 1 : left === 'int' && right === 'double' ? 0 : undefined
      const operands = node!.args as readonly ASTNode[]
      if (int !== undefined) return told(wholeWords(operands, int, text), operands[int]!.start)
      return told(overloadWords(left, operator, right))
    }
    case 'no_matching_overload':
      return told(functionWords(node!, environment, text))
    case 'invalid_logical_operand':
      return told(
        `&& and || join conditions, and one of these is ${typeName(/'(.*)'/.exec(fault.summary)?.[1])}: compare it with something, as in event.value > 0.0`,
      )
    case 'invalid_condition_type':
      return told('what stands before ? has to be a condition, as in event.value > 0.0 ? 2.0 : 1.0')
    case 'incompatible_ternary_branches':
      return told('both sides of the : have to be of one type: write whole numbers as 10.0')
    case 'heterogeneous_list_element':
      return told('everything in a list has to be of one type: only texts, or only numbers as 10.0')
    case 'cannot_index_type':
      return told(
        `${typeName(/'(.*)'/.exec(fault.summary)?.[1])} has no fields: leave out what follows the .`,
      )
    default:
      return told(fault.summary)
  }
}

const TYPES: Readonly<Record<string, string>> = {
  double: 'a number',
  int: 'a whole number',
  string: 'a text',
  bool: 'a condition (true or false)',
  dyn: 'something that only an event tells',
  Wallet: 'a wallet as a whole (it has balance, earned, spent and pending)',
}

/** A type of CEL, as people call it. */
export function typeName(type: string | undefined): string {
  if (type === undefined) return 'something else'
  if (type.startsWith('list')) return 'a list'
  if (type.startsWith('map')) return 'a group of fields'
  return TYPES[type] ?? `all of ${type.toLowerCase()}`
}

/** What a type is called by the variable that leads to it. */
const VARIABLES: Readonly<Record<string, string>> = {
  Event: 'event',
  Scores: 'scores',
  Wallets: 'wallets',
  Customer: 'customer',
  Attributes: 'customer.attributes',
  Segments: 'customer.segments',
  Badges: 'customer.badges',
  Missions: 'customer.missions',
  Tiers: 'customer.tiers',
}

function variableWords(name: string, { fields }: Names, environment: Environment): string | undefined {
  if (/^(true|false)$/i.test(name)) return `write ${name.toLowerCase()} for ${name}`
  const declared = new Set(environment.getDefinitions().variables.map((each) => each.name))
  const variables = Object.values(VARIABLES).filter((path) => declared.has(path))
  if (Object.values(VARIABLES).includes(name)) {
    return `this expression cannot look at ${name}, only at ${enumerated(variables)}`
  }
  const holder = [...fields].find(([type, all]) => {
    return declared.has(VARIABLES[type]?.split('.')[0] ?? '') && all.includes(name)
  })
  if (holder) return `there is no ${name} by itself: write ${VARIABLES[holder[0]]}.${name}`
  const near = nearest(name, variables)
  if (near !== undefined) return `there is no ${name}. Did you mean ${near}?`
  return `there is no ${name}. An expression looks at ${enumerated(variables)}; a text stands in quotes: "${name}"`
}

const TIMES =
  'conditions do not look at the time. From when and until when a rule counts is said by its from and until'
const WHOSE = 'of whom it is, conditions see only what stands in customer'
/** Fields that producers send, and that are not among `metadata` either, with what to write in their place. */
const ENVELOPE: Readonly<Record<string, string>> = {
  amount: 'it is event.value here',
  event_type: 'it is event.type here',
  source_name: 'it is event.source here',
  timestamp: TIMES,
  time: TIMES,
  date: TIMES,
  hour: TIMES,
  customer: WHOSE,
  customer_id: WHOSE,
  msisdn: WHOSE,
  event_id: 'an id of an event is nothing that a rule can go by',
}

function fieldWords(node: ASTNode, { fields, partial }: Names): string | undefined {
  const [left, right] = node.args as unknown as [
    ASTNode & { checkedType?: { name: string } },
    string | ASTNode,
  ]
  const field = typeof right === 'string' ? right : String(right.args)
  const type = left.checkedType?.name ?? ''
  if (partial.has(type)) return undefined
  const known = fields.get(type) ?? []
  const holder = VARIABLES[type] ?? type.toLowerCase()
  const dashed = known.find((name) => name.startsWith(`${field}_`))
  const near = nearest(field, known)
  if (near === field) return 'a segment cannot look at segments: write out here what holds for them'
  if (near === undefined && dashed !== undefined) {
    return `${holder} has no ${field}: a - in an id is written as _, as in ${holder}.${dashed}`
  }
  if (type === 'Event' && Object.hasOwn(ENVELOPE, field)) return `event has no ${field}: ${ENVELOPE[field]}`
  if (type === 'Event' && near === undefined) {
    return `event has no ${field}. It has ${enumerated(known)}; what producers add stands in event.metadata: event.metadata.${field}`
  }
  return `${holder} has no ${field}. ${meant(field, known, 'The program has none.').replace(/^There (is|are)/, 'It has')}`
}

function wholeWords(operands: readonly ASTNode[], int: number, text: string): string {
  const [whole, other] = [operands[int]!, operands[1 - int]!]
  if (whole.op === 'value') return `write ${whole.args} as ${whole.args}.0: numbers have a decimal point here`
  const written = text.slice(whole.start, whole.end)
  if (other.op === 'value' && Number.isInteger(other.args)) {
    return `${written} is a whole number: write ${other.args} without a decimal point, or double(${written})`
  }
  return `${written} is a whole number, and what it meets is not: write double(${written})`
}

function overloadWords(left = '', operator = '', right = ''): string {
  if (right === '') return `${left[0]} cannot stand before ${typeName(left.slice(1))}`
  if (operator === 'in')
    return 'in looks for a value in a list, as in event.source in ["app", "web"], or for a field in event.metadata'
  const isCompared = ['==', '!=', '<', '<=', '>', '>='].includes(operator)
  const quotes =
    [left, right].includes('string') && [left, right].some((type) => type === 'double' || type === 'int')
  const hint = quotes ? ': numbers are written without quotes, texts with them' : ''
  const verb = isCompared ? 'be compared with' : `meet at ${operator}`
  if (isCompared) return `${typeName(left)} cannot ${verb} ${typeName(right)}${hint}`
  return `${typeName(left)} and ${typeName(right)} cannot ${verb}${hint}`
}

function functionWords(node: ASTNode, environment: Environment, text: string): string {
  const isMethod = node.op === 'rcall'
  const name = (node.args as readonly unknown[])[0] as string
  const parameters = (node.args as readonly unknown[])[isMethod ? 2 : 1] as readonly ASTNode[]
  const own = environment
    .getDefinitions()
    .functions.filter((each) => (each.receiverType !== null) === isMethod)
  const all = [...new Set(own.map((each) => each.name))].filter((each) => !HIDDEN.has(each))
  if (!all.includes(name)) {
    const common = isMethod ? METHODS : FUNCTIONS
    const hint = nearest(name, all) ?? undefined
    return hint === undefined
      ? `there is no function ${name}. There are ${enumerated(common)}`
      : `there is no function ${name}. Did you mean ${hint}?`
  }
  const int = parameters.find((each) => each.op === 'value' && typeof each.args === 'bigint')
  if (int && (name === 'floor' || name === 'ceil'))
    return `write ${int.args} as ${int.args}.0: numbers have a decimal point here`
  const written = text.slice(node.start, node.end)
  return `${name} cannot be used like this: ${written}. Look at what stands in its brackets${isMethod ? ' and before the .' : ''}`
}

const HIDDEN = new Set(['bind', 'dyn'])
const FUNCTIONS = ['floor', 'ceil', 'size', 'has', 'double', 'int', 'string']
const METHODS = ['startsWith', 'endsWith', 'contains', 'matches', 'size', 'exists', 'all']
