import { type Customer, iso, type SampleMessage } from './message.ts'

/** A way in which producers get it wrong, as they do. */
interface Broken {
  readonly label: string
  readonly write: (customer: Customer, at: number) => SampleMessage
}

export const BROKEN: readonly Broken[] = [
  {
    label: 'NaN as Python writes it, which is not JSON',
    write: (customer, at) => ({
      topic: 'cdr-events',
      value: `{"source_name": "in", "customer_id": "${customer.id}", "event_type": "data", "timestamp": "${iso(at)}", "value": NaN}`,
    }),
  },
  {
    label: 'JSON that breaks off half way',
    write: (customer, at) => ({
      topic: 'billing-events',
      value: `{"event_type":"top_up","customer_id":"${customer.id}","timestamp":"${iso(at)}","amo`,
    }),
  },
  {
    label: 'no customer_id',
    write: (_customer, at) => ({
      topic: 'crm-events',
      value: JSON.stringify({ source: 'crm', event_type: 'kyc', timestamp: iso(at) }),
    }),
  },
  {
    label: 'customer_id as a number',
    write: (customer, at) => ({
      topic: 'app-events',
      value: JSON.stringify({
        source: 'app',
        event_type: 'login',
        customer_id: Number(customer.id.replace(/\D/g, '').slice(0, 13)),
        timestamp: iso(at),
      }),
    }),
  },
  {
    label: 'a timestamp that is not ISO 8601',
    write: (customer, at) => ({
      topic: 'billing-events',
      value: JSON.stringify({
        event_type: 'top_up',
        customer_id: customer.id,
        timestamp: `${iso(at).slice(8, 10)}/${iso(at).slice(5, 7)}/${iso(at).slice(0, 4)} 09:00`,
        amount: 50,
      }),
    }),
  },
  {
    label: 'a timestamp in the year 2099',
    write: (customer) => ({
      topic: 'customer-events',
      value: JSON.stringify({
        source: 'dwh',
        customer_id: customer.id,
        event_type: 'data_usage',
        timestamp: '2099-01-01T00:00:00+06:00',
        value: 12.5,
      }),
    }),
  },
  {
    label: 'a negative recharge',
    write: (customer, at) => ({
      topic: 'billing-events',
      value: JSON.stringify({
        event_type: 'top_up',
        customer_id: customer.id,
        timestamp: iso(at),
        amount: -50,
      }),
    }),
  },
]
