import { z } from 'zod'
import { LaurelError } from './error.ts'
import { checked, type Issue } from './issue.ts'
import { meant, nearest } from './nearest.ts'
import { Unreadable, Yaml } from './yaml.ts'

/** A mistake in a file, with the place that an editor jumps to, both from 1. */
export interface Mistake {
  readonly line: number
  readonly column: number
  /** Which setting it is: `points.recharge-points.when`; empty for the file as a whole. */
  readonly path: string
  readonly message: string
}

/** A file that cannot be used, with every mistake in it in the order of the file. */
export class MistakenFile extends LaurelError {
  readonly file: string
  readonly mistakes: readonly Mistake[]

  constructor(file: string, mistakes: readonly Mistake[]) {
    const lines = mistakes.map(({ line, column, path, message }) => {
      return `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`
    })
    super('PROGRAM_INVALID', lines.join('\n'))
    this.file = file
    this.mistakes = mistakes
  }
}

/** The ids in a list of a file. */
export interface Names {
  readonly ids: readonly string[]
  /** Whether the list has ids that cannot be read: what is not among the others may be one of those. */
  readonly isPartial: boolean
}

/**
 * A YAML file checked against a schema. Collects every mistake before it gives up, each with its place, so that a file
 * is put right in one go.
 */
export class Document<T> {
  readonly content: T
  /** What is wrong with the file's form, and with what its schema says of each value. */
  readonly mistakes: readonly Mistake[]
  readonly #file: string
  readonly #yaml: Yaml
  /** For lists with entries left out: where those that are in the content stand in the file. */
  readonly #kept: ReadonlyMap<PropertyKey, readonly number[]>
  /** Sections that have to be there and are not: what they would have been is not known. */
  readonly #lacking: ReadonlySet<string>

