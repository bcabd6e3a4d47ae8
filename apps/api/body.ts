import { isUtf8 } from 'node:buffer'
import type { Payload } from '#domain/message.ts'
import { errorPosition, splitArray } from './json-text.ts'
import { Problem } from './problem.ts'

export const LARGEST_BODY = 5 * 1024 * 1024
export const MOST_EVENTS = 10_000

export type BodyFormat = 'json' | 'ndjson'

const NDJSON = new Set(['application/x-ndjson', 'application/ndjson', 'application/jsonl'])
const JSON_TYPE = /^application\/([\w.-]+\+)?json$/

/**
 * How a body of this Content-Type is to be read; CloudEvents' types are JSON.
 *
 * @throws Problem media-type-unsupported
 */
export function formatOf(contentType: string | undefined): BodyFormat {
  const type = (contentType ?? '').replace(/;.*/s, '').trim().toLowerCase()
  if (NDJSON.has(type)) return 'ndjson'
  if (JSON_TYPE.test(type)) return 'json'
  throw new Problem(
    'media-type-unsupported',
    `the body comes ${type === '' ? 'without a Content-Type' : `as ${type}`}: set it to application/json for one ` +
      'event or an array, or to application/x-ndjson for one event a line',
  )
}

/**
 * The events of a body, each exactly as it was written. What is wrong with one of them is left to
 * normalization, so that its neighbours count.
 *
 * @throws Problem where the body as a whole cannot be read
 */
export function eventsOf(body: Buffer, format: BodyFormat): readonly Payload[] {
  const bytes = withoutMark(body)
  const events = format === 'ndjson' ? linesOf(bytes) : elementsOf(bytes)
  if (events.length === 0) {
    throw new Problem('request-invalid', 'the body holds no event: send at least one JSON object')
  }
  if (events.length > MOST_EVENTS) {
    throw new Problem(
      'too-large',
      `the body holds ${events.length} events, and at most ${MOST_EVENTS} go into one request: send them in several`,
    )
  }
  return events
}

/** Without the byte order mark that some editors put in front. */
function withoutMark(body: Buffer): Buffer {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body
}

/** A line that is no text stays bytes: a failure of its own. */
function linesOf(bytes: Buffer): Payload[] {
  const lines: Payload[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf('\n', start)
    const line = bytes.subarray(start, end === -1 ? bytes.length : end)
    start += line.length + 1
    if (!isUtf8(line)) lines.push({ base64: line.toString('base64') })
    else {
      const text = line.toString().trim()
      if (text !== '') lines.push(text)
    }
  }
  return lines
}

function elementsOf(bytes: Buffer): readonly string[] {
  if (!isUtf8(bytes)) {
    throw new Problem('json-invalid', 'the body is not valid UTF-8: encode the JSON as UTF-8')
  }
  const text = bytes.toString()
  const value = parse(text)
  if (Array.isArray(value)) return splitArray(text)
  if (typeof value === 'object' && value !== null) return [text.trim()]
  throw new Problem('request-invalid', 'the body is JSON, but neither an object nor an array of objects')
}

function parse(text: string): unknown {
  if (text.trim() === '') return []
  try {
    return JSON.parse(text)
  } catch {
    throw syntaxProblem(text)
  }
}

const SHOWN = 20

function syntaxProblem(text: string): Problem {
  const position = errorPosition(text)
  const before = text.slice(0, position)
  const line = before.split('\n').length
  const column = position - before.lastIndexOf('\n')
  const rest = text.slice(position, position + SHOWN)
  const where =
    rest === ''
      ? 'it ends too early'
      : `${JSON.stringify(rest)} cannot stand at line ${line}, column ${column}`
  return new Problem('json-invalid', `the body is not JSON: ${where}. ${adviceFor(rest, before)}`, {
    members: { position, line, column },
  })
}

function adviceFor(rest: string, before: string): string {
  if (/^-?(NaN|Infinity)/.test(rest)) return 'NaN and Infinity are not JSON: send null or leave the field out'
  if (/^(None|True|False)/.test(rest))
    return 'Write null, true and false as JSON does, such as with json.dumps'
  if (rest.startsWith("'")) return 'JSON has double quotes only'
  if (/^[{[]/.test(rest) && before.trim() !== '') {
    return 'To send several events, put them into an array, or one a line with Content-Type application/x-ndjson'
  }
  return 'Send one object, an array of objects, or one object a line with Content-Type application/x-ndjson'
}
