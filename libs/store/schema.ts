/**
 * The tables. What is added to them outside of this file's reach (storage parameters) is in drizzle/.
 * No foreign keys between hot tables: every row is written by a stage that has checked what it points to.
 */
import { sql } from 'drizzle-orm'
import {
  bigint,
  bigserial,
  boolean,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import type { OutcomeKind } from '#domain/outcome.ts'

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })
const id = (name: string) => bigint(name, { mode: 'number' })

/** One row for each batch that normalization has recorded; a stage marks it in the transaction of its effects. */
export const batches = pgTable(
  'batches',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    key: text('key').notNull().unique(),
    /** The Kafka topic; `webhook` where none carried it. */
    topic: text('topic').notNull(),
    partition: integer('partition').notNull(),
    firstOffset: id('first_offset').notNull(),
    lastOffset: id('last_offset').notNull(),
    messages: integer('messages').notNull(),
    events: integer('events').notNull(),
    duplicates: integer('duplicates').notNull(),
    failures: integer('failures').notNull(),
    recordedAt: instant('recorded_at').notNull().defaultNow(),
    /** How far its partition had come with it: time does not pass beyond that while more lies behind it. */
    reachedAt: instant('reached_at'),
    /** How many of its events have joined customers. */
    links: integer('links').notNull().default(0),
    scoredAt: instant('scored_at'),
    gamifiedAt: instant('gamified_at'),
    rankedAt: instant('ranked_at'),
  },
  (table) => [
    index('batches_open')
      .on(table.id)
      .where(sql`scored_at is null or gamified_at is null or ranked_at is null`),
    index('batches_offsets').on(table.topic, table.partition, table.firstOffset),
  ],
)

export const subjects = pgTable(
  'subjects',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    kind: text('kind').$type<'uuid' | 'msisdn' | 'other'>().notNull(),
    value: text('value').notNull(),
    /** The customer that it belongs to: the number of that customer's root, which is a subject as well. */
    customerId: id('customer_id').notNull(),
  },
  (table) => [
    unique('subjects_value').on(table.value, table.kind),
    index('subjects_customer').on(table.customerId),
  ],
)

/** What has joined two customers: the batch's stages bring their histories together. */
export const links = pgTable(
  'links',
  {
    batchId: id('batch_id').notNull(),
    subjectId: id('subject_id').notNull(),
    otherId: id('other_id').notNull(),
    /** The event that said so. */
    identity: uuid('identity').notNull(),
  },
  (table) => [primaryKey({ columns: [table.batchId, table.subjectId, table.otherId] })],
)

/** Accepted events. The identity is the primary key: this index is what makes every event count once. */
export const events = pgTable(
  'events',
  {
    identity: uuid('identity').primaryKey(),
    subjectId: id('subject_id').notNull(),
    batchId: id('batch_id').notNull(),
    at: instant('at').notNull(),
    value: id('value'),
    /** Kafka's offset, or the place in the request. */
    offset: id('offset').notNull(),
    arrivedAt: instant('arrived_at').notNull(),
    fingerprint: uuid('fingerprint').notNull(),
    source: text('source').notNull(),
    type: text('type').notNull(),
    identityKind: text('identity_kind').notNull(),
    flags: text('flags'),
    /** The identity of the event that never happened by this one's word, whether or not it has come. */
    reverses: uuid('reverses'),
    /** The JSON as it came; empty once it was erased. */
    payload: text('payload').notNull(),
  },
  (table) => [
    index('events_subject').on(table.subjectId, table.at),
    index('events_batch').on(table.batchId),
    index('events_reverses').on(table.reverses).where(sql`reverses is not null`),
  ],
)

/** Messages that brought an event which had been accepted before. */
export const duplicates = pgTable(
  'duplicates',
  {
    batchId: id('batch_id').notNull(),
    offset: id('offset').notNull(),
    identity: uuid('identity').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.batchId, table.offset] }),
    index('duplicates_identity').on(table.identity),
  ],
)