  private constructor(file: string, yaml: Yaml, read: Reading<T>) {
    this.#file = file
    this.#yaml = yaml
    this.#kept = read.kept
    this.#lacking = read.lacking
    this.content = read.content
    this.mistakes = [
      ...yaml.faults.map(({ offset, message }) => ({ ...yaml.place(offset), path: '', message })),
      ...read.issues.map((issue) => this.#ofIssue(issue)),
    ]
  }

  /** @throws LaurelError PROGRAM_INVALID with a line for each mistake */
  static whole<T>(file: string, text: string, schema: z.ZodType<T>): Document<T> {
    const yaml = new Yaml(text)
    const read = yaml.faults.length === 0 ? checked(schema, yaml.values, false) : { issues: [] }
    const isRight = 'data' in read
    const content = isRight ? read.data : (undefined as T)
    const reading = {
      content,
      kept: new Map(),
      lacking: new Set<string>(),
      issues: isRight ? [] : read.issues,
    }
    const document = new Document<T>(file, yaml, reading)
    if (document.mistakes.length > 0) document.refuse(document.mistakes)
    return document
  }

  /**
   * A file of several sections, read as far as it is right: what is wrong is left out of the content, entry by entry of
   * its lists, so that the rest can be looked at as well. Never throws.
   *
   * @param instead what stands for a section that is wrong, or missing though it is needed; a list then is empty
   */
  static salvaged<T>(
    file: string,
    text: string,
    schema: z.ZodObject & z.ZodType<T>,
    instead: Partial<T>,
  ): Document<T> {
    const yaml = new Yaml(text)
    return new Document(file, yaml, salvage(yaml, schema, instead))
  }

  /** A mistake at the value that a path of the content leads to, or at the nearest thing above it that is there. */
  mistake(path: readonly PropertyKey[], message: string): Mistake {
    const own = this.#inFile(path)
    return { ...this.#yaml.place(this.#yaml.offset(own)), path: this.#named(own), message }
  }

  /** A mistake within the text at a path of the content. */
  mistakeInText(path: readonly PropertyKey[], index: number, message: string): Mistake {
    const own = this.#inFile(path)
    return { ...this.#yaml.place(this.#yaml.offsetInText(own, index)), path: this.#named(own), message }
  }

  /** The ids that a list has in the file, those of entries with mistakes among them. */
  names(list: string): Names {
    const { values } = this.#yaml
    const entries = values instanceof Unreadable ? values : (values as Record<string, unknown> | null)?.[list]
    if (entries === undefined) return { ids: [], isPartial: this.#lacking.has(list) }
    if (!Array.isArray(entries)) return { ids: [], isPartial: true }
    const ids = entries.map(idOf)
    if (ids.length === 0) return { ids: [], isPartial: this.mistakes.some(({ path }) => path === list) }
    return {
      ids: ids.filter((id) => id !== undefined),
      isPartial: ids.some((id) => id === undefined),
    }
  }

  /** What is wrong with naming an entry of a list; undefined where it has that entry, or may have it. */
  stranger(list: string, noun: string, id: string): string | undefined {
    const { ids, isPartial } = this.names(list)
    if (isPartial || ids.includes(id)) return undefined
    // One that is not written as an id has to be is told already; this may be how it is to be written.
    if (
      nearest(
        id,
        ids.filter((each) => each !== each.toLowerCase() || /[^\w-]/.test(each)),
      ) !== undefined
    )
      return undefined
    return `no ${noun} is named ${id}. ${meant(id, ids, `The program has no ${list}.`)}`
  }

  /** @throws LaurelError PROGRAM_INVALID with these mistakes in the order of the file, always */
  refuse(mistakes: readonly Mistake[]): never {
    const told = new Map(mistakes.map((each) => [`${each.line}:${each.column} ${each.message}`, each]))
    const sorted = [...told.values()].toSorted((a, b) => a.line - b.line || a.column - b.column)
    throw new MistakenFile(this.#file, sorted)
  }

  #ofIssue({ path, isKey, message }: Issue): Mistake {
    const offset = isKey ? this.#yaml.keyOffset(path) : this.#yaml.offset(path)
    const named = this.#named(isKey ? path.slice(0, -1) : path)
    return { ...this.#yaml.place(offset), path: named, message }
  }

  #inFile(path: readonly PropertyKey[]): readonly PropertyKey[] {
    const [list, index, ...rest] = path
    const kept = list === undefined ? undefined : this.#kept.get(list)
    return kept && typeof index === 'number' ? [list!, kept[index]!, ...rest] : path
  }

  /** A path as people read it: entries by their ids, and where they have none counted from 1. */
  #named(path: readonly PropertyKey[]): string {
    let value: unknown = this.#yaml.values
    const steps = path.map((step) => {
      value = (value as Record<PropertyKey, unknown> | null | undefined)?.[step]
      if (typeof step !== 'number') return String(step)
      return (typeof value === 'object' ? idOf(value) : undefined) ?? String(step + 1)
    })
    return steps.join('.')
  }
}

function idOf(entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry
  const id = (entry as { id?: unknown } | null | undefined)?.id
  return typeof id === 'string' ? id : undefined
}

interface Reading<T> {
  readonly content: T
  readonly issues: readonly Issue[]
  readonly kept: ReadonlyMap<PropertyKey, readonly number[]>
  readonly lacking: ReadonlySet<string>
}

function salvage<T>(yaml: Yaml, schema: z.ZodObject & z.ZodType<T>, instead: Partial<T>): Reading<T> {
  const content: Record<string, unknown> = {}
  const issues: Issue[] = []
  const kept = new Map<PropertyKey, readonly number[]>()
  const lacking = new Set<string>()
  const { values } = yaml
  const isReadable = isMapping(values)
  if (!isReadable && !(values instanceof Unreadable) && yaml.faults.length === 0) {
    const sections = Object.keys(schema.shape).slice(0, 3).join(':, ')
    issues.push({
      path: [],
      isKey: false,
      message: `expected a program, with ${sections}: and so on, got ${whole(values)}`,
    })
  }
  for (const [name, section] of Object.entries(schema.shape)) {
    const value = isReadable ? values[name] : undefined
    const element = elementOf(section)
    const read = (): unknown => {
      if (element && Array.isArray(value)) {
        const entries = value.map((entry) =>
          entry instanceof Unreadable ? { issues: [] } : checked(element, entry),
        )
        const right = entries.flatMap((entry, i) => ('data' in entry ? [i] : []))
        issues.push(...entries.flatMap((entry, i) => ('data' in entry ? [] : below([name, i], entry.issues))))
        if (right.length < entries.length) {
          kept.set(name, right)
          return right.map((i) => (entries[i] as { data: unknown }).data)
        }
      }
      // A section that a fault in the file has swallowed is not missing.
      const isLost =
        value instanceof Unreadable || (value === undefined && (!isReadable || yaml.faults.length > 0))
      const result = isLost
        ? { issues: [] }
        : checked(z.object({ [name]: section }), value === undefined ? {} : { [name]: value })
      if ('data' in result) return result.data[name]
      issues.push(...result.issues)
      if (value === undefined) lacking.add(name)
      return element ? [] : instead[name as keyof T]
    }
    content[name] = read()
  }
  if (isReadable) issues.push(...unknownSections(values, Object.keys(schema.shape)))
  return { content: content as T, issues, kept, lacking }
}

function unknownSections(values: Record<string, unknown>, known: readonly string[]): Issue[] {
  return Object.keys(values)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const hint = meant(name, known).replace(/^There are/, 'Its sections are')
      return { path: [name], isKey: true, message: `a program has no section ${name}. ${hint}` }
    })
}

function whole(values: unknown): string {
  if (values === null || values === undefined) return 'an empty file'
  return Array.isArray(values) ? 'a list' : 'a text'
}

function isMapping(values: unknown): values is Record<string, unknown> {
  return (
    typeof values === 'object' && values !== null && !Array.isArray(values) && !(values instanceof Unreadable)
  )
}

function below(path: readonly PropertyKey[], issues: readonly Issue[]): Issue[] {
  return issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] }))
}

/** What the entries of a list are; undefined for what is no list. */
function elementOf(schema: z.core.$ZodType): z.ZodType | undefined {
  const def = schema._zod.def as { type: string; innerType?: z.core.$ZodType; element?: z.ZodType }
  return def.innerType ? elementOf(def.innerType) : def.element
}
