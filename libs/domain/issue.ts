import { z } from 'zod'
import { flow, found } from './flow.ts'
import { enumerated, meant, nearest } from './nearest.ts'

/** What a value has that its schema does not allow, in the words of who writes the file. */
export interface Issue {
  readonly path: readonly PropertyKey[]
  /** Whether it is about the name of a setting, not about its value. */
  readonly isKey: boolean
  readonly message: string
}

type Schema = z.core.$ZodType
type Raw = z.core.$ZodRawIssue
type Final = z.core.$ZodIssue

/** Set before what is worded here; a message without it stands in the schema itself. */
const MARK = '\u0000'
const SETTINGS = 'settings (each as name: value)'

/**
 * The value as its schema makes it, or everything that is wrong with it.
 *
 * @param shows whether messages of the schema's own are followed by what was found; not where that may be a secret
 */
export function checked<T>(
  schema: z.ZodType<T>,
  value: unknown,
  shows = true,
): { data: T } | { issues: Issue[] } {
  const result = schema.safeParse(value, { error: wordsOf })
  if (result.success) return { data: result.data }
  const issues = result.error.issues.flatMap((issue) => inWords(issue, value, [], shows))
  return { issues: issues.filter((issue) => !issues.some((other) => isMisspelt(issue, other))) }
}

/** Whether a setting is missing only because its name is misspelt. */
function isMisspelt({ path, message }: Issue, other: Issue): boolean {
  const name = /^(\w+) is missing/.exec(message)?.[1]
  return (
    name !== undefined &&
    other.isKey &&
    other.message.endsWith(`Did you mean ${name}?`) &&
    other.path.slice(0, -1).join() === path.join()
  )
}

function inWords(issue: Final, root: unknown, above: readonly PropertyKey[], shows: boolean): Issue[] {
  const path = [...above, ...issue.path]
  const value = valueAt(root, path)
  const isOwn = issue.message.startsWith(MARK)
  const texts = issue.message.split(MARK).slice(isOwn ? 1 : 0)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key, i) => {
      const message = isOwn ? texts[i]! : `there is no setting ${key} here: ${texts[0]}`
      return { path: [...path, key], isKey: true, message }
    })
  }
  if (issue.code === 'invalid_key' || issue.code === 'invalid_element') {
    return issue.issues.map(({ message }) => ({ path, isKey: true, message: message.replaceAll(MARK, '') }))
  }
  if (issue.code === 'invalid_union' && value !== undefined) {
    const closest = closestOf(issue.errors)
    if (closest) return closest.flatMap((each) => inWords(each, root, path, shows))
  }
  const [text] = texts as [string]
  if (value === undefined && path.length > 0) {
    const key = String(path.at(-1))
    const add = text === '' ? 'add it' : `add ${key}: ${text}`
    const message = `${key} is missing: ${isOwn ? add : text}`
    return [{ path: path.slice(0, -1), isKey: false, message }]
  }
  const shown =
    isOwn || !shows || !text.startsWith('expected') || text.includes(', got ') ? '' : `, got ${found(value)}`
  return [{ path, isKey: false, message: `${text}${shown}` }]
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Record<PropertyKey, unknown>)[step]
        : undefined,
    root,
  )
}

/** The one form of several that was meant: of the right type, and with the fewest settings that do not belong. */
function closestOf(branches: readonly (readonly Final[])[]): readonly Final[] | undefined {
  const strangers = (issues: readonly Final[]) =>
    issues.reduce((count, issue) => {
      if (issue.code === 'unrecognized_keys') return count + 2 * issue.keys.length
      return count + (issue.code === 'invalid_value' || issue.code === 'invalid_type' ? 1 : 0)
    }, 0)
  const fitting = branches.filter((issues) =>
    issues.every(
      ({ code, path }) => path.length > 0 || (code !== 'invalid_type' && code !== 'invalid_value'),
    ),
  )
  const least = Math.min(...fitting.map(strangers))
  const closest = fitting.filter((issues) => strangers(issues) === least)
  return closest.length === 1 ? closest[0] : undefined
}

function wordsOf(raw: Raw): string {
  const { input } = raw
  const schema = raw.inst as Schema | undefined
  if (input === undefined) return `${MARK}${(schema && exampleOf(schema)) ?? ''}`
  if (raw.code === 'unrecognized_keys') {
    return raw.keys.map((key) => `${MARK}${strangerWords(key, schema, input)}`).join('')
  }
  return `${MARK}${valueWords(raw, schema)}`
}

