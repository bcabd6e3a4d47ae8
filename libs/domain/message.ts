/**
 * A Kafka message as it travels inside a job: text where the bytes are valid UTF-8, so that people can
 * read it in Bull Board, base64 otherwise. Nothing else of it is changed.
 */
export interface Message {
  /** Kafka's offset, as a decimal string: it may exceed 2^53. */
  readonly offset: string
  /** The Kafka record's own timestamp, Unix ms. */
  readonly timestamp: number
  /** Null where the record has no value (a tombstone). */
  readonly value: Payload
  /** Absent where the record has no key. */
  readonly key?: Payload
  /** Absent where the record has no headers. Repeated names keep every value. */
  readonly headers?: readonly (readonly [name: string, value: Payload])[]
}

/** Text, or base64 where the bytes are not valid UTF-8; null where there are none. */
export type Payload = string | { readonly base64: string } | null

/** Up to 1,000 messages of one partition that travel as one job. */
export interface Batch {
  /**
   * Names this very content: topic, partition, offsets, and a hash over the messages, so that a topic that
   * was deleted and made anew under the same offsets is not mistaken for what was recorded before.
   */
  readonly key: string
  /** Kafka's cluster id: the same offset of another cluster is another message. */
  readonly cluster: string
  readonly topic: string
  readonly partition: number
  readonly messages: readonly Message[]
  /** Set where as many more of the partition as a batch may hold, or more, lay unread behind them. */
  readonly isBehind?: true
}
