import { Zone } from '#domain/zone.ts'
import { BROKEN } from './population/broken.ts'
import {
  type Activity,
  type Customer,
  type EventType,
  HOME,
  type SampleMessage,
  type Source,
  write,
} from './population/message.ts'
import { mulberry32, pick, type Random, shuffle, uuid, weighted } from './population/random.ts'

// A made-up prepaid population: for the sample traffic of `npm start` and for the loads of tests. The seed
// and the time are arguments, so that the same ones give the same events.

export interface Population {
  /** What some customer does at this moment; 2 % of the messages are bad. */
  next(now: Date): SampleMessage
  /** Events a second that such a population makes at this hour of its day: 5 at night to 15 in the evening. */
  rate(now: Date): number
}

export interface PopulationOptions {
  /** May be the same at every start: the ids of events are made of the time as well. */
  readonly seed: number
  readonly customers: number
  /** The zone whose clock producers of naive timestamps have: UTC by default. */
  readonly zone?: string
}

export interface LoadOptions extends PopulationOptions {
  /** How many messages in all, the bad and the duplicate ones included. */
  readonly events: number
  /** The period the events lie in, the end not included. */
  readonly from: Date
  readonly to: Date
  /** The fraction of messages that are bad, 0 to 1. */
  readonly bad: number
  /** The fraction of messages that are an earlier message with an event id, byte for byte. */
  readonly duplicates: number
}

const HOUR = 3_600_000
/** Always the most active of all, so that somebody's numbers move while one looks. */
const FAVOURITE = 42
const ZIPF_EXPONENT = 0.8
const LIVE_BAD = 0.02
const LATE = 0.05

/** How lively each local hour is, from midnight on; 1 is the liveliest. */
export const HOURS = [
  0.45, 0.38, 0.35, 0.34, 0.34, 0.4, 0.5, 0.58, 0.66, 0.74, 0.8, 0.82, 0.84, 0.8, 0.74, 0.72, 0.74, 0.8, 0.88,
  0.96, 1, 0.98, 0.86, 0.62,
]

const RECHARGE_HABITS = [
  [9, 20, 20, 29, 50],
  [20, 50, 50, 100, 100, 149.5],
  [50, 100, 200, 200, 500],
  [200, 500, 500, 999.99, 1000],
]

const TYPES: readonly (readonly [EventType, number])[] = [
  ['data_usage', 0.41],
  ['app_login', 0.26],
  ['recharge', 0.23],
  ['bill_payment', 0.05],
  ['kyc_update', 0.02],
  ['plan_change', 0.03],
]

export const SOURCES: Record<EventType, readonly (readonly [Source, number])[]> = {
  recharge: [
    ['in', 0.5],
    ['billing', 0.3],
    ['kafka', 0.12],
    ['dwh', 0.08],
  ],
  data_usage: [
    ['in', 0.8],
    ['dwh', 0.2],
  ],
  app_login: [['app', 1]],
  kyc_update: [
    ['crm', 0.9],
    ['dwh', 0.1],
  ],
  bill_payment: [['billing', 1]],
  plan_change: [
    ['crm', 0.7],
    ['kafka', 0.3],
  ],
}

/** Customers of a prepaid operator, some far more active than others, doing what they do now. */
export function population(options: PopulationOptions): Population {
  const random = mulberry32(options.seed)
  const drawCustomer = community(options)
  const zone = new Zone(options.zone ?? 'UTC')
  return {
    next(now) {
      const customer = drawCustomer(random)
      const at = now.getTime() - Math.floor(random() * 1500)
      if (random() < LIVE_BAD) return pick(random, BROKEN).write(customer, at)
      return write(act(random, customer, at, 0), zone)
    },
    rate: (now) => 15 * liveliness(now.getTime()),
  }
}

/** One message of every bad kind, with a label that says what is wrong with it. */
export function brokenEvents(now: Date): (SampleMessage & { readonly label: string })[] {
  const customer = customerNumber(FAVOURITE)
  return BROKEN.map(({ label, write }) => ({ label, ...write(customer, now.getTime()) }))
}

