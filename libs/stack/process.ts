import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** A process of this machine. Its number is given again after it has ended; `born` tells the two apart. */
export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly born: string
}

/** What a file keeps of a process, to know it again. */
export type ProcessIdentity = Pick<ProcessEntry, 'pid' | 'born'>

/** Every live process that this user may see. One that has ended and waits for its parent is not live. */
export function processTable(): ProcessEntry[] {
  return process.platform === 'linux' ? linuxTable() : psTable()
}

/** Null when no such process lives. */
export function identify(pid: number): ProcessIdentity | null {
  const entry = processTable().find((candidate) => candidate.pid === pid)
  return entry ? { pid, born: entry.born } : null
}

export function isAlive({ pid, born }: ProcessIdentity): boolean {
  return processTable().some((entry) => entry.pid === pid && entry.born === born)
}

/** Sends a signal. No error: a process that has ended, or one of another user, which is not ours to end. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}

// A Linux image without `ps` is common, so there the table is read from where `ps` would read it.
function linuxTable(): ProcessEntry[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    let stat: string
    try {
      stat = readFileSync(`/proc/${name}/stat`, 'utf8')
    } catch {
      return [] // ended since the directory was read
    }
    // The second field is the command in brackets and may hold anything, brackets and spaces included.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return []
    return [
      { pid: Number(name), parent: Number(fields[1]), group: Number(fields[2]), born: fields[19] ?? '' },
    ]
  })
}

function psTable(): ProcessEntry[] {
  const output = execFileSync('/bin/ps', ['-A', '-o', 'pid=,ppid=,pgid=,stat=,lstart='], {
    encoding: 'utf8',
    env: { LC_ALL: 'C', TZ: 'UTC' },
  })
  return output.split('\n').flatMap((line) => {
    const fields = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line)
    if (!fields?.[5] || fields[4]?.startsWith('Z')) return []
    return [{ pid: Number(fields[1]), parent: Number(fields[2]), group: Number(fields[3]), born: fields[5] }]
  })
}
