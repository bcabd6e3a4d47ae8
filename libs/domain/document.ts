import {
  isCollection,
  isNode,
  LineCounter,
  type Document as Parsed,
  type ParsedNode,
  parseDocument,
} from 'yaml'
import type { z } from 'zod'
import { LaurelError } from './error.ts'

/** A mistake in a file, with the place that an editor jumps to. */
export interface Mistake {
  readonly line: number
  readonly column: number
  readonly message: string
}

/**
 * A YAML file checked against a schema. Collects every mistake before it gives up, each with its line, so
 * that a file is put right in one go.
 */
export class Document<T> {
  readonly content: T
  readonly #file: string
  readonly #lines: LineCounter
  readonly #root: ParsedNode | null

  /** @throws LaurelError PROGRAM_INVALID with a line for each mistake */
  constructor(file: string, text: string, schema: z.ZodType<T>) {
    this.#file = file
    this.#lines = new LineCounter()
    const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: true })
    this.#root = document.contents
    if (document.errors.length > 0) {
      this.refuse(document.errors.map(({ message, pos }) => ({ ...this.#place(pos[0]), message })))
    }
    const result = schema.safeParse(this.#values(document))
    if (!result.success) this.refuse(result.error.issues.flatMap((issue) => this.#mistakesOf(issue)))
    this.content = result.data as T
  }

  /** An alias that leads nowhere, or to too much, shows only here. */
  #values(document: Parsed): unknown {
    try {
      return document.toJS()
    } catch (error) {
      return this.refuse([this.mistake([], (error as Error).message)])
    }
  }

  #mistakesOf(issue: z.core.$ZodIssue): Mistake[] {
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => this.mistake([...issue.path, key], 'no such setting is known here'))
      case 'invalid_key':
        return issue.issues.map(({ message }) => this.mistake(issue.path, message))
      default:
        return [this.mistake(issue.path, issue.message)]
    }
  }

  /** A mistake at the node that a path leads to, or at the nearest one above it that exists. */
  mistake(path: readonly PropertyKey[], message: string): Mistake {
    let node: unknown = this.#root
    for (const step of path) {
      const next: unknown = isCollection(node) ? node.get(step, true) : undefined
      if (!isNode(next)) break
      node = next
    }
    const offset = isNode(node) ? (node.range?.[0] ?? 0) : 0
    const where = path.length === 0 ? '' : `${path.map(String).join('.')}: `
    return { ...this.#place(offset), message: `${where}${message}` }
  }

  /** @throws LaurelError PROGRAM_INVALID, always */
  refuse(mistakes: readonly Mistake[]): never {
    const lines = mistakes.map(({ line, column, message }) => `${this.#file}:${line}:${column} ${message}`)
    throw new LaurelError('PROGRAM_INVALID', lines.join('\n'))
  }

  #place(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset)
    return { line, column: col }
  }
}
