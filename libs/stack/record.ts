import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { LaurelError } from '#domain/error.ts'
import { identify, isAlive, type ProcessIdentity, sendSignal } from './process.ts'

/** Where the services of a stack are found. */
export interface Addresses {
  /** `host:port`, or several with commas between them */
  readonly kafka: string
  readonly redisUrl: string
  readonly databaseUrl: string
}

interface Content extends ProcessIdentity {
  /** Missing until every service is ready. */
  readonly addresses?: Addresses
  /** The embedded services' processes, by name. */
  readonly services: Readonly<Record<string, ProcessIdentity>>
}

const FILE = 'stack.json'

// Longer than a leash gives a service to end after its parent was killed.
const ORPHAN_LIMIT_MS = 15_000

/**
 * The file that says which process runs the stack of a directory, and what it has started. It is there from
 * the first step of a start to the last of a stop, so it is also the lock of that directory.
 */
export class StackRecord {
  readonly #path: string
  #content: Content

  private constructor(path: string, content: Content) {
    this.#path = path
    this.#content = content
  }

  /**
   * Takes the directory for this process, and waits for what a killed one has left to end.
   *
   * @throws LaurelError ALREADY_RUNNING when a live process holds it
   */
  static async claim(directory: string): Promise<StackRecord> {
    const path = join(directory, FILE)
    const content = take(directory, path)
    await endOrphans(content.services)
    return new StackRecord(path, content)
  }

  /** Keeps the process of a service, so that the next start knows it should this process be killed. */
  started(name: string, pid: number): void {
    const identity = identify(pid)
    if (identity) this.#write({ ...this.#content, services: { ...this.#content.services, [name]: identity } })
  }

  /** Lets other processes find the services. */
  publish(addresses: Addresses): void {
    this.#write({ ...this.#content, addresses })
  }

  release(): void {
    rmSync(this.#path, { force: true })
  }

  #write(content: Content): void {
    const draft = `${this.#path}.${randomUUID()}`
    writeFileSync(draft, JSON.stringify(content))
    renameSync(draft, this.#path)
    this.#content = content
  }
}

/** The stack that another process runs with its data in a directory; null when there is none, or not yet. */
export function runningStack(directory: string): (Addresses & { readonly pid: number }) | null {
  const content = read(join(directory, FILE))
  return content?.addresses && isAlive(content) ? { ...content.addresses, pid: content.pid } : null
}

function read(path: string): Content | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Content
  } catch {
    return null
  }
}

function take(directory: string, path: string): Content {
  try {
    mkdirSync(directory, { recursive: true })
    const self = identify(process.pid)
    if (!self) throw new Error('the processes of this machine cannot be listed')
    let services: Content['services'] = {}
    for (;;) {
      const content: Content = { ...self, services }
      if (create(path, content)) return content
      const former = read(path)
      if (former && isAlive(former)) {
        throw new LaurelError(
          'ALREADY_RUNNING',
          `Laurel already runs in ${directory} (process ${former.pid}). Stop that one first (Ctrl-C there, or kill ${former.pid}).`,
        )
      }
      services = { ...services, ...former?.services }
      discard(path)
    }
  } catch (error) {
    if (error instanceof LaurelError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new LaurelError(
      'STACK_UNAVAILABLE',
      `${directory} cannot hold the local stack's data (${reason}). It must belong to the user who starts Laurel.`,
      error,
    )
  }
}

// A link appears whole and only where nothing was, which neither writing nor renaming does.
function create(path: string, content: Content): boolean {
  const draft = `${path}.${randomUUID()}`
  writeFileSync(draft, JSON.stringify(content))
  try {
    return link(draft, path)
  } finally {
    rmSync(draft)
  }
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

// Of several processes that find a dead one's file, one may already have put its own in its place.
function discard(path: string): void {
  const aside = `${path}.${randomUUID()}`
  try {
    renameSync(path, aside)
  } catch {
    return // another process was quicker
  }
  const content = read(aside)
  if (content && isAlive(content)) link(aside, path)
  rmSync(aside)
}

async function endOrphans(services: Content['services']): Promise<void> {
  const deadline = Date.now() + ORPHAN_LIMIT_MS
  const alive = () => Object.values(services).filter(isAlive)
  while (alive().length > 0 && Date.now() < deadline) await delay(100)
  for (const { pid } of alive()) sendSignal(pid, 'SIGKILL')
}
