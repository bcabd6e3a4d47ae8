import { Environment } from '@marcbachmann/cel-js'
import type { Attribute } from './attribute.ts'
import type { Event } from './event.ts'
import type { Names } from './flaw.ts'
import type { Scene } from './rules/rule.ts'
import { EventView, fieldName, type ViewClass, viewOf, WalletView } from './view.ts'

/** The ids of a program's entries that expressions can name. */
export interface Vocabulary {
  readonly scores: readonly string[]
  readonly wallets: readonly string[]
  readonly attributes?: readonly Pick<Attribute, 'id' | 'type' | 'initial'>[]
  readonly segments?: readonly string[] | undefined
  readonly badges?: readonly string[]
  readonly missions?: readonly string[]
  /** The names of each tier's levels, the lowest first. */
  readonly ladders?: ReadonlyMap<string, readonly string[]>
  /** The types of which some names cannot be read: what is not known may be one of those. */
  readonly partial?: ReadonlySet<string>
}

/** The functions that every expression can call, and no variable yet. */
export function bareEnvironment(): Environment {
  return new Environment({ limits: { maxAstNodes: 500, maxDepth: 32 } })
    .registerFunction('floor(double): double', Math.floor)
    .registerFunction('ceil(double): double', Math.ceil)
}

/** Declares `event`. */
export function declareEvent(environment: Environment): Environment {
  return environment
    .registerType('Event', {
      ctor: EventView,
      fields: { type: 'string', source: 'string', value: 'double', metadata: 'map<string, dyn>' },
    })
    .registerVariable('event', 'Event')
}

/** The classes of a program's variables, apart from `event`. */
export class Variables {
  readonly Scores: ViewClass
  readonly Wallets: ViewClass
  readonly Customer: ViewClass
  /** What each type has. */
  readonly names: Names
  readonly #parts: Readonly<Record<'Attributes' | 'Segments' | 'Badges' | 'Missions' | 'Tiers', ViewClass>>

  constructor({
    scores,
    wallets,
    attributes = [],
    segments = [],
    badges = [],
    missions = [],
    ladders = new Map(),
    partial = new Set(),
  }: Vocabulary) {
    const written = (ids: readonly string[]) => ids.map(fieldName)
    this.names = {
      fields: new Map([
        ['Event', ['type', 'source', 'value', 'metadata']],
        ['Customer', [...Object.keys(CUSTOMER), 'segments']],
        ['Scores', written(scores)],
        ['Wallets', written(wallets)],
        ['Wallet', AMOUNTS],
        ['Attributes', written(attributes.map(({ id }) => id))],
        ['Segments', written(segments)],
        ['Badges', written(badges)],
        ['Missions', written(missions)],
        ['Tiers', written([...ladders.keys()])],
      ]),
      partial,
    }
    this.Scores = viewOf(scores, (scene, id) => scene.score(id))
    this.Wallets = viewOf(wallets, (scene, id) => new WalletView(scene.wallet(id)))
    const initial = new Map(attributes.map((each) => [each.id, each.initial]))
    const Attributes = viewOf([...initial.keys()], (scene, id) => scene.state(id) ?? initial.get(id))
    const Segments = viewOf(segments, (scene, id) => scene.segment(id))
    const Badges = viewOf(badges, (scene, id) => BigInt(scene.level(id)))
    const Missions = viewOf(missions, (scene, id) => scene.level(id) > 0)
    const Tiers = viewOf([...ladders.keys()], (scene, id) => ladders.get(id)![scene.level(id) - 1] ?? '')
    this.#parts = { Attributes, Segments, Badges, Missions, Tiers }
    this.Customer = class Customer {
      readonly #scene: Scene

      constructor(scene: Scene) {
        this.#scene = scene
      }

      get attributes() {
        return new Attributes(this.#scene)
      }

      get segments() {
        return new Segments(this.#scene)
      }

      get bucket() {
        return BigInt(this.#scene.customer().bucket)
      }

      get badges() {
        return new Badges(this.#scene)
      }

      get missions() {
        return new Missions(this.#scene)
      }

      get tiers() {
        return new Tiers(this.#scene)
      }
    }
  }

  /**
   * Declares the variables, typed.
   *
   * @param vocabulary without segments, `customer` has no field of that name
   */
  declare(
    environment: Environment,
    {
      scores,
      wallets,
      attributes = [],
      segments,
      badges = [],
      missions = [],
      ladders = new Map(),
    }: Vocabulary,
  ): Environment {
    const { Attributes, Segments, Badges, Missions, Tiers } = this.#parts
    const told = Object.fromEntries(attributes.map(({ id, type }) => [fieldName(id), type]))
    return environment
      .registerType('Scores', { ctor: this.Scores, fields: fields(scores, 'double') })
      .registerType('Wallet', { ctor: WalletView, fields: fields(AMOUNTS, 'double') })
      .registerType('Wallets', { ctor: this.Wallets, fields: fields(wallets, 'Wallet') })
      .registerType('Attributes', { ctor: Attributes, fields: told })
      .registerType('Badges', { ctor: Badges, fields: fields(badges, 'int') })
      .registerType('Missions', { ctor: Missions, fields: fields(missions, 'bool') })
      .registerType('Tiers', { ctor: Tiers, fields: fields([...ladders.keys()], 'string') })
      .registerType('Segments', { ctor: Segments, fields: fields(segments ?? [], 'bool') })
      .registerType('Customer', {
        ctor: this.Customer,
        fields: { ...CUSTOMER, ...(segments && { segments: 'Segments' }) },
      })
      .registerVariable('scores', 'Scores')
      .registerVariable('wallets', 'Wallets')
      .registerVariable('customer', 'Customer')
  }
}

/**
 * What expressions see at an instant. Each variable is made when one of them first asks for it, and is theirs
 * together.
 */
export class Activation {
  readonly scene: Scene
  readonly #variables: Variables
  #shown: Event | undefined
  #event: EventView | undefined
  #scores: object | undefined
  #wallets: object | undefined
  #customer: object | undefined

  constructor(variables: Variables, scene: Scene) {
    this.scene = scene
    this.#variables = variables
  }

  /** The same with an event. */
  showing(event: Event): this {
    if (this.#shown !== event) {
      this.#shown = event
      this.#event = undefined
    }
    return this
  }

  get event(): EventView | undefined {
    if (this.#shown) this.#event ??= new EventView(this.#shown)
    return this.#event
  }

  get scores(): object {
    this.#scores ??= new this.#variables.Scores(this.scene)
    return this.#scores
  }

  get wallets(): object {
    this.#wallets ??= new this.#variables.Wallets(this.scene)
    return this.#wallets
  }

  get customer(): object {
    this.#customer ??= new this.#variables.Customer(this.scene)
    return this.#customer
  }
}

/** What every customer has, with its type. */
const CUSTOMER = {
  attributes: 'Attributes',
  badges: 'Badges',
  missions: 'Missions',
  tiers: 'Tiers',
  bucket: 'int',
} as const
const AMOUNTS = ['balance', 'earned', 'spent', 'pending']

function fields(ids: readonly string[], type: string): Readonly<Record<string, string>> {
  return Object.fromEntries(ids.map((id) => [fieldName(id), type]))
}
