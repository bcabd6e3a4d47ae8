import { weekEndOf, weekOf } from './calendar.ts'
import type { Event } from './event.ts'

// The starter program's points, badges and missions, each by itself over one customer's events. Where order counts, the events
// come sorted by (time, identity). Amounts are ten-thousandths.

export interface Award {
  readonly amount: bigint
  readonly by: Event
}

export interface Badge {
  readonly rule: string
  readonly level: number
  readonly awardedAt: string
  readonly eventId: string
  readonly next: { readonly level: number; readonly current: number; readonly target: number } | null
}

export interface Mission {
  readonly rule: string
  readonly period: string | null
  readonly endsAt: string | null
  readonly progress: number
  readonly target: number
  readonly completedAt: string | null
  readonly completions: number
  readonly objectives: readonly { readonly progress: number; readonly target: number }[]
}

const UNIT = 10_000n
const DAILY_CAP = 100n * UNIT
const WEEKLY_TARGET = 5120n * UNIT
const WEEKLY_REWARD = 50n * UNIT
const KYC_REWARD = 100n * UNIT
const STREAK_LEVELS = [3, 7, 30]

export function decimal(tenThousandths: bigint): number {
  return Number(tenThousandths) / 10_000
}

function ofType(events: readonly Event[], type: string): Event[] {
  return events.filter((event) => event.type === type)
}

function iso(event: Event): string {
  return new Date(event.at).toISOString()
}

/** One point for every full 10 of a recharge, at most 100 a local day: the part that still fits is given. */
export function rechargePoints(events: readonly Event[]): Award[] {
  const awards: Award[] = []
  const given = new Map<number, bigint>()
  for (const event of ofType(events, 'recharge')) {
    const earned = (event.value / (10n * UNIT)) * UNIT
    const left = DAILY_CAP - (given.get(event.day) ?? 0n)
    const amount = earned < left ? earned : left
    if (amount <= 0n) continue
    given.set(event.day, (given.get(event.day) ?? 0n) + amount)
    awards.push({ amount, by: event })
  }
  return awards
}

export function firstRecharge(events: readonly Event[]): Badge[] {
  const [first] = ofType(events, 'recharge')
  if (!first) return []
  return [{ rule: 'first-recharge', level: 1, awardedAt: iso(first), eventId: first.identity, next: null }]
}

/** One badge for every level that a run of consecutive local days with a login has reached. */
export function loginStreak(events: readonly Event[], today: number): Badge[] {
  const badges: Badge[] = []
  let lastDay = Number.NEGATIVE_INFINITY
  let length = 0
  for (const login of ofType(events, 'app_login')) {
    if (login.day === lastDay) continue
    length = login.day === lastDay + 1 ? length + 1 : 1
    lastDay = login.day
    if (length === STREAK_LEVELS[badges.length]) {
      const level = badges.length + 1
      badges.push({
        rule: 'login-streak',
        level,
        awardedAt: iso(login),
        eventId: login.identity,
        next: null,
      })
    }
  }
  const highest = badges.pop()
  if (!highest) return []
  const target = STREAK_LEVELS[highest.level]
  const current = lastDay >= today - 1 ? length : 0
  const next = target === undefined ? null : { level: highest.level + 1, current, target }
  return [...badges, { ...highest, next }]
}

/** 5,120 MB within an ISO week, every week anew; the week of `today` is the one that is shown. */
export function weeklyData(events: readonly Event[], today: number): { mission: Mission; awards: Award[] } {
  const progress = new Map<string, bigint>()
  const completed = new Map<string, Event>()
  for (const event of ofType(events, 'data_usage')) {
    const week = weekOf(event.day)
    const total = (progress.get(week) ?? 0n) + event.value
    progress.set(week, total)
    if (total >= WEEKLY_TARGET && !completed.has(week)) completed.set(week, event)
  }
  const period = weekOf(today)
  const completing = completed.get(period)
  const objective = { progress: decimal(progress.get(period) ?? 0n), target: decimal(WEEKLY_TARGET) }
  return {
    mission: {
      rule: 'weekly-data',
      period,
      endsAt: weekEndOf(today),
      ...objective,
      completedAt: completing ? iso(completing) : null,
      completions: completed.size,
      objectives: [objective],
    },
    awards: [...completed.values()].map((by) => ({ amount: WEEKLY_REWARD, by })),
  }
}

/** One `kyc_update`, once. */
export function kyc(events: readonly Event[]): { mission: Mission; awards: Award[] } {
  const updates = ofType(events, 'kyc_update')
  const [first] = updates
  return {
    mission: {
      rule: 'kyc',
      period: null,
      endsAt: null,
      progress: updates.length,
      target: 1,
      completedAt: first ? iso(first) : null,
      completions: first ? 1 : 0,
      objectives: [{ progress: updates.length, target: 1 }],
    },
    awards: first ? [{ amount: KYC_REWARD, by: first }] : [],
  }
}
