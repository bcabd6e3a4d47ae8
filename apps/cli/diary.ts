import { type Activity, type Customer, HOME, write } from './population/message.ts'
import { mulberry32, pick, type Random, uuid, weighted } from './population/random.ts'
import { customerNumber, drawValue, HOURS, SOURCES } from './population.ts'

// What a made-up population does over months, for trying a program on: the same arguments give the same lines, byte for byte.

export type Tariff = 'prepaid' | 'postpaid'

export interface DiaryOptions {
  readonly seed: number
  readonly customers: number
  readonly days: number
  /** The first day in Dhaka, as days since 1970-01-01. */
  readonly from: number
  readonly tariff: Tariff
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
const MINUTE = 60_000
/** Events a customer makes a day on average, what recharges and bills add left aside. */
const DAILY = 3
/** The n-th most active is 1 / (n + N/50)^0.8 as active as the first would be alone: nobody does a thousand things a day. */
const ZIPF = { exponent: 0.8, flattening: 50 }
const LATECOMERS = 0.15
const CHURNERS = 0.2
const RETURNING = 0.25
/** Those who use the app under an account of its own, which its first login links to the number. */
const ACCOUNTS = 0.2
const RESENT = 0.01
const REVERSED = 0.005
/** Friday and Saturday are the weekend; days since 1970-01-01 modulo 7, of which 0 was a Thursday. */
const WEEKDAYS = [1, 1.25, 1.2, 0.9, 0.92, 0.95, 0.98]
/** Days between recharges: as needed, weekly, monthly. */
const RHYTHMS = [3, 7, 29]
const PLANS = ['basic', 'basic', 'plus', 'gold']
const HOURS_TOTAL = HOURS.reduce((sum, each) => sum + each, 0)

interface Person {
  readonly customer: Customer
  readonly random: Random
  /** Events a day. */
  readonly rate: number
  readonly account: string | undefined
  /** How likely a day has a login. */
  readonly loyalty: number
  readonly rhythm: number
  /** The first day of those who were not there before; null for everybody else. */
  readonly joined: number | null
  /** The days on which this person is there, the first included and the last not. */
  readonly stays: readonly (readonly [from: number, until: number])[]
  /** The day of the month on which a bill comes, and how likely one is paid late. */
  readonly billing: { readonly day: number; readonly careless: number }
  nextRecharge: number
}

/** A line and when it was sent. */
interface Sent {
  readonly at: number
  readonly line: string
}

/**
 * The events of a population as its systems send them, one JSON a line, in the order in which they are sent: the data
 * warehouse sends in the night after, one event in a hundred is sent twice, and some recharges are reversed. Each
 * names its source and the offset of its clock, and has an id, so that a line means the same wherever it is read.
 */
export function* diary(options: DiaryOptions): Generator<string> {
  const people = everyone(options)
  let waiting: Sent[] = []
  for (let day = options.from; day < options.from + options.days; day++) {
    for (const person of people) live(person, day, options.tariff, waiting)
    const end = HOME.start(day + 1)
    waiting.sort((a, b) => a.at - b.at)
    const sent = waiting.findIndex(({ at }) => at >= end)
    const due = sent === -1 ? waiting : waiting.slice(0, sent)
    waiting = sent === -1 ? [] : waiting.slice(sent)
    for (const { line } of due) yield line
  }
}

function everyone({ seed, customers, days, from }: DiaryOptions): Person[] {
  const flattening = customers / ZIPF.flattening
  const weight = (rank: number) => 1 / (rank + flattening) ** ZIPF.exponent
  const ranks = Array.from({ length: customers }, (_, i) => i + 1)
  const scale = (DAILY * customers) / ranks.reduce((sum, rank) => sum + weight(rank), 0)
  return ranks.map((number): Person => {
    const random = mulberry32(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number, 0x85ebca6b))
    const stays = staysOf(random, from, days)
    const rhythm = pick(random, RHYTHMS)
    return {
      customer: customerNumber(number),
      random,
      rate: scale * weight(number),
      account: random() < ACCOUNTS ? uuid(random) : undefined,
      loyalty: random() ** 2,
      rhythm,
      stays,
      joined: stays[0]![0] > from ? stays[0]![0] : null,
      billing: { day: 1 + Math.floor(random() * 28), careless: random() ** 3 },
      nextRecharge: stays[0]![0] + Math.floor(random() * rhythm),
    }
  })
}

function staysOf(random: Random, from: number, days: number): Person['stays'] {
  const first = random() < LATECOMERS ? from + Math.floor(random() * days) : from
  if (random() >= CHURNERS) return [[first, Number.POSITIVE_INFINITY]]
  const last = first + 1 + Math.floor(random() * days)
  if (random() >= RETURNING) return [[first, last]]
  return [
    [first, last],
    [last + 14 + Math.floor(random() * 31), Number.POSITIVE_INFINITY],
  ]
}

