import {
  type Alias,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  type Document as Parsed,
  parseDocument,
  visit,
} from 'yaml'
import { type Fault, faultsOf, twice } from './fault.ts'
import { offsetWithin } from './scalar.ts'

/** An entry of a list that cannot be read; its id where that stands on a line of its own. */
export class Unreadable {
  readonly id: string | undefined

  constructor(text: string) {
    this.id = /^\s*(?:- )?\s*\{?\s*id:\s*([\w-]+)/m.exec(text)?.[1]
  }
}

/** A part of a file that is read by itself, so that a fault in it does not spoil the others. */
interface Part {
  /** Where it stands; the whole file where it is empty. */
  readonly path: readonly PropertyKey[]
  readonly document: Parsed
}

/**
 * A YAML file with the place of everything in it. Where the file as a whole is no YAML, each of its sections is read by
 * itself, and in a section that is none each entry of its list: what cannot be read then is `Unreadable`.
 */
export class Yaml {
  readonly values: unknown
  readonly faults: readonly Fault[]
  readonly #text: string
  readonly #lines = new LineCounter()
  readonly #parts: readonly Part[]

  constructor(text: string) {
    this.#text = text
    const document = parseDocument(text, { ...OPTIONS, lineCounter: this.#lines })
    const faults = faultsOf(document, text)
    const values = valuesOf(document, faults)
    // Read by itself, a section would not tell that the file has an end before its own.
    const isOne = document.errors.every(({ code }) => code !== 'MULTIPLE_DOCS')
    const isWhole = faults.every(({ isFatal }) => !isFatal)
    const recovered = isWhole || !isOne ? undefined : recover(text)
    if (recovered === undefined || recovered.faults.length === 0) {
      this.#parts = [{ path: [], document }]
      this.values = isWhole ? values : new Unreadable('')
      this.faults = faults
    } else {
      this.#parts = recovered.parts
      this.values = recovered.values
      this.faults = recovered.faults
    }
  }

  /** The line and the column of an offset, from 1. */
  place(offset: number): { readonly line: number; readonly column: number } {
    const { line, col } = this.#lines.linePos(Math.min(offset, this.#text.length))
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }

  /** Where the value at a path begins, or the nearest thing above it that is there. */
  offset(path: readonly PropertyKey[]): number {
    const node = this.#node(path, true)
    return node?.range?.[0] ?? 0
  }

  /** Where the last step of a path is written as a key; where its map begins if it is no key there. */
  keyOffset(path: readonly PropertyKey[]): number {
    const map = this.#node(path.slice(0, -1), false)
    const pair = isMap(map)
      ? map.items.find(({ key }) => isScalar(key) && String(key.value) === String(path.at(-1)))
      : undefined
    return isScalar(pair?.key) && pair.key.range ? pair.key.range[0] : this.offset(path.slice(0, -1))
  }

  /** Where a character of the text at a path stands: that of its offset in the text as it is read. */
  offsetInText(path: readonly PropertyKey[], index: number): number {
    const node = this.#node(path, false)
    return isScalar(node) && node.range && typeof node.value === 'string'
      ? offsetWithin(this.#text, node.range, node.type, node.value, index)
      : this.offset(path)
  }

  #node(path: readonly PropertyKey[], orAbove: boolean): Node | undefined {
    const part = this.#parts.find(({ path: own }) => own.every((step, i) => step === path[i]))
    if (!part) return undefined
    // A section that is read by itself still has its own head, and an entry the head of its list.
    const steps = part.path.length === 2 ? [path[0]!, 0, ...path.slice(2)] : path
    let node: unknown = part.document.contents
    for (const step of steps) {
      const holder = isAlias(node) ? resolved(node, part.document) : node
      const next: unknown = isCollection(holder) ? holder.get(step, true) : undefined
      if (!isNode(next)) return orAbove && isNode(node) ? node : undefined
      node = next
    }
    return isNode(node) ? node : undefined
  }
}

const OPTIONS = { prettyErrors: false, uniqueKeys: true } as const

function resolved(alias: Alias, document: Parsed): Node | undefined {
  try {
    return alias.resolve(document)
  } catch {
    return undefined
  }
}

function valuesOf(document: Parsed, faults: Fault[]): unknown {
  let leadsNowhere = false
  visit(document, {
    Alias(_, alias, within) {
      const target = resolved(alias, document)
      // What is a part of itself would have no end.
      if (target !== undefined && !within.includes(target)) return
      leadsNowhere = true
      const message =
        target === undefined
          ? `a text that begins with * has to stand in quotes: '*${alias.source}'`
          : `*${alias.source} stands within what it repeats (&${alias.source}): write out what is meant`
      faults.push({ offset: alias.range?.[0] ?? 0, message, isFatal: true })
    },
  })
  if (leadsNowhere) return undefined
  try {
    return document.toJS()
  } catch (error) {
    const message = `the file repeats parts of itself (&name, *name) too often: write them out (${(error as Error).message})`
    faults.push({ offset: 0, message, isFatal: true })
    return undefined
  }
}

interface Recovered {
  readonly parts: readonly Part[]
  readonly values: Readonly<Record<string, unknown>>
  readonly faults: readonly Fault[]
}

/** Characters that the entries of a section are read with at most, as each is with all of the file around it. */
const MOST_READ = 20_000_000

/** Reads each section by itself; faults are empty where none of them has one, as then it is the whole that has it. */
function recover(text: string): Recovered {
  const parts: Part[] = []
  const values: Record<string, unknown> = {}
  const faults: Fault[] = []
  const read = (path: PropertyKey[], from: readonly Span[]): unknown => {
    const document = parseDocument(only(text, from), OPTIONS)
    const own = faultsOf(document, text)
    const value = valuesOf(document, own)
    faults.push(...own)
    if (own.some(({ isFatal }) => isFatal)) return new Unreadable(text.slice(...from.at(-1)!))
    parts.push({ path, document })
    const section = (value as Record<string, unknown> | null)?.[String(path[0])]
    return path.length === 2 && Array.isArray(section) ? section[0] : section
  }
  for (const { name, span, head, entries } of sectionsOf(text)) {
    if (Object.hasOwn(values, name)) {
      faults.push({ offset: span[0], message: twice(name), isFatal: true })
      continue
    }
    const alone = faultsOf(parseDocument(only(text, [span]), OPTIONS), text)
    const isWhole = alone.every(({ isFatal }) => !isFatal)
    values[name] =
      isWhole || entries.length === 0 || entries.length * text.length > MOST_READ
        ? read([name], [span])
        : entries.map((entry, i) => read([name, i], [head, entry]))
  }
  return { parts, values, faults }
}

type Span = readonly [start: number, end: number]

interface Section {
  readonly name: string
  readonly span: Span
  /** Its line with its name. */
  readonly head: Span
  /** Those of its list; none where something stands before the first. */
  readonly entries: readonly Span[]
}

function sectionsOf(text: string): Section[] {
  const heads = [...text.matchAll(/^([A-Za-z]\w*)[ \t]*:(?=[ \t\r\n]|$)/gm)]
  return heads.map((match, i) => {
    const span: Span = [match.index, heads[i + 1]?.index ?? text.length]
    const body = text.slice(...span)
    const lines = [...body.matchAll(/^([ \t]*)-(?=[ \t\r\n])/gm)]
    const indent = lines.reduce(
      (least, [, spaces]) => Math.min(least, spaces!.length),
      Number.POSITIVE_INFINITY,
    )
    const starts = lines.filter(([, spaces]) => spaces!.length === indent).map(({ index }) => span[0] + index)
    const head: Span = [span[0], starts[0] ?? span[1]]
    const isList = /^[^\n]*:[ \t\r]*(#[^\n]*)?\n(\s*#[^\n]*\n)*\s*$/.test(text.slice(...head))
    const entries = starts.map((start, j): Span => [start, starts[j + 1] ?? span[1]])
    return { name: match[1]!, span, head, entries: isList ? entries : [] }
  })
}

/** The text with everything but these spans blank, so that all keeps its place. */
function only(text: string, spans: readonly Span[]): string {
  let [kept, end] = ['', 0]
  for (const [start, stop] of spans) {
    kept += text.slice(end, start).replace(/[^\r\n]/g, ' ') + text.slice(start, stop)
    end = stop
  }
  return kept
}
