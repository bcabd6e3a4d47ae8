import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'

// The shell becomes the command; beside it a subshell waits for the end of the pipe that only the parent
// holds. The pipe ends when the parent closes it or dies, however it dies. The command's number cannot be
// given to another process while the subshell, a member of its process group, lives.
// Standard input is moved to 3 first: a shell gives /dev/null to what it runs in the background.
const SCRIPT = `
signal=$1
shift
exec 3<&0 </dev/null
{
  PATH=/usr/bin:/bin
  read -r _ <&3
  kill -s "$signal" $$ && kill -s CONT $$
  tries=0
  while kill -s 0 $$ && [ $tries -lt 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  kill -s KILL $$
} >/dev/null 2>&1 &
exec "$@" 3<&-
`

export interface LeashOptions {
  readonly environment: NodeJS.ProcessEnv
  readonly directory: string
  /** Whom to run as; only root can say so. */
  readonly account?: Account | null
  /** What ends the command: it has 10 s to obey. */
  readonly stopSignal?: 'TERM' | 'INT'
}

export interface Account {
  readonly uid: number
  readonly gid: number
}

/**
 * Starts a command that ends when this process does, even by SIGKILL, or when `release` is called on it.
 * It has its own session: Ctrl-C in a terminal reaches this process alone.
 *
 * @param command an absolute path
 * @param output where its standard output and error go: a file descriptor, or a pipe
 */
export function leash(
  command: string,
  args: readonly string[],
  output: number | 'pipe',
  { environment, directory, account, stopSignal = 'TERM' }: LeashOptions,
): ChildProcess {
  const stdio: StdioOptions = ['pipe', output, output]
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'leash', stopSignal, command, ...args], {
    cwd: directory,
    env: environment,
    detached: true,
    stdio,
    ...(account ?? {}),
  })
  child.stdin?.on('error', () => {}) // the command may end before the pipe does
  return child
}

/** Asks a leashed command to end, and sees to it that it does. */
export function release(child: ChildProcess): void {
  child.stdin?.destroy()
}

/**
 * Runs a leashed command to its end.
 *
 * @returns its exit code (null: a signal ended it) and all it has written
 * @throws Error when it cannot be started; the reason of `abort` when that ended it
 */
export async function run(
  command: string,
  args: readonly string[],
  options: LeashOptions & { readonly abort?: AbortSignal | undefined },
): Promise<{ code: number | null; output: string }> {
  options.abort?.throwIfAborted()
  const child = leash(command, args, 'pipe', options)
  const end = () => release(child)
  options.abort?.addEventListener('abort', end)
  const chunks: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk))
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    options.abort?.throwIfAborted()
    return { code, output: Buffer.concat(chunks).toString() }
  } finally {
    options.abort?.removeEventListener('abort', end)
  }
}