/** What one person does on one day. */
function live(person: Person, day: number, tariff: Tariff, sent: Sent[]): void {
  if (!person.stays.some(([from, until]) => day >= from && day < until)) return
  const { random } = person
  if (random() < (day === person.joined ? 0.7 : 0.003)) tell(person, day, 'kyc_update', {}, sent)
  if (random() < person.loyalty) tell(person, day, 'app_login', accountOf(person), sent)
  const times = poisson(random, person.rate * WEEKDAYS[((day % 7) + 7) % 7]!)
  for (let i = 0; i < times; i++) {
    const type = random() < 0.8 ? 'data_usage' : random() < 0.95 ? 'app_login' : 'plan_change'
    tell(person, day, type, particularsOf(person, type), sent)
  }
  if (tariff === 'postpaid') bill(person, day, sent)
  else if (day >= person.nextRecharge) {
    person.nextRecharge = day + Math.max(1, Math.round(person.rhythm * (0.7 + random() * 0.6)))
    tell(person, day, 'recharge', {}, sent)
  }
}

function particularsOf(person: Person, type: Activity['type']): Partial<Activity> {
  if (type === 'app_login') return accountOf(person)
  return type === 'plan_change' ? { details: { metadata: { plan: pick(person.random, PLANS) } } } : {}
}

/** Some have an account in the app, whose events name the number with it. */
function accountOf({ account, customer }: Person): Partial<Activity> {
  if (account === undefined) return {}
  return { customer: { ...customer, id: account }, details: { customer_ids: [customer.id] } }
}

/** A bill comes once a month, and is paid before it is due, or some days late, or not at all. */
function bill(person: Person, day: number, sent: Sent[]): void {
  const { random, billing } = person
  const date = new Date(day * DAY)
  if (date.getUTCDate() !== billing.day) return
  const month = date.toISOString().slice(0, 7)
  const due = new Date((day + 14) * DAY).toISOString().slice(0, 10)
  const value = drawValue(random, 'bill_payment', person.customer)
  tell(
    person,
    day,
    'bill_issued',
    { source: 'billing', value, details: { metadata: { bill: month, due } } },
    sent,
  )
  if (random() < billing.careless * 0.3) return
  const isLate = random() < billing.careless
  const paid = day + (isLate ? 15 + Math.floor(random() * 20) : 1 + Math.floor(random() * 13))
  const metadata = { bill: month, due, days_late: Math.max(0, paid - day - 14) }
  tell(person, paid, 'bill_paid', { source: 'billing', value, details: { metadata } }, sent)
}

/** Sends an event of a day, at an hour as lively as people are. */
function tell(
  person: Person,
  day: number,
  type: Activity['type'],
  particulars: Partial<Activity>,
  sent: Sent[],
): void {
  const { random, customer } = person
  const at = HOME.start(day) + timeOfDay(random)
  const known = type === 'bill_issued' || type === 'bill_paid' ? undefined : type
  const activity: Activity = {
    source: known ? weighted(random, SOURCES[known]) : 'billing',
    type,
    customer,
    at,
    micros: 1 + Math.floor(random() * 999),
    value: known && drawValue(random, known, customer),
    eventId: uuid(random, at),
    ...particulars,
  }
  const { value: line } = write(activity, null)
  // What the data warehouse knows, it tells between two and four in the night.
  const when =
    activity.source === 'dwh' ? HOME.start(day + 1) + 2 * HOUR + random() * 2 * HOUR : at + random() * 2_000
  sent.push({ at: when, line })
  if (random() < RESENT) sent.push({ at: when + MINUTE * (1 + random() * 30), line })
  if (type === 'recharge' && random() < REVERSED) {
    const later = at + MINUTE * (10 + random() * 120)
    const reversal = {
      ...activity,
      at: later,
      eventId: uuid(random, later),
      details: { reverses: activity.eventId },
    }
    sent.push({ at: later, line: write(reversal, null).value })
  }
}

/** Ms since midnight: the hours by how lively they are, the time within one anywhere. */
function timeOfDay(random: Random): number {
  let rest = random() * HOURS_TOTAL
  const hour = HOURS.findIndex((liveliness) => {
    rest -= liveliness
    return rest < 0
  })
  return Math.floor((Math.max(0, hour) + random()) * HOUR)
}

/** How often something happens that happens `mean` times on average. */
function poisson(random: Random, mean: number): number {
  const limit = Math.exp(-mean)
  let times = 0
  for (let product = random(); product > limit; product *= random()) times++
  return times
}
