import Encoder from 'kafkajs/src/protocol/encoder.js'

/**
 * A header without a value, which kafkajs 2.2.4 reads but fails to write: it asks for its length in bytes. This
 * empty buffer takes as many bytes, one, as the length -1 that is written in its place.
 */
export const NO_VALUE: Buffer = Buffer.alloc(0)

let taught = false

/** Teaches kafkajs to write `NO_VALUE`. */
export function teachNoValue(): void {
  if (taught) return
  taught = true
  const write = Encoder.prototype.writeVarIntBytes
  Encoder.prototype.writeVarIntBytes = function (value) {
    return write.call(this, value === NO_VALUE ? null : value)
  }
}
