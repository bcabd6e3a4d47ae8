import { mulberry32, pick, type Random, shuffle, uuid, weighted } from '../apps/cli/population/random.ts'

/** An event as a producer writes it, and what an order of arrival is made from. */
export interface LoadEvent {
  readonly customer: number
  /** When it happened, Unix ms. */
  readonly at: number
  /** The message's value. */
  readonly text: string
}

export interface LoadOptions {
  readonly seed: number
  readonly events: number
  readonly customers: number
  /** The period the events lie in, Unix ms, the end not included. */
  readonly from: number
  readonly to: number
  /** The share of all events that one customer has, number 0, who has none otherwise. */
  readonly hot?: number
  /** How events spread over customers: by Zipf's law unless told otherwise. */
  readonly law?: Law
  /** Whether recharges say by which channel they came. */
  readonly channels?: boolean
}

/** `zipf`: the n-th customer is 1 / n^0.8 as active as the first; `uniform`: all are as active. */
export const LAWS = ['zipf', 'uniform'] as const
export type Law = (typeof LAWS)[number]

const DAY = 86_400_000
const PORTION = 20_000
/** Added to a seed. */
const INTRODUCED = 1_000_003
const ZIPF_EXPONENT = 0.8

/** As often as a prepaid operator's customers do them, and who writes them. */
const TYPES: readonly (readonly [Kind, number])[] = [
  [{ source: 'in', type: 'data_usage' }, 0.45],
  [{ source: 'app', type: 'app_login' }, 0.28],
  [{ source: 'billing', type: 'recharge' }, 0.25],
  [{ source: 'crm', type: 'kyc_update' }, 0.02],
]

interface Kind {
  readonly source: string
  readonly type: 'data_usage' | 'app_login' | 'recharge' | 'kyc_update'
}

const CHANNELS = ['app', 'ussd', 'shop', 'partner']
const RECHARGES = [9, 20, 20, 29, 50, 50, 100, 100, 149.5, 200, 500, 999.99]

/**
 * A period's events in the order of time, the same ones for the same options. All have an event id, none is
 * bad, and their timestamps show milliseconds: an order of arrival is then an order of positions.
 */
export function load(options: LoadOptions): readonly LoadEvent[] {
  const { seed, events, customers, from, to, law = 'zipf', channels = false, hot = 0 } = options
  const random = mulberry32(seed)
  const drawCustomer = COMMUNITIES[law](customers)
  return Array.from({ length: events }, () => from + Math.floor(random() * (to - from)))
    .sort((a, b) => a - b)
    .map((at) => {
      const customer = hot > 0 && random() < hot ? 0 : drawCustomer(random)
      return { customer, at, text: write(random, customer, at, channels) }
    })
}

/**
 * One event of each customer before a period, in portions, since all of a million are too many to hold: a login, in
 * an order that has nothing to do with how active they are. Shares no event id with the load of the same seed.
 */
export function* introductions({ seed, customers, from }: LoadOptions): Generator<readonly LoadEvent[]> {
  const random = mulberry32(seed + INTRODUCED)
  const order = Array.from({ length: customers }, (_, index) => index + 1)
  shuffle(random, order)
  for (let begin = 0; begin < customers; begin += PORTION) {
    yield order.slice(begin, begin + PORTION).map((customer, index) => {
      const at = from - DAY + Math.floor(((begin + index) / customers) * DAY)
      return { customer, at, text: textOf(random, customer, at, { source: 'app', type: 'app_login' }) }
    })
  }
}

const COMMUNITIES: Readonly<Record<Law, (customers: number) => (random: Random) => number>> = {
  zipf: uneven,
  uniform: (customers) => (random) => 1 + Math.floor(random() * customers),
}

/** Draws customers by Zipf's law. */
function uneven(customers: number): (random: Random) => number {
  let sum = 0
  const upTo = Array.from({ length: customers }, (_, index) => {
    sum += 1 / (index + 1) ** ZIPF_EXPONENT
    return sum
  })
  return (random) => {
    const wanted = random() * sum
    let low = 0
    let high = customers - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (upTo[middle]! > wanted) high = middle
      else low = middle + 1
    }
    return low + 1
  }
}

function write(random: Random, customer: number, at: number, channels: boolean): string {
  const kind = weighted(random, TYPES)
  const metadata = channels && kind.type === 'recharge' ? { channel: pick(random, CHANNELS) } : undefined
  return textOf(random, customer, at, kind, metadata)
}

function textOf(
  random: Random,
  customer: number,
  at: number,
  { source, type }: Kind,
  metadata?: Readonly<Record<string, string>>,
): string {
  return JSON.stringify({
    event_id: uuid(random, at),
    source,
    customer_id: `+88017${String(customer).padStart(8, '0')}`,
    event_type: type,
    timestamp: new Date(at).toISOString(),
    value: drawValue(random, type),
    metadata,
  })
}

function drawValue(random: Random, type: Kind['type']): number | undefined {
  if (type === 'recharge') return RECHARGES[Math.floor(random() * RECHARGES.length)]
  // MB: a short look at the news, up to an evening of films.
  if (type === 'data_usage') return Math.round(2000 * Math.exp(random() * 4.2)) / 100
  return undefined
}
