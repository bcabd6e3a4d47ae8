import kafkajs from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { readLz4, readSnappy, readZstd, registerCodecs } from '#stream/codec.ts'

const text = 'recharge 50.00 '.repeat(10)
const bytes = (base64: string) => Buffer.from(base64, 'base64')

/** As Kafka's Java client writes them: snappy in two Xerial blocks, lz4 and zstd without the content's size. */
const java = {
  snappy: bytes('glNOQVBQWQAAAAABAAAAAQAAABRLOHJlY2hhcmdlIDUwLjAwIO4PAAAAABRLOHJlY2hhcmdlIDUwLjAwIO4PAA=='),
  lz4: bytes('BCJNGGBAghoAAAD/AHJlY2hhcmdlIDUwLjAwIA8Ab1AwLjAwIAAAAAA='),
  zstd: bytes('KLUv/QBYtQAAeHJlY2hhcmdlIDUwLjAwIAEABKFmHQ=='),
}

describe('snappy', () => {
  it('reads the Java client’s blocks', () => {
    expect(readSnappy(java.snappy).toString()).toBe(text)
  })

  it('reads raw snappy, as librdkafka writes it', () => {
    expect(readSnappy(bytes('lgE4cmVjaGFyZ2UgNTAuMDAg/g8A/g8ADQ8=')).toString()).toBe(text)
  })

  it('refuses a frame that is cut short', () => {
    expect(() => readSnappy(java.snappy.subarray(0, -4))).toThrow('cut short')
  })
})

describe('lz4', () => {
  const magic = [0x04, 0x22, 0x4d, 0x18]
  const end = [0, 0, 0, 0]
  /** "abcdefgh" as literals alone. */
  const literals = [0x80, ...Buffer.from('abcdefgh')]
  /** Eight bytes from eight bytes before, which are in the block before; then "!" as a literal. */
  const match = [0x04, 8, 0, 0x10, ...Buffer.from('!')]
  const frame = (...parts: number[][]) => Buffer.from([...magic, ...parts.flat()])

  it('reads the Java client’s frame, which does not give the size of its content', () => {
    expect(readLz4(java.lz4).toString()).toBe(text)
  })

  it('reads blocks that refer to the block before', () => {
    const linked = frame([0x40, 0x40, 0], [9, 0, 0, 0], literals, [5, 0, 0, 0], match, end)
    expect(readLz4(linked).toString()).toBe('abcdefghabcdefgh!')
  })

  it('reads blocks that are not compressed', () => {
    const plain = frame([0x60, 0x40, 0], [3, 0, 0, 0x80], [...Buffer.from('abc')], end)
    expect(readLz4(plain).toString()).toBe('abc')
  })

  it('passes over the content’s size and checksums', () => {
    const size = [17, 0, 0, 0, 0, 0, 0, 0]
    const checksum = [1, 2, 3, 4]
    const full = frame(
      [0x5c, 0x40],
      [...size, 0],
      [9, 0, 0, 0],
      literals,
      checksum,
      [5, 0, 0, 0],
      match,
      checksum,
      end,
      checksum,
    )
    expect(readLz4(full).toString()).toBe('abcdefghabcdefgh!')
  })

  it.each([
    ['something else', Buffer.from('not lz4 at all'), 'not an LZ4 frame'],
    ['a cut frame', java.lz4.subarray(0, 20), 'out of range'],
    ['a wrong block size', frame([0x60, 0x10, 0], end), 'block size'],
  ])('refuses %s', (_, frame, reason) => {
    expect(() => readLz4(frame)).toThrow(reason)
  })
})

describe('zstd', () => {
  it('reads the Java client’s frame', () => {
    expect(readZstd(java.zstd).toString()).toBe(text)
  })
})

describe('kafkajs’s codecs', () => {
  const { CompressionCodecs, CompressionTypes } = kafkajs
  registerCodecs()

  it.each([
    ['snappy', CompressionTypes.Snappy, java.snappy],
    ['lz4', CompressionTypes.LZ4, java.lz4],
    ['zstd', CompressionTypes.ZSTD, java.zstd],
  ])('include %s, which says what it cannot read or write', async (name, type, compressed) => {
    const codec = CompressionCodecs[type as 2 | 3 | 4]()
    expect((await codec.decompress(compressed)).toString()).toBe(text)
    await expect(codec.decompress(Buffer.from('rubbish, not compressed'))).rejects.toThrow(
      `A ${name} record batch cannot be read`,
    )
    await expect(codec.compress()).rejects.toThrow(`reads ${name} but does not write it`)
  })
})
