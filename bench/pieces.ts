import { BUCKET } from '#domain/bucket.ts'
import { Conditions } from '#domain/condition.ts'
import { SCALE } from '#domain/decimal.ts'
import type { Event } from '#domain/event.ts'
import { foldAll, type GameState, NEW_GAME } from '#domain/fold.ts'
import { parseEvent } from '#domain/json.ts'
import type { Batch } from '#domain/message.ts'
import { normalize } from '#domain/normalization.ts'
import { type Program, parseProgram } from '#domain/program.ts'
import { extend } from '#domain/refold.ts'
import { Present } from '#domain/scene.ts'
import { addEvents, NO_SCORES, type ScoreState } from '#domain/score.ts'
import type { Sources } from '#domain/source.ts'
import { type Delivery, deliveriesOf, type Prepared, prepare } from '#pipeline/delivery.ts'
import { fingerprintOf, identityOf } from '#pipeline/identity.ts'
import { loadProgram } from '#runtime/program.ts'
import { column, END } from '#store/column.ts'
import type { Sql } from '#store/database.ts'
import type { LoadEvent } from './load.ts'
import { type Piece, piece } from './piece.ts'
import { TOPIC } from './pipeline.ts'
import { PROGRAMS } from './program.ts'

/** Values of a column that are sent together, as many as events of a batch. */
const COLUMN = 500
/** Events of a history at most: what folding it leaves must not fill the room for what is new. */
const HISTORY = 64
const CONDITION = 'event.value >= 10.0'
const AMOUNT = 'floor(event.value / 10.0)'

/** The same events at every step of their way, as the pieces take them. */
export interface Material {
  readonly load: readonly LoadEvent[]
  readonly program: Program
  readonly sources: Sources
  readonly deliveries: readonly Delivery[]
  readonly prepared: readonly Accepted[]
  /** The events of each customer, in order, and the game that all but the last come to. */
  readonly histories: readonly History[]
  /** Their score states, and an event that is still to be added. */
  readonly buckets: readonly { readonly state: ScoreState; readonly event: Event }[]
}

type Accepted = Extract<Prepared, { identity: string }>

interface History {
  readonly events: readonly Event[]
  readonly before: GameState
}

/** @throws Error where an event of the load is refused: none of them is bad */
export function materialOf(load: readonly LoadEvent[], arrival: number): Material {
  const { text, sources } = loadProgram(PROGRAMS.starter)
  const program = parseProgram('program.yaml', text, 'bench')
  const batch: Batch = {
    key: 'bench',
    cluster: 'bench',
    topic: TOPIC,
    partition: 0,
    messages: load.map(({ text: value }, offset) => ({ offset: String(offset), timestamp: arrival, value })),
  }
  const deliveries = deliveriesOf(batch, sources)
  const prepared = deliveries.map((delivery): Accepted => {
    const each = prepare(delivery, sources)
    if ('rejection' in each) throw new Error(`refused: ${JSON.stringify(each.rejection)}`)
    return each
  })
  const byCustomer = new Map<string, Event[]>()
  for (const each of prepared) {
    const own = byCustomer.get(each.normal.subject.value)
    if (own) own.push(eventOf(each))
    else byCustomer.set(each.normal.subject.value, [eventOf(each)])
  }
  const events = [...byCustomer.values()].map((own) => own.slice(0, HISTORY))
  return {
    load,
    program,
    sources,
    deliveries,
    prepared,
    histories: events.map((own) => ({
      events: own,
      before: foldAll(NEW_GAME, own.slice(0, -1), program).state,
    })),
    buckets: events.map((own) => ({
      state: addEvents(NO_SCORES, own.slice(0, -1), program.scores, program.zone),
      event: own.at(-1)!,
    })),
  }
}

function eventOf({ normal: { type, source, at, value }, identity, text }: Accepted): Event {
  return { identity, at, type, source, value, payload: text }
}

