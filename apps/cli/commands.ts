import type { Command } from 'commander'

export interface Commands {
  readonly names: readonly string[]
  /** Loads what adds them to `laurel`. */
  readonly load: () => Promise<(program: Command) => void>
}

/** Every command, in the order of the help. Whoever is asked for one loads no other: they bring in half of Laurel. */
export const COMMANDS: readonly Commands[] = [
  { names: ['start', 'reset'], load: async () => (await import('./local.ts')).addLocal },
  { names: ['topics', 'produce'], load: async () => (await import('./traffic.ts')).addTraffic },
  {
    names: ['customer', 'trace', 'leaderboard', 'challenge', 'status'],
    load: async () => (await import('./reads.ts')).addReads,
  },
  { names: ['failures'], load: async () => (await import('./failures.ts')).addFailures },
  { names: ['spend', 'adjust'], load: async () => (await import('./points.ts')).addPoints },
  { names: ['program'], load: async () => (await import('./program.ts')).addProgram },
  {
    names: ['audit', 'explain', 'erase', 'retain'],
    load: async () => (await import('./history.ts')).addHistory,
  },
  { names: ['replay'], load: async () => (await import('./replay.ts')).addReplay },
  { names: ['sample'], load: async () => (await import('./sampling.ts')).addSampling },
  {
    names: ['migrate', 'bridge', 'worker', 'api', 'ops'],
    load: async () => (await import('./processes.ts')).addProcesses,
  },
  { names: ['ops-password'], load: async () => (await import('./ops-password.ts')).addOpsPassword },
  { names: ['audit-log'], load: async () => (await import('./audit-log.ts')).addAuditLog },
]
