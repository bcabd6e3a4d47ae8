import type { Event } from '#domain/event.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import type { Program } from '#domain/program.ts'
import { event, instant, programWith } from './telco.ts'

/** An event of November 2026: `02 09:00 recharge 50`, with metadata as JSON behind. */
export type Line = string

export function eventsOf(lines: readonly Line[]): Event[] {
  return lines.map((line) => {
    const [day, time, type, ...rest] = line.split(' ')
    const metadata = rest.find((each) => each.startsWith('{'))
    const value = rest.find((each) => each !== metadata)
    const local = `2026-11-${day} ${time}`
    return event(type!, local, value === undefined ? undefined : Number(value), JSON.parse(metadata ?? '{}'))
  })
}

/** A program with one mission, `m`, of these settings. */
export function missionProgram(settings: string): Program {
  return programWith(`wallets: [points, coins]\nmissions: [{ id: m, ${settings} }]`)
}

/**
 * What a mission comes to: each outcome as its occurrence and the number of the event that gave it, from 1, or as `-`
 * and the occurrence where the window was missed. Time passes to the end of the year.
 */
export function outcomesOf(settings: string, lines: readonly Line[]): string[] {
  const events = eventsOf(lines)
  const { outcomes } = foldAll(NEW_GAME, events, missionProgram(settings), instant('2026-12-31 00:00'))
  return outcomes.map(({ kind, occurrence, identity, receipt }) => {
    if (kind === 'failed') return `failed: ${receipt.error}`
    if (kind === 'missed') return `-${occurrence}`
    return `${occurrence} #${events.findIndex((each) => each.identity === identity) + 1}`
  })
}