function valueWords(raw: Raw, schema: Schema | undefined): string {
  const { input } = raw
  const got = `got ${found(input)}`
  switch (raw.code) {
    case 'invalid_type':
      return typeWords(schema, input, raw.expected)
    case 'invalid_value':
      return choiceWords(
        raw.values.map((value) => String(value)),
        input,
      )
    case 'too_small': {
      const more = raw.inclusive ? `at least ${raw.minimum}` : `more than ${raw.minimum}`
      if (raw.origin === 'array' && raw.minimum === 1) return `expected at least one entry, ${got}`
      if (raw.origin === 'string' && raw.minimum === 1) return `expected a text, ${got}`
      return `expected ${more}${unitOf(raw.origin, Number(raw.minimum))}, ${got}`
    }
    case 'too_big': {
      const less = raw.inclusive ? `at most ${raw.maximum}` : `less than ${raw.maximum}`
      const count = Array.isArray(input) || typeof input === 'string' ? `got ${input.length}` : got
      return `expected ${less}${unitOf(raw.origin, Number(raw.maximum))}, ${count}`
    }
    case 'invalid_union': {
      if (raw.note !== 'No matching discriminator') return `expected ${kindOf(schema!)}, ${got}`
      const kinds = ((raw.options ?? []) as readonly unknown[]).map(String)
      const kind = (input as Record<string, unknown>)[raw.discriminator ?? 'kind']
      if (kind === undefined) return `${kinds[0]} (or ${enumerated(kinds.slice(1), 'or')})`
      return choiceWords(kinds, kind)
    }
    case 'invalid_format':
      return `expected another form of text, ${got}`
    case 'not_multiple_of':
      return `expected a multiple of ${raw.divisor}, ${got}`
    default:
      return `this cannot be read, ${got}`
  }
}

function unitOf(origin: string, count: number): string {
  if (origin === 'array') return count === 1 ? ' entry' : ' entries'
  return origin === 'string' ? ' characters' : ''
}

function choiceWords(choices: readonly string[], input: unknown): string {
  const near = typeof input === 'string' ? nearest(input, choices) : undefined
  const hint = near === undefined || choices.length === 1 ? '' : `: did you mean ${near}?`
  return `expected ${enumerated(choices, 'or')}, got ${found(input)}${hint}`
}

function typeWords(schema: Schema | undefined, input: unknown, expected: string): string {
  const kind = schema ? kindOf(schema) : expected
  const type = schema && unwrapped(schema)._zod.def.type
  const isPlain = schema === undefined || (type === 'array' && isOfSettings(schema)) || type === 'boolean'
  const example = isPlain ? undefined : exampleOf(schema)
  const such = example === undefined ? '' : `, such as ${example}`
  return `expected ${kind}${such}, got ${found(input)}${hintFor(schema, input)}`
}

function isOfSettings(list: Schema): boolean {
  const element = (unwrapped(list) as z.ZodArray).element
  return kindOf(element).includes(SETTINGS)
}

