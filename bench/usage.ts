import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts a process's time in hundredths of a second. */
const TICK_US = 10_000

/** What processes have used since they began. */
export interface Usage {
  /** CPU, user and system, µs. */
  readonly cpu: number
  /** The most that was resident at once, bytes: of several processes the sum. */
  readonly peak: number
}

/**
 * What a process and all below it use, those included that have ended: PostgreSQL has one for each connection.
 *
 * @param pid of a process on this machine, which must be a Linux
 */
export function usageOf(pid: number): Usage {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = statOf(Number(name))
    if (stat) children.set(stat.parent, [...(children.get(stat.parent) ?? []), Number(name)])
  }
  const usage = { cpu: 0, peak: 0 }
  const pending = [pid]
  for (let each = pending.pop(); each !== undefined; each = pending.pop()) {
    const stat = statOf(each)
    if (!stat) continue
    usage.cpu += stat.cpu
    usage.peak += peakOf(each)
    pending.push(...(children.get(each) ?? []))
  }
  return usage
}

function statOf(pid: number): { parent: number; cpu: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name, in parentheses, may hold anything; what follows it is numbers.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [user = 0, system = 0, userEnded = 0, systemEnded = 0] = fields.slice(11, 15)
    return { parent: fields[1]!, cpu: (user + system + userEnded + systemEnded) * TICK_US }
  } catch {
    return undefined
  }
}

function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024
  } catch {
    return 0
  }
}
