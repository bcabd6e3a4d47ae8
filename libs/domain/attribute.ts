import { z } from 'zod'
import type { Compiler, Path } from './compiler.ts'
import type { Event } from './event.ts'
import { type Force, isInForce } from './force.ts'
import { expression, force, id, type } from './term.ts'

export type AttributeType = 'string' | 'double' | 'bool'
export type AttributeValue = string | number | boolean

/** Code points. It is part of every state of a customer: what is longer is cut. */
const LONGEST = 64

/** An entry of `attributes`. */
export const attributeSchema = z.strictObject({
  id,
  on: z.union([type, z.array(type).min(1, 'expected at least one type of events')], {
    error: 'expected the type of the events that tell it, or a list of them: [kyc_update, crm_update]',
  }),
  when: expression.optional(),
  type: z
    .enum(['string', 'double', 'bool'], { error: 'expected string, double or bool' })
    .describe('What its value is: string for a text, double for a number, bool for true or false.'),
  value: expression,
  default: z
    .union([z.string().max(LONGEST), z.number(), z.boolean()])
    .optional()
    .describe('What it is until an event tells.'),
  ...force,
})

type Written = z.infer<typeof attributeSchema>

/** Something known of a customer, by the word of the latest event that told it. */
export interface Attribute extends Force {
  readonly id: string
  /** The event types that tell it. */
  readonly on: readonly string[]
  readonly type: AttributeType
  /** What it is until an event tells. */
  readonly initial: AttributeValue
  /** Whether an event that it cannot be read from counts for the rules all the same. */
  readonly skipsErrors: boolean
  /**
   * What an event tells; undefined where it does not.
   *
   * @throws Error where that cannot be evaluated, or is not of the attribute's type
   */
  read(event: Event): AttributeValue | undefined
}

/** Makes an attribute of what is written at a path, but for the time it is in force. */
export function compileAttribute(
  written: Written,
  path: Path,
  compiler: Compiler,
): Pick<Attribute, 'id' | 'on' | 'type' | 'initial' | 'read'> {
  const initial = initialOf(written)
  if (typeNameOf(initial) !== written.type) {
    const example = JSON.stringify(NOTHING_TOLD[written.type])
    compiler.mistake([...path, 'default'], `expected a ${written.type}, as type says, such as ${example}`)
  }
  const when = compiler.eventCondition(path, written.when)
  const value = compiler.told([...path, 'value'], written.value, written.type)
  return {
    id: written.id,
    on: typeof written.on === 'string' ? [written.on] : written.on,
    type: written.type,
    initial,
    read(event) {
      if (!when(event)) return undefined
      const told = value(event)
      if (typeNameOf(told) !== written.type)
        throw new Error(`expected a ${written.type} as value, got ${nameOf(told)}`)
      return keptOf(told as AttributeValue)
    },
  }
}

const NOTHING_TOLD = { string: '', double: 0, bool: false } as const

/** What an attribute is until an event tells. */
export function initialOf(written: Pick<Written, 'type' | 'default'>): AttributeValue {
  return written.default ?? NOTHING_TOLD[written.type]
}

/** What is kept has to be the same once it was text. */
function keptOf(told: AttributeValue): AttributeValue {
  if (typeof told === 'number') {
    if (!Number.isFinite(told)) throw new Error(`expected a number as value, got ${told}`)
    return told + 0
  }
  return typeof told === 'string' && told.length > LONGEST ? [...told].slice(0, LONGEST).join('') : told
}

const TYPES: Readonly<Record<string, AttributeType>> = { string: 'string', number: 'double', boolean: 'bool' }

function typeNameOf(told: unknown): AttributeType | undefined {
  return TYPES[typeof told]
}

/** By its kind only: what an event told may be nobody's business. */
function nameOf(told: unknown): string {
  if (told === null || told === undefined) return 'null'
  return typeNameOf(told) ?? (typeof told === 'bigint' ? 'int' : Array.isArray(told) ? 'list' : 'map')
}

/** An attribute that could not be read from an event. */
export interface Unread {
  readonly attribute: string
  readonly error: unknown
}

/**
 * Writes what an event tells into what is known of its customer, by the ids of attributes. Each attribute stands for
 * itself: those that can be read are known then.
 *
 * @returns the first that could not be read, and does not skip errors
 */
export function learn(
  attributes: readonly Attribute[],
  event: Event,
  known: Record<string, unknown>,
): Unread | undefined {
  let unread: Unread | undefined
  for (const attribute of attributes) {
    if (!isInForce(attribute, event.at)) continue
    const { id, skipsErrors, read } = attribute
    try {
      const told = read(event)
      if (told !== undefined) known[id] = told
    } catch (error) {
      if (!skipsErrors) unread ??= { attribute: id, error }
    }
  }
  return unread
}

/** What is known of a customer without what events told of them. */
export function withoutAttributes(
  known: Readonly<Record<string, unknown>>,
  { attributes }: { readonly attributes: readonly Attribute[] },
): Readonly<Record<string, unknown>> {
  const told = new Set(attributes.map(({ id }) => id))
  return Object.fromEntries(Object.entries(known).filter(([id]) => !told.has(id)))
}