export const failures = pgTable(
  'failures',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    stage: text('stage').notNull(),
    /** What failed: a message's own identity, or the event's at later stages. It fails once a stage. */
    message: uuid('message').notNull(),
    state: text('state').$type<'open' | 'resolved' | 'discarded'>().notNull().default('open'),
    code: text('code').notNull(),
    pointer: text('pointer').notNull(),
    expected: text('expected').notNull(),
    got: text('got').notNull(),
    /** Failures of one cause share it. */
    fingerprint: text('fingerprint').notNull(),
    batchId: id('batch_id').notNull(),
    topic: text('topic').notNull(),
    partition: integer('partition').notNull(),
    offset: id('offset').notNull(),
    source: text('source').notNull(),
    /** Whether the event may name no other source (it came with that source's token). */
    bound: boolean('bound').notNull(),
    /** What the event's identity is made from where it brings nothing else, as JSON. */
    claim: text('claim').notNull(),
    /** The customer id as written, where there is one. */
    customer: text('customer'),
    /** The message as it came, as JSON. */
    original: text('original').notNull(),
    /** What was put in its place, and by whom. */
    fix: text('fix'),
    fixedBy: text('fixed_by'),
    /** The id of its job in failed-events; null before there is one, `removed` where somebody took it away. */
    job: text('job'),
    /** How often it failed after it had been put right, and once. */
    openings: integer('openings').notNull().default(1),
    attempts: integer('attempts').notNull().default(1),
    firstSeen: instant('first_seen').notNull().defaultNow(),
    lastSeen: instant('last_seen').notNull().defaultNow(),
    resolvedAt: instant('resolved_at'),
    /** The event that it became. */
    event: uuid('event'),
    /** Why it was given up. */
    discarded: text('discarded'),
    /**
     * The version of the program that was applied when it was last seen. Null where it failed at normalization,
     * which reads no program: what it goes by is sources.yaml, which has no versions.
     */
    program: integer('program'),
  },
  (table) => [
    unique('failures_message').on(table.message, table.stage),
    index('failures_unshown').on(table.fingerprint, table.id).where(sql`state = 'open' and job is null`),
    index('failures_shown').on(table.fingerprint).where(sql`state = 'open' and job <> 'removed'`),
    index('failures_open').on(table.fingerprint, table.id, table.code).where(sql`state = 'open'`),
    index('failures_later').on(table.message).where(sql`state = 'open' and stage <> 'normalization'`),
    index('failures_coordinates').on(table.topic, table.partition, table.offset),
    // What people list by, in the order of the numbers; the state last, since they mostly ask for one of it.
    index('failures_state').on(table.state, table.id),
    index('failures_code').on(table.code, table.id, table.state),
    index('failures_source').on(table.source, table.id, table.state),
    index('failures_customer').on(table.customer, table.id).where(sql`customer is not null`),
  ],
)

/**
 * Rejects that producers are still to be told of: a row goes once Kafka has acknowledged its record. The message
 * is read from its failure, so that it is kept once, and erased once.
 */
export const outbox = pgTable('outbox', {
  id: bigserial('id', { mode: 'number' }).primaryKey(),
  failureId: id('failure_id').notNull(),
  /** Which opening of the failure: with its number it tells a record from one that is written twice. */
  opening: integer('opening').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  /** How often Kafka did not take it. */
  attempts: integer('attempts').notNull().default(0),
})

/**
 * Bundles that whoever delivers them is told of: which revision of an award was told last, or is to be. Rows stay, so
 * that corrections are told of what was told before, and of nothing else.
 */
