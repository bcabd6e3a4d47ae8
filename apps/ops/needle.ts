import type { Selection } from '#pipeline/selection.ts'

/** `billing-events/2/1200`, as Laurel writes it, or with spaces, as people do. */
const PLACE = /^([\w.-]{1,249})[\s/:]+(\d{1,9})[\s/:]+(\d{1,15})$/
/** A number as the page lists it, or the job that it has in failed-events. */
const NUMBER = /^(?:#|failure[\s-])(\d{1,15})(?:-\d+)?$/i
const LONGEST = 1_000

/** What somebody types into the one field: all that it can mean, the likeliest and the cheapest to look for first. */
export function meaningsOf(written: string): readonly Selection[] {
  const text = written.replaceAll('\0', '').trim().slice(0, LONGEST).toWellFormed()
  if (text === '') return []
  const [, topic, partition, offset] = PLACE.exec(text) ?? []
  if (topic !== undefined) return [{ topic, partition: Number(partition), offset: Number(offset) }]
  const [, number] = NUMBER.exec(text) ?? []
  if (number !== undefined) return [{ ids: [Number(number)] }]
  return [{ customer: text }, { event: text }]
}
