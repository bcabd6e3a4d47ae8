import type { Event } from './event.ts'

const UNIT = 10_000n

export interface Score {
  readonly value: number
  readonly band: string
}

/** The scores as of a local day; what lies on later days does not count. */
export function scores(events: readonly Event[], today: number): Record<string, Score> {
  const past = events.filter((event) => event.day <= today)
  const recharges = past.filter((event) => event.type === 'recharge')
  const recent = recharges.filter((event) => event.day > today - 90)
  const lastDay = recharges.reduce((latest, event) => Math.max(latest, event.day), Number.NEGATIVE_INFINITY)
  const activeDays = new Set(past.filter((event) => event.day > today - 30).map((event) => event.day)).size
  return {
    recency: recency(today - lastDay),
    frequency: frequency(recent.length),
    monetary: monetary(recent.reduce((sum, event) => sum + event.value, 0n)),
    engagement: engagement(activeDays),
  }
}

function recency(days: number): Score {
  if (days <= 3) return { value: 5, band: 'active' }
  if (days <= 7) return { value: 4, band: 'recent' }
  if (days <= 14) return { value: 3, band: 'cooling' }
  if (days <= 30) return { value: 2, band: 'lapsing' }
  if (days < Number.POSITIVE_INFINITY) return { value: 1, band: 'lapsed' }
  return { value: 0, band: 'never' }
}

function frequency(recharges: number): Score {
  if (recharges >= 12) return { value: 5, band: 'very-frequent' }
  if (recharges >= 8) return { value: 4, band: 'frequent' }
  if (recharges >= 4) return { value: 3, band: 'regular' }
  if (recharges >= 2) return { value: 2, band: 'occasional' }
  if (recharges >= 1) return { value: 1, band: 'rare' }
  return { value: 0, band: 'none' }
}

function monetary(total: bigint): Score {
  if (total >= 2000n * UNIT) return { value: 5, band: 'premium' }
  if (total >= 1000n * UNIT) return { value: 4, band: 'high' }
  if (total >= 500n * UNIT) return { value: 3, band: 'medium' }
  if (total >= 200n * UNIT) return { value: 2, band: 'low' }
  if (total > 0n) return { value: 1, band: 'minimal' }
  return { value: 0, band: 'none' }
}

function engagement(days: number): Score {
  if (days >= 20) return { value: days, band: 'daily' }
  if (days >= 8) return { value: days, band: 'weekly' }
  if (days >= 1) return { value: days, band: 'occasional' }
  return { value: 0, band: 'dormant' }
}
