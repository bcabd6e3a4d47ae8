import { mulberry32, pick } from '../../apps/cli/population/random.ts'

interface Message {
  readonly topic: string
  readonly value: string
}

/**
 * A load with two more kinds of messages among it: reversals of events that have an id (before or after
 * them), and events that link two customers.
 *
 * @param part how many of a hundred messages are followed by one
 */
export function disturbed<M extends Message>(messages: readonly M[], seed: number, part: number): Message[] {
  const random = mulberry32(seed)
  const identified = messages.flatMap(({ topic, value }) => {
    const event = objectOf(value)
    return typeof event?.event_id === 'string' ? [{ topic, event, id: event.event_id }] : []
  })
  const extra = (number: number): Message => {
    const { topic, event, id } = pick(random, identified)
    const { value, amount, ...rest } = event
    if (number % 4 > 0)
      return { topic, value: JSON.stringify({ ...rest, event_id: `undo-${number}`, reverses: id }) }
    const other = pick(random, identified).event.customer_id
    const link = { ...rest, event_id: `link-${number}`, event_type: 'plan_change', customer_ids: [other] }
    return { topic, value: JSON.stringify(link) }
  }
  return messages.flatMap((message, i) => (random() < part / 100 ? [message, extra(i)] : [message]))
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const event: unknown = JSON.parse(text)
    return typeof event === 'object' && event !== null && !Array.isArray(event)
      ? (event as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
