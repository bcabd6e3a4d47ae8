import { readFileSync } from 'node:fs'
import { type Event, SPEND } from '#domain/event.ts'
import { type Program, parseProgram } from '#domain/program.ts'
import type { Scene } from '#domain/rules/rule.ts'
import { NO_SCORES } from '#domain/score.ts'
import { parseTimestamp } from '#domain/timestamp.ts'
import { EMPTY_WALLET } from '#domain/wallet.ts'

/** The starter program. */
export const TELCO = parseProgram(
  'program.yaml',
  readFileSync(new URL('../../../programs/telco/program.yaml', import.meta.url), 'utf8'),
  'test',
)

/** What its rules see besides an event, where none of them looks at a score. */
export const SCENE: Scene = sceneWith({})

/** A scene with these scores, in the program's zone. */
export function sceneWith(values: Readonly<Record<string, number>>): Scene {
  return {
    zone: TELCO.zone,
    scores: NO_SCORES,
    score: (id) => values[id] ?? 0,
    wallet: () => EMPTY_WALLET,
    walletBefore: () => EMPTY_WALLET,
    state: () => undefined,
    level: () => 0,
    segment: () => false,
    customer: () => ({ subjects: [], bucket: 0 }),
  }
}

/** A small program: all of it but its name and its zone, as YAML. */
export function programWith(lists: string, zone = 'Asia/Dhaka'): Program {
  return parseProgram('program.yaml', `program: test\nzone: ${zone}\n${lists}`, 'test')
}

/** Unix ms of a local time of the starter program's zone, or of one that names its own. */
export function instant(local: string): number {
  const timestamp = parseTimestamp(local, TELCO.zone)
  if (!timestamp) throw new Error(`${local} is no time`)
  return timestamp.instant
}

/** A local day as days since 1970-01-01. */
export function day(date: string): number {
  return Date.parse(date) / 86_400_000
}

/** The identity of the so-many-th event: these sort as their numbers do. */
export function identity(number: number): string {
  return `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`
}

let events = 0

/**
 * An event at a time as `instant` reads it; each has an identity that sorts after those
 * before it.
 *
 * @param value in the event's own unit
 */
export function event(type: string, local: string, value?: number, metadata: object = {}): Event {
  return {
    at: instant(local),
    identity: identity(events++),
    type,
    source: 'kafka',
    value: value === undefined ? null : Math.round(value * 10_000),
    payload: JSON.stringify({ metadata }),
  }
}

/** What somebody decided about the wallet `points`, or about another one that the details name. */
export function decided(type: string, local: string, value: number, details: object = {}): Event {
  return { ...event(type, local, value), payload: JSON.stringify({ wallet: 'points', ...details }) }
}

/** Points at once from recharges, pending ones from fees; both expire. */
export const POINTS = programWith(`wallets: [{ id: points, expiresAfterDays: 10 }, coins]
points:
  - { id: now, on: recharge, amount: event.value, wallet: points }
  - { id: later, on: fee, amount: event.value, wallet: points, availableAfterDays: 3 }
  - { id: kept, on: app_login, amount: '1.0', wallet: coins }
leaderboards:
  - { id: all, wallet: points, period: all }`)

export const recharge = (local: string, value: number) => event('recharge', local, value)
export const fee = (local: string, value: number) => event('fee', local, value)

export const spend = (local: string, value: number) => decided(SPEND, local, value)
