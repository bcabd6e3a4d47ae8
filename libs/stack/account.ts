import { execFileSync, spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { LaurelError } from '#domain/error.ts'
import type { Account } from './leash.ts'

const NAMES = ['postgres', '_postgres', 'nobody']

// macOS counts `nobody` from the end, which cannot be given to a child process.
const HIGHEST_ID = 2 ** 31 - 1

/**
 * Whom PostgreSQL runs as, since it refuses to be root: null, this user, unless that is root. Then it is the
 * owner of the data when there is some, else an account that the machine has for such a purpose.
 *
 * @throws LaurelError DEPENDENCY_MISSING when root has no such account
 */
export function postgresAccount(data: string | null): Account | null {
  if (process.getuid?.() !== 0) return null
  if (data) {
    const { uid, gid } = statSync(data)
    if (uid !== 0) return { uid, gid }
  }
  for (const name of NAMES) {
    const account = { uid: lookUp('-u', name), gid: lookUp('-g', name) }
    if (isUsable(account.uid) && isUsable(account.gid)) return account
  }
  throw new LaurelError(
    'DEPENDENCY_MISSING',
    `PostgreSQL does not run as root, and this machine has no account named ${NAMES.join(', ')}. Start Laurel as another user, create one of them, or set DATABASE_URL.`,
  )
}

function isUsable(id: number): boolean {
  return id > 0 && id <= HIGHEST_ID
}

// `id` and not /etc/passwd, which on macOS, and where there is a directory service, holds a part of them.
function lookUp(what: '-u' | '-g', name: string): number {
  try {
    return Number(execFileSync('id', [what, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  } catch {
    return -1
  }
}

/** Whether an account may pass through a directory and write in it. */
export function canUse(account: Account, directory: string): boolean {
  return (
    spawnSync('/bin/sh', ['-c', 'cd "$1" && test -w .', 'sh', directory], { cwd: '/', ...account }).status ===
    0
  )
}
