import { FAILURES, type Rejection } from './failure.ts'
import type { Message, Payload } from './message.ts'

type Header = readonly [name: string, value: Payload]

/** A refused message, as its producer is told of it. */
export interface RefusedMessage extends Rejection {
  readonly failure: number
  /** Which opening of the failure. */
  readonly opening: number
  readonly state: 'open' | 'resolved' | 'discarded'
  readonly topic: string
  readonly partition: number
  readonly message: Message
}

/** A record of the rejects topic. */
export interface Reject {
  readonly key: Payload
  readonly value: Payload
  readonly headers: readonly Header[]
}

/**
 * The message as it came, and behind its own headers those that say what is wrong. Where a message brings headers
 * of these names (a reject that was sent again as it was), the last one of each name is the one that counts.
 */
export function rejectOf(refused: RefusedMessage): Reject {
  const { key = null, value, headers = [] } = refused.message
  return { key, value, headers: [...headers, ...reasons(refused)] }
}

/** What is left of a record that Kafka refuses for its size: what is wrong, and where the message lies. */
export function withoutMessage(refused: RefusedMessage): Reject {
  return { key: null, value: null, headers: [...reasons(refused), ['laurel-omitted', 'message']] }
}

function reasons(refused: RefusedMessage): readonly Header[] {
  const { code, message } = refused
  const { meaning, remedy, retry } = FAILURES[code]
  return [
    ['laurel-failure', String(refused.failure)],
    ['laurel-opening', String(refused.opening)],
    ['laurel-state', refused.state],
    ['laurel-code', code],
    ['laurel-meaning', meaning],
    ['laurel-pointer', refused.pointer],
    ['laurel-expected', refused.expected],
    ['laurel-got', refused.got],
    ['laurel-remedy', remedy],
    ['laurel-retry', retry],
    ['laurel-topic', refused.topic],
    ['laurel-partition', String(refused.partition)],
    ['laurel-offset', message.offset],
  ]
}
