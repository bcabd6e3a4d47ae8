import type { Installation, Running } from '../test/support/installation.ts'
import { type Usage, usageOf } from './usage.ts'

/** What works in an installation: Laurel's own processes, and the services. */
export const PARTS = ['bridge', 'worker', 'postgres', 'redis', 'kafka'] as const
export type Part = (typeof PARTS)[number]

export function eachPart<T>(value: (part: Part) => T): Record<Part, T> {
  return Object.fromEntries(PARTS.map((part) => [part, value(part)])) as Record<Part, T>
}

/** What each part has used since it began; of several bridges or workers the sum. */
export function usages(
  { stack }: Installation,
  bridges: readonly Running[],
  workers: readonly Running[],
): Record<Part, Usage> {
  return {
    bridge: sumOf(bridges),
    worker: sumOf(workers),
    postgres: usageOf(stack.postgres.pid!),
    redis: usageOf(stack.redis.pid!),
    kafka: usageOf(stack.kafka.pid!),
  }
}

function sumOf(running: readonly Running[]): Usage {
  return running
    .map(({ pid }) => usageOf(pid))
    .reduce((sum, { cpu, peak }) => ({ cpu: sum.cpu + cpu, peak: sum.peak + peak }), { cpu: 0, peak: 0 })
}