/** Everything pure that an event goes through. An operation is one event, unless its name says otherwise. */
export function piecesOf(material: Material, sql: Sql): readonly Piece[] {
  const { load, program, sources, deliveries, prepared, histories, buckets } = material
  const conditions = new Conditions({ scores: program.scores.map(({ id }) => id), wallets: program.wallets })
  const holds = conditions.compile(CONDITION, 'bool')
  const amount = conditions.compile(AMOUNT, 'double')
  const scene = new Present(program, 0, NO_SCORES, NEW_GAME)
  const recharges = prepared.filter(({ normal }) => normal.type === 'recharge').map(eventOf)
  const states = histories.map(({ before }) => before)
  const texts = states.map((state) => JSON.stringify(state))
  const payloads = load.slice(0, COLUMN).map(({ text }) => text)
  return [
    piece('decode', prepared, ({ text }) => parseEvent(text)),
    piece(
      'normalize',
      prepared.map(({ text, delivery }) => ({ text, object: parseEvent(text), origin: delivery.origin })),
      ({ object, text, origin }) => normalize(object, text, origin, sources),
    ),
    piece('identity by event id', prepared, ({ normal }) => identityOf(normal.source, normal.claim)),
    piece('identity by content', prepared, ({ normal, text }) =>
      identityOf(normal.source, { kind: 'content', id: text }),
    ),
    piece('identity by coordinates', deliveries, ({ origin }) => identityOf('', origin.fallback())),
    piece('prepare (from text to event)', deliveries, (delivery) => {
      const each = prepare(delivery, sources) as Accepted
      return [each, fingerprintOf(each.normal.fingerprint)]
    }),
    piece(`condition ${CONDITION}`, recharges, (event) => holds(event, scene)),
    piece(`amount ${AMOUNT}`, recharges, (event) => amount(event, scene)),
    piece(
      'fold a history',
      histories,
      ({ events }) => foldAll(NEW_GAME, events, program),
      ({ events }) => events.length,
    ),
    piece('extend a game', histories, ({ before, events }) => extend(before, [events.at(-1)!], program)),
    piece('add to score buckets', buckets, ({ state, event }) =>
      addEvents(state, [event], program.scores, program.zone),
    ),
    piece('encode a game', states, (state) => JSON.stringify(state)),
    piece('decode a game', texts, (text) => JSON.parse(text)),
    piece(
      'encode a value of a column',
      [payloads],
      (values) => column(sql, 'text', values),
      (values) => values.length,
    ),
  ]
}

/** What is wrong with the results of the pieces, in words. */
export function faultsOf(material: Material, sql: Sql): readonly string[] {
  const { load, program, deliveries, prepared, histories, buckets } = material
  const conditions = new Conditions({ scores: program.scores.map(({ id }) => id), wallets: program.wallets })
  const holds = conditions.compile(CONDITION, 'bool')
  const amount = conditions.compile(AMOUNT, 'double')
  const scene = new Present(program, 0, NO_SCORES, NEW_GAME)
  const unlike = (name: string, wrong: number) => (wrong === 0 ? '' : `${name}: ${wrong} wrong`)
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
  const distinct = (keys: readonly string[]) => keys.length - new Set(keys).size
  const meant = (text: string) => JSON.parse(text) as { customer_id: string; value?: number }
  return [
    unlike(
      'normalize',
      prepared.filter(({ normal }, index) => {
        const { at, text } = load[index]!
        const { customer_id, value } = meant(text)
        const exact = value === undefined ? null : Math.round(value * SCALE)
        return normal.at !== at || normal.subject.value !== customer_id || normal.value !== exact
      }).length,
    ),
    unlike('identity by event id', distinct(prepared.map(({ identity }) => identity))),
    unlike(
      'identity by content',
      distinct(load.map(({ text }) => identityOf('in', { kind: 'content', id: text }))),
    ),
    unlike(
      'identity by coordinates',
      distinct(deliveries.map(({ origin }) => identityOf('', origin.fallback()))),
    ),
    unlike('fingerprint', distinct(prepared.map(({ normal }) => fingerprintOf(normal.fingerprint)))),
    unlike(
      'conditions',
      prepared.map(eventOf).filter((event) => {
        const value = (event.value ?? 0) / SCALE
        return holds(event, scene) !== value >= 10 || amount(event, scene) !== Math.floor(value / 10)
      }).length,
    ),
    unlike(
      'fold in portions',
      histories.filter(({ events, before }) => {
        const whole = foldAll(NEW_GAME, events, program).state
        return !same(extend(before, [events.at(-1)!], program).state, whole) || whole.events !== events.length
      }).length,
    ),
    unlike(
      'score buckets',
      histories.filter(({ events }, index) => {
        const { state, event } = buckets[index]!
        const { activity } = addEvents(state, [event], program.scores, program.zone)
        const counts = activity.filter((_, i) => i % BUCKET === 1)
        return counts.reduce((sum, count) => sum + count, 0) !== events.length
      }).length,
    ),
    unlike(
      'games as JSON',
      histories.filter(({ before }) => !same(JSON.parse(JSON.stringify(before)), before)).length,
    ),
    unlike('column', columnFaults(load.map(({ text }) => text).slice(0, COLUMN), sql)),
  ].filter((fault) => fault !== '')
}

/** What a column sends is its values, each with its end; the driver keeps it as the statement's parameter. */
function columnFaults(values: readonly string[], sql: Sql): number {
  const { args } = column(sql, 'text', values) as unknown as { args: readonly unknown[] }
  const sent = String(args[0]).split(END)
  return (
    values.filter((value, index) => sent[index] !== value).length + Math.abs(sent.length - 1 - values.length)
  )
}
