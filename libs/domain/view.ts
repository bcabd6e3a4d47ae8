import { SCALE } from './decimal.ts'
import type { Event } from './event.ts'
import type { Scene } from './rules/rule.ts'
import type { Wallet } from './wallet.ts'

// What CEL expressions see. Each view is thin, and works out only what an expression asks for.

/** `event`. */
export class EventView {
  readonly type: string
  readonly source: string
  /** In the event's own unit; 0 where it carries none. */
  readonly value: number
  readonly #payload: string
  #metadata: Record<string, unknown> | undefined

  constructor(event: Event) {
    this.type = event.type
    this.source = event.source
    this.value = (event.value ?? 0) / SCALE
    this.#payload = event.payload
  }

  /** Parsed only when an expression asks (most look at type and value alone), and once, however often it does. */
  get metadata(): Record<string, unknown> {
    this.#metadata ??= (JSON.parse(this.#payload) as { metadata?: Record<string, unknown> }).metadata ?? {}
    return this.#metadata
  }
}

/** One of `wallets`: amounts in points. */
export class WalletView {
  readonly #wallet: Wallet

  constructor(wallet: Wallet) {
    this.#wallet = wallet
  }

  get balance(): number {
    return this.#wallet.balance / SCALE
  }

  get earned(): number {
    return this.#wallet.earned / SCALE
  }

  get spent(): number {
    return this.#wallet.spent / SCALE
  }

  get pending(): number {
    return this.#wallet.pending / SCALE
  }
}

/** A view is made of the scene that it shows. */
export type ViewClass = new (scene: Scene) => object

/** The class of a variable with a field for each id of a program's entries, such as `scores` and `wallets`. */
export function viewOf(ids: readonly string[], look: (scene: Scene, id: string) => unknown): ViewClass {
  return class View {
    readonly #scene: Scene

    constructor(scene: Scene) {
      this.#scene = scene
    }

    static {
      for (const id of new Set(ids)) {
        Object.defineProperty(View.prototype, fieldName(id), {
          get(this: View) {
            return look(this.#scene, id)
          },
        })
      }
    }
  }
}

/** An id as an expression writes it: CEL has no names with a -. */
export function fieldName(id: string): string {
  return id.replaceAll('-', '_')
}
