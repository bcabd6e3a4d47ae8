import { or, type SQL, sql } from 'drizzle-orm'
import { failures } from './schema.ts'

/** Line ends and tabs of an event's text are two characters each once it is a string in the message's own JSON. */
const SPACE = '(?: |\\\\[nrt])*'
const END = '(?=[],} ]|\\\\[nrt])'
const CLOUD_EVENT = '\\"specversion\\"'
const HEADER = '"(?:event-id|Event-Id|Event-ID|EVENT-ID)",'

/**
 * Whether a message brought an event id: in its JSON under one of these keys, as text or as a whole number, or in its
 * header. Of what could not be read nothing but the message itself has it. Rows are looked through one by one.
 */
export function brought(id: string, keys: readonly string[]): SQL {
  const names = keys.map((key) => literal(quotedTwice(key))).join('|')
  const value = /^\d+$/.test(id) ? `(?:${literal(quotedTwice(id))}|${id}${END})` : literal(quotedTwice(id))
  const inJson = (name: string) => `(?:${name})${SPACE}:${SPACE}${value}`
  const quoted = JSON.stringify(id)
  return or(
    sql`(${contains(bare(quotedTwice(id)))} and (${matches(inJson(names))}
      or ${contains(CLOUD_EVENT)} and ${matches(inJson(literal(quotedTwice('id'))))}))`,
    sql`(${contains(quoted)} and ${matches(HEADER + literal(quoted))})`,
  )!
}

/** Much cheaper than a pattern: it leaves few rows for one. */
const contains = (text: string) => sql`strpos(${failures.original}, ${text}) > 0`
const matches = (pattern: string) => sql`${failures.original} ~ ${pattern}`

/** A text as JSON, as it stands inside of a string of JSON: \\"text\\" */
function quotedTwice(text: string): string {
  return JSON.stringify(JSON.stringify(text)).slice(1, -1)
}

const bare = (quoted: string) => quoted.slice(2, -2)

/** A text as a pattern that matches it alone. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