export const rewards = pgTable(
  'rewards',
  {
    customerId: id('customer_id').notNull(),
    rule: text('rule').notNull(),
    occurrence: text('occurrence').notNull(),
    revision: integer('revision').notNull(),
    /** Another one each time that there is something to tell: its order is that of the telling. */
    place: bigserial('place', { mode: 'number' }).notNull(),
    /** Null once Kafka has acknowledged this revision. */
    waitingSince: instant('waiting_since').defaultNow(),
    /** How often Kafka did not take it. */
    attempts: integer('attempts').notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.rule, table.occurrence] }),
    index('rewards_waiting').on(table.place).where(sql`waiting_since is not null`),
  ],
)

/** What is known of the failures of one cause. */
export const causes = pgTable('causes', {
  fingerprint: text('fingerprint').primaryKey(),
  firstSeen: instant('first_seen').notNull().defaultNow(),
  /** Who looks after it. */
  owner: text('owner'),
  note: text('note'),
})

/** Who did what: only ever added to, which a trigger holds. */
export const actions = pgTable('actions', {
  id: bigserial('id', { mode: 'number' }).primaryKey(),
  at: instant('at').notNull().defaultNow(),
  actor: text('actor').notNull(),
  /** From where: `command`, or the address of a browser. */
  origin: text('origin').notNull(),
  action: text('action').notNull(),
  /** What it was done to. */
  target: text('target').notNull(),
  /** What came of it. */
  outcome: text('outcome').notNull(),
})

export const scores = pgTable('scores', {
  customerId: id('customer_id').primaryKey(),
  buckets: text('buckets').notNull(),
  /** Whether its customer was joined to another one, whose buckets have its events now. */
  absorbed: boolean('absorbed').notNull().default(false),
})

export const games = pgTable(
  'games',
  {
    customerId: id('customer_id').primaryKey(),
    game: text('game').notNull(),
    /** Counts the transactions that changed it: what is told to Redis carries it. */
    revision: id('revision').notNull().default(0),
    /** The time that the state has come to. */
    reachedAt: instant('reached_at'),
    /** When time alone next changes it. */
    dueAt: instant('due_at'),
    /** The customer that this one was joined to, whose game has its events now. */
    absorbedBy: id('absorbed_by'),
  },
  (table) => [
    index('games_due').on(table.dueAt).where(sql`due_at is not null`),
    index('games_absorbed').on(table.absorbedBy).where(sql`absorbed_by is not null`),
  ],
)

/** Games as they were at a position, to fold again from; an opening is what is left of a past that is settled. */
export const checkpoints = pgTable(
  'checkpoints',
  {
    customerId: id('customer_id').notNull(),
    at: instant('at').notNull(),
    identity: uuid('identity').notNull(),
    state: text('state').notNull(),
    opening: boolean('opening').notNull().default(false),
    /** Of an opening: the score state of the events that are gone. */
    scores: text('scores'),
  },
  (table) => [primaryKey({ columns: [table.customerId, table.at, table.identity] })],
)

/** Every version of the program that was published; never changed. */
export const programs = pgTable('programs', {
  version: integer('version').primaryKey(),
  /** Its program.yaml. */
  text: text('text').notNull(),
  publishedAt: instant('published_at').notNull().defaultNow(),
  publishedBy: text('published_by').notNull(),
})

/** What a publication has folded again, and how far that has come. */
export const refolds = pgTable('refolds', {
  version: integer('version').primaryKey(),
  /** From when on; null where nothing is folded again and only scores are worked out anew. */
  fromAt: instant('from_at'),
  rescores: boolean('rescores').notNull(),
  total: id('total').notNull(),
  /** All customers up to this number are done. */
  through: id('through').notNull().default(0),
  /** All customers up to this number have had their totals told. */
  told: id('told').notNull().default(0),
  done: id('done').notNull().default(0),
  changed: id('changed').notNull().default(0),
  finishedAt: instant('finished_at'),
})