/** How what was written becomes what was expected. */
function hintFor(schema: Schema | undefined, input: unknown): string {
  const type = schema && unwrapped(schema)._zod.def.type
  if (input === null) return ': write a value after the colon, or leave the line out'
  if (type === 'number' && typeof input === 'string') {
    const plain = input.replace(/[ ,_'](?=\d{3}\b)/g, '')
    if (!Number.isFinite(Number.parseFloat(plain))) return ''
    if (plain === input && Number.isFinite(Number(input))) return ': leave the quotes out'
    // What a k, a % or a unit makes of the number is for who wrote it to say.
    return Number.isFinite(Number(plain)) ? `: write ${plain}` : ': write the number alone, without a unit'
  }
  if (type === 'string' && (typeof input === 'number' || typeof input === 'boolean')) {
    return `: put it in quotes, as '${input}'`
  }
  if (type === 'boolean' && typeof input === 'string') {
    if (/^(yes|on|y|true)$/i.test(input)) return ': write true'
    if (/^(no|off|n|false)$/i.test(input)) return ': write false'
  }
  if (type === 'array' && typeof input !== 'object') return `: put it in brackets, as [${flow(input)}]`
  if (type === 'array') return ': begin each entry with -'
  if (type === 'string' && Array.isArray(input))
    return input.length === 1
      ? ': leave the brackets out'
      : ': only one can stand here, so write an entry for each'
  if (type === 'object' && Array.isArray(input)) return ': leave the - out'
  return ''
}

function strangerWords(key: string, schema: Schema | undefined, input: unknown): string {
  const shape: Readonly<Record<string, unknown>> = schema ? settingsOf(schema) : {}
  if (/^\d+$/.test(key)) return `${key} is no setting: numbers are written without commas, as 1000`
  const known = Object.keys(shape)
  const written = new Set(Object.keys(input as object))
  const left = known.filter((name) => !written.has(name))
  const longer = left.filter((name) => key.length >= 5 && name.startsWith(key))
  const near = nearest(key, left) ?? (longer.length === 1 ? longer[0] : undefined)
  const kind = 'kind' in shape ? (input as { kind?: unknown }).kind : undefined
  const where =
    typeof kind === 'string' ? `kind: ${kind} has no setting ${key}` : `there is no setting ${key} here`
  if (near !== undefined) return `${where}. Did you mean ${near}?`
  // Between { and }, what follows a comma is a setting of its own, and here one without a value.
  const all = Object.entries(input as object) as readonly (readonly [string, unknown])[]
  const i = all.findIndex(([name]) => name === key)
  const [before, first] = all[i - 1] ?? []
  if (all[i]![1] === null && typeof first === 'string')
    return `${key} is no setting. A list stands in brackets: ${before}: [${first}, ${key}]`
  return `${where}: leave it out. ${meant(key, known).replace(/^There (is|are)/, 'Its settings are')}`
}

function settingsOf(schema: Schema): Readonly<Record<string, unknown>> {
  const def = schema._zod.def as { type: string; keyType?: Schema }
  if (def.type === 'object') return (schema as z.ZodObject).shape
  return def.keyType?._zod.def.type === 'enum'
    ? Object.fromEntries(choicesOf(def.keyType).map((key) => [key, true]))
    : {}
}

function unwrapped(schema: Schema): Schema {
  const def = schema._zod.def as { type: string; innerType?: Schema }
  return def.innerType ? unwrapped(def.innerType) : schema
}

/** What a schema takes, in words. */
function kindOf(schema: Schema): string {
  const inner = unwrapped(schema)
  const def = inner._zod.def as {
    type: string
    format?: string
    options?: readonly Schema[]
  }
  switch (def.type) {
    case 'string':
      return 'a text'
    case 'number':
      return def.format === 'safeint' ? 'a whole number' : 'a number'
    case 'boolean':
      return 'true or false'
    case 'array':
      return 'a list'
    case 'literal':
    case 'enum':
      return enumerated(choicesOf(inner), 'or')
    case 'union':
      return enumerated([...new Set(def.options!.map(kindOf))], 'or')
    default:
      return SETTINGS
  }
}

/** An example of it as it is written: the first of those that its schema names, else one that its type allows. */
function exampleOf(schema: Schema, isInside = false): string | undefined {
  const named = z.globalRegistry.get(schema)?.examples
  if (Array.isArray(named)) return flow(named[0])
  const inner = unwrapped(schema)
  if (inner !== schema) return exampleOf(inner, isInside)
  const def = inner._zod.def as { type: string; options?: readonly Schema[] }
  switch (def.type) {
    case 'literal':
    case 'enum': {
      const [first, ...others] = choicesOf(inner)
      return isInside || others.length === 0 ? first! : `${first} (or ${enumerated(others, 'or')})`
    }
    case 'boolean':
      return 'true'
    case 'number':
      return '1'
    case 'object': {
      const needed = Object.entries((inner as z.ZodObject).shape).filter(([, each]) => !each._zod.optin)
      if (needed.length === 0) return undefined
      return `{ ${needed.map(([key, each]) => `${key}: ${exampleOf(each, true) ?? '…'}`).join(', ')} }`
    }
    case 'array': {
      const element = exampleOf((inner as z.ZodArray).element, true)
      return element === undefined ? undefined : `[${element}]`
    }
    case 'union':
      return exampleOf(def.options![0]!, isInside)
    default:
      return undefined
  }
}

function choicesOf(schema: Schema): readonly string[] {
  const { values, entries } = schema._zod.def as unknown as {
    values?: readonly unknown[]
    entries?: Readonly<Record<string, string>>
  }
  return (values ?? Object.values(entries!)).map(String)
}
