import { z } from 'zod'
import type { Compile } from '../compiler.ts'
import type { Expression } from '../condition.ts'
import type { Event } from '../event.ts'
import type { Program } from '../program.ts'
import { expression, force, rule } from '../term.ts'
import { NOTHING, type RuleLogic } from './rule.ts'

export const aliasSchema = z.strictObject({ ...rule, alias: expression, ...force })

export const compileAlias: Compile<typeof aliasSchema> = ({ id, on, when, alias }, path, compiler) =>
  aliasRule(id, on, compiler.condition(path, when), compiler.told([...path, 'alias'], alias, 'string'))

/** The alias that a customer chose last, and when: null where they took it back. */
interface Chosen {
  readonly name: string | null
  /** Unix ms. */
  readonly at: number
}

/** Keeps the alias that a customer chose last. An event that brings none, or one that is not taken, changes nothing. */
function aliasRule(
  id: string,
  on: string,
  when: Expression<boolean>,
  alias: (event: Event) => unknown,
): RuleLogic<Chosen> {
  return {
    id,
    on,
    evolve(state, event, scene) {
      if (!when(event, scene)) return { state, grants: NOTHING }
      let written: unknown
      try {
        written = alias(event)
      } catch {
        // Most events of a profile say nothing of an alias, and must count for other rules all the same.
        return { state, grants: NOTHING }
      }
      const name = readAlias(written)
      return { state: name === undefined ? state : { name, at: event.at }, grants: NOTHING }
    },
  }
}

const [SHORTEST, LONGEST] = [2, 20]
/** As many as still make no phone number. */
const MOST_DIGITS = 5
/** Letters of any script with their marks, digits, and single separators between them. */
const FORM = /^[\p{L}\p{N}]\p{M}*(?:[ ._'’-]?[\p{L}\p{N}]\p{M}*)*$/u
const CROWDED = /\p{M}{4}/u

/**
 * What others are shown of an alias as it was written: undefined where it is not taken, null for an empty one, which
 * takes the alias before back. Digits of all scripts count, wherever they stand: no phone number gets through.
 */
export function readAlias(written: unknown): string | null | undefined {
  if (typeof written !== 'string' || written.length > 200) return undefined
  const name = written.normalize('NFKC').trim().replaceAll(/\s+/g, ' ')
  if (name === '') return null
  const { length } = [...name]
  if (length < SHORTEST || length > LONGEST || !FORM.test(name) || CROWDED.test(name)) return undefined
  return (name.match(/\p{N}/gu)?.length ?? 0) > MOST_DIGITS ? undefined : name
}

/** The alias that a customer with these states of rules goes by; null without one. */
export function aliasOf(rules: Readonly<Record<string, unknown>>, { aliases }: Program): string | null {
  let latest: Chosen = { name: null, at: Number.NEGATIVE_INFINITY }
  for (const id of aliases) {
    const own = rules[id] as Chosen | undefined
    if (own && own.at >= latest.at) latest = own
  }
  return latest.name
}

/** The states of rules without what a customer called themselves. */
export function withoutAliases(
  rules: Readonly<Record<string, unknown>>,
  { aliases }: Program,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(rules).filter(([id]) => !aliases.includes(id)))
}