/**
 * A period's events in the order they arrive: nearly that of time, one in twenty up to a day late. Most
 * carry an event id, and no id stands for two contents.
 */
export function* load(options: LoadOptions): Generator<SampleMessage> {
  const random = mulberry32(options.seed)
  const drawCustomer = community(options)
  const zone = new Zone(options.zone ?? 'UTC')
  const repeatable: SampleMessage[] = []
  for (const at of arrivals(random, options)) {
    const kind = random()
    if (kind < options.bad) {
      yield pick(random, BROKEN).write(drawCustomer(random), at)
    } else if (kind < options.bad + options.duplicates && repeatable.length > 0) {
      yield pick(random, repeatable)
    } else {
      const activity = act(random, drawCustomer(random), at, 0.9)
      const message = write(activity, zone)
      if (activity.eventId !== undefined) repeatable.push(message)
      yield message
    }
  }
}

/** The times at which events happened, in the order in which they arrive. */
function arrivals(random: Random, { events, from, to }: LoadOptions): number[] {
  const length = to.getTime() - from.getTime()
  if (!(length > 0)) throw new RangeError('a load needs a `from` before its `to`')
  const times: { at: number; arrival: number }[] = []
  while (times.length < events) {
    const at = from.getTime() + Math.floor(random() * length)
    if (random() >= liveliness(at)) continue
    times.push({ at, arrival: random() < LATE ? at + random() * 24 * HOUR : at })
  }
  return times.sort((a, b) => a.arrival - b.arrival).map(({ at }) => at)
}

function liveliness(at: number): number {
  const hour = Math.floor((at + HOME.offset(at)) / HOUR) % 24
  return HOURS[hour]!
}

/** Draws customers by Zipf's law: the n-th most active is 1 / n^0.8 as active as the first. */
function community({ seed, customers }: PopulationOptions): (random: Random) => Customer {
  const numbers = Array.from({ length: customers }, (_, index) => index + 1)
  shuffle(mulberry32(seed), numbers)
  const favourite = numbers.indexOf(FAVOURITE)
  if (favourite >= 0) numbers[favourite] = numbers[0]!
  numbers[0] = FAVOURITE
  const everyone = numbers.map(customerNumber)
  let sum = 0
  const upTo = everyone.map((_, index) => {
    sum += 1 / (index + 1) ** ZIPF_EXPONENT
    return sum
  })
  return (random) => {
    const wanted = random() * sum
    let low = 0
    let high = upTo.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (upTo[middle]! > wanted) high = middle
      else low = middle + 1
    }
    return everyone[low]!
  }
}

/** The same person at every start: an MSISDN made of the number, or for one in 25 a UUID. */
export function customerNumber(number: number): Customer {
  const random = mulberry32(number)
  return {
    id: number % 25 === 0 ? uuid(random) : `+88017${String(number).padStart(8, '0')}`,
    recharges: pick(random, RECHARGE_HABITS),
  }
}

/** @param identified how likely an event carries an id where its source does not always write one */
function act(random: Random, customer: Customer, at: number, identified: number): Activity {
  const type = weighted(random, TYPES)
  const source = weighted(random, SOURCES[type])
  const carriesId = source === 'app' || source === 'billing' || random() < identified
  return {
    source,
    type,
    customer,
    at,
    micros: Math.floor(random() * 1000),
    value: drawValue(random, type, customer),
    eventId: carriesId ? uuid(random, at) : undefined,
  }
}

export function drawValue(random: Random, type: EventType, customer: Customer): number | undefined {
  if (type === 'recharge') return pick(random, customer.recharges)
  // MB: a short look at the news, up to an evening of films.
  if (type === 'data_usage') return Math.round(2000 * Math.exp(random() * 4.2)) / 100
  if (type === 'bill_payment') return Math.round(20_000 + random() * 80_000) / 100
  return undefined
}