/** From when on events are taken; the latest row counts. */
export const horizons = pgTable('horizons', {
  at: instant('at').primaryKey(),
  setAt: instant('set_at').notNull().defaultNow(),
  /** Customers up to this number are settled. */
  through: id('through').notNull().default(0),
  finishedAt: instant('finished_at'),
})

export const awards = pgTable(
  'awards',
  {
    customerId: id('customer_id').notNull(),
    rule: text('rule').notNull(),
    occurrence: text('occurrence').notNull(),
    kind: text('kind').$type<OutcomeKind>().notNull(),
    level: integer('level').notNull(),
    wallet: text('wallet'),
    amount: id('amount').notNull(),
    /** The position of the event that earned it. */
    at: instant('at').notNull(),
    identity: uuid('identity').notNull(),
    /** Until then the amount is pending. */
    availableAt: instant('available_at'),
    revision: integer('revision').notNull().default(1),
    /** False once a correction has taken it back. */
    live: boolean('live').notNull().default(true),
    program: text('program').notNull(),
    receipt: text('receipt').notNull(),
    changedAt: instant('changed_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.rule, table.occurrence] }),
    // Who stands among those who may win: asked for over all customers, in the order of the events.
    index('awards_entries').on(table.rule, table.at, table.identity).where(sql`kind = 'entry'`),
  ],
)

/** Append-only: a correction is an entry of its own, and the sum is the balance. */
export const ledger = pgTable(
  'ledger',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    customerId: id('customer_id').notNull(),
    wallet: text('wallet').notNull(),
    amount: id('amount').notNull(),
    rule: text('rule').notNull(),
    occurrence: text('occurrence').notNull(),
    revision: integer('revision').notNull(),
    at: instant('at').notNull(),
    recordedAt: instant('recorded_at').notNull().defaultNow(),
  },
  (table) => [index('ledger_customer').on(table.customerId)],
)

/** Period totals by board: what the Redis index is made from. */
export const standings = pgTable(
  'standings',
  {
    customerId: id('customer_id').notNull(),
    board: text('board').notNull(),
    period: text('period').notNull(),
    total: id('total').notNull(),
    /** The position at which the total reached its present height. */
    at: instant('at').notNull(),
    identity: uuid('identity').notNull(),
    revision: id('revision').notNull(),
  },
  (table) => [primaryKey({ columns: [table.customerId, table.board, table.period] })],
)

/** Periods of boards, and challenges, that are settled once they are over; never changed once they are. */
export const settlements = pgTable(
  'settlements',
  {
    /** The board or the challenge. */
    of: text('of').notNull(),
    period: text('period').notNull(),
    endsAt: instant('ends_at').notNull(),
    settledAt: instant('settled_at'),
  },
  (table) => [
    primaryKey({ columns: [table.of, table.period] }),
    index('settlements_ends').on(table.of, table.endsAt),
    index('settlements_open').on(table.endsAt).where(sql`settled_at is null`),
  ],
)

/** Who was settled at which place: the first of a board's period, and the winners of a challenge. Only ever added to. */
export const places = pgTable(
  'places',
  {
    of: text('of').notNull(),
    period: text('period').notNull(),
    /** From 1, in the order of the board, or of the events. */
    place: integer('place').notNull(),
    rank: integer('rank').notNull(),
    customerId: id('customer_id').notNull(),
    /** The event that did it, or with which the total reached its height. */
    at: instant('at').notNull(),
    identity: uuid('identity').notNull(),
    total: id('total'),
    wallet: text('wallet'),
    prize: id('prize').notNull(),
    /** When the prize came into the wallet. */
    paidAt: instant('paid_at'),
  },
  (table) => [
    primaryKey({ columns: [table.of, table.period, table.place] }),
    index('places_unpaid').on(table.of).where(sql`paid_at is null and wallet is not null`),
  ],
)

/** What only this installation knows: random, made with the tables, and never changed. */
export const secrets = pgTable('secrets', {
  name: text('name').primaryKey(),
  value: text('value').notNull(),
})
