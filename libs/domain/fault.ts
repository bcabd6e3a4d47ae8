import { isCollection, isScalar, type Node, type Document as Parsed, visit, type YAMLError } from 'yaml'
import { quoted } from './flow.ts'

/** What keeps a text from being YAML, in the words of who writes it. */
export interface Fault {
  readonly offset: number
  readonly message: string
  /** Whether what was read around it cannot be relied on. */
  readonly isFatal: boolean
}

/** Those that concern one value, and leave it certain what belongs to what. */
const LOCAL: ReadonlySet<YAMLError['code']> = new Set(['DUPLICATE_KEY', 'BAD_DQ_ESCAPE', 'BAD_SCALAR_START'])

/** Whether what an error stands in cannot be read. */
function isFatal({ code }: YAMLError): boolean {
  return code !== 'DUPLICATE_KEY'
}

/** All of those that concern one value only, and the first of those after which nothing is certain. */
export function faultsOf(document: Parsed, text: string): Fault[] {
  const first = document.errors.find(({ code }) => !LOCAL.has(code))
  const told = document.errors.filter(
    (error, i) =>
      error === first || (LOCAL.has(error.code) && !isSequel(error, document.errors[i - 1], text)),
  )
  const tags = document.warnings.filter(({ code }) => code === 'TAG_RESOLVE_FAILED')
  return [
    ...told.map((error): Fault => ({ ...inWords(error, document, text), isFatal: isFatal(error) })),
    ...tags.map(({ pos: [offset] }): Fault => {
      return { offset, message: mustBeQuoted('!', lineAt(text, offset)), isFatal: true }
    }),
  ]
}

/** Where an entry lacks its dash, all its settings are there twice: one word of it is enough. */
function isSequel(error: YAMLError, before: YAMLError | undefined, text: string): boolean {
  if (error.code !== 'DUPLICATE_KEY' || before?.code !== 'DUPLICATE_KEY') return false
  return !text.slice(before.pos[0], error.pos[0]).trim().includes('\n')
}

function inWords(
  { code, message, pos }: YAMLError,
  document: Parsed,
  text: string,
): { offset: number; message: string } {
  const [offset] = pos
  const line = lineAt(text, offset)
  const at = (words: string) => ({ offset, message: words })
  switch (code) {
    case 'TAB_AS_INDENT':
      return at(
        'this line is indented with a tab: use spaces, in the same column as the lines that belong with it',
      )
    case 'DUPLICATE_KEY':
      return at(twice(wordAt(text, offset)))
    case 'BAD_DQ_ESCAPE':
      return at(
        `in double quotes a \\ has a meaning of its own, and ${text.slice(offset, offset + 2)} has none: use single quotes around the text, or write \\\\`,
      )
    case 'BAD_SCALAR_START':
      return at(mustBeQuoted(text[offset]!, line))
    case 'MULTIPLE_DOCS':
      return at('a line of --- begins another file: a program is one, leave that line out')
    case 'MULTILINE_IMPLICIT_KEY':
      return at(
        `expected name: value on this line, with a colon and a space between them, got ${line.trim()}`,
      )
    case 'BLOCK_AS_IMPLICIT_KEY':
      return at(message.startsWith('A block sequence') ? DASHLESS : nested(text, offset, line))
    case 'BAD_COLLECTION_TYPE':
      return at(mustBeQuoted('!', line))
    case 'BLOCK_IN_FLOW':
      return at('a comma is missing on this line: inside { } and [ ] the settings are separated by commas')
    default:
      return unclosed(message, offset, document) ?? at(misplaced(message, offset, text, line))
  }
}

/** Something that was opened and never closed, told where it was opened. */
function unclosed(message: string, offset: number, document: Parsed): ReturnType<typeof inWords> | undefined {
  const quote = /^Missing closing (['"])/.exec(message)?.[1]
  if (quote !== undefined) {
    const start = innermost(
      document,
      offset,
      (node) => isScalar(node) && node.type?.startsWith('QUOTE') === true,
    )
    return { offset: start, message: `the text that begins here has no ${quote} at its end: add it` }
  }
  const bracket = /end with a ([\]}])/.exec(message)?.[1]
  if (bracket === undefined) return undefined
  const start = innermost(document, offset, (node) => isCollection(node) && node.flow === true)
  const open = bracket === ']' ? '[' : '{'
  return {
    offset: start,
    message: `the ${open} that stands here is never closed: add ${bracket} where it ends`,
  }
}

function innermost(document: Parsed, offset: number, fits: (node: Node) => boolean): number {
  let start = offset
  visit(document, {
    Node(_, node) {
      if (fits(node) && node.range && node.range[0] <= offset && node.range[1] >= offset)
        start = node.range[0]
    },
  })
  return start
}

const DASHLESS = 'the lines above this one belong to no entry: put - in front of the first of them, as here'

export function twice(name: string): string {
  return name === 'id'
    ? 'id stands here twice: put - in front of it where another entry begins, or keep one of them'
    : `${name} stands here twice: keep one of them`
}

/** Two colons on a line, or a line that is indented below one that has its value already. */
function nested(text: string, offset: number, line: string): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const below = text.slice(start + line.length + 1).split('\n', 1)[0] ?? ''
  const colons = line.replace(/"[^"]*"|'[^']*'/g, '').match(/:(\s|$)/g)?.length ?? 0
  if (colons < 2 && indentOf(below) > /^[ -]*/.exec(line)![0].length) {
    return `the line below is indented too far: ${below.trim()} has to begin in the same column as ${line.trim().replace(/^- /, '')}`
  }
  const [, name, value] = /^\s*(?:- )?([\w-]+):\s+(.*)$/.exec(line) ?? []
  const example = value === undefined ? '' : `: ${name}: ${quoted(value)}`
  return `a text with a colon and a space in it has to stand in quotes${example}`
}

function misplaced(message: string, offset: number, text: string, line: string): string {
  if (/same column|without - indicator|indentation/i.test(message)) {
    return `this line is indented by ${indentOf(line)} spaces, which fits none of the lines above: lines that belong together begin in the same column`
  }
  const [, name, value] = /^\s*(?:- )?([\w-]+):\s+(.*?)\s*$/.exec(line) ?? []
  if (value !== undefined && /^["'>|]/.test(value)) {
    return `a text that begins with ${value[0]} and goes on after it has to stand in single quotes as a whole: ${name}: ${quoted(value)}`
  }
  if (offset > 0 && text[offset - 1] === '\n' && /^[\w-]+:/.test(line)) {
    return `${wordAt(text, offset)} begins at the margin, and the lines above it do not: begin every section there`
  }
  const what = wordAt(text, offset) || text[offset] || 'this'
  return `${what} does not belong here: check that brackets and quotes are closed once each, and put text with any of { } [ ] # : , in it into quotes`
}

function mustBeQuoted(first: string, line: string): string {
  const [, name, value] = /^\s*(?:- )?([\w-]+):\s+(.*?)\s*$/.exec(line) ?? []
  const example = value === undefined ? '' : `: ${name}: ${quoted(value)}`
  return `a text that begins with ${first} has to stand in quotes${example}`
}

function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return text.slice(start).split(/\r?\n/, 1)[0] ?? ''
}

function wordAt(text: string, offset: number): string {
  return /^[\w-]+/.exec(text.slice(offset))?.[0] ?? ''
}

function indentOf(line: string): number {
  return /^ */.exec(line)![0].length
}
