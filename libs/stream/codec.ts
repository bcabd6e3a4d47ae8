import { decompress as decompressZstd } from 'fzstd'
import kafkajs from 'kafkajs'
import { decompressBlock } from 'lz4js'
import { uncompress } from 'snappyjs'

/**
 * Teaches kafkajs to read snappy, lz4 and zstd (gzip it knows), in plain JavaScript. Without them one
 * compressed batch would end the consumer. Laurel itself writes none of them.
 */
export function registerCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs
  CompressionCodecs[CompressionTypes.Snappy] = () => codec('snappy', readSnappy)
  CompressionCodecs[CompressionTypes.LZ4] = () => codec('lz4', readLz4)
  CompressionCodecs[CompressionTypes.ZSTD] = () => codec('zstd', readZstd)
}

function codec(name: string, read: (bytes: Buffer) => Buffer) {
  return {
    compress: async (): Promise<Buffer> => {
      throw new Error(`Laurel reads ${name} but does not write it: produce with gzip or none`)
    },
    // kafkajs gives up a consumer for good on some classes of error; here every one says what could not be read.
    decompress: async (bytes: Buffer): Promise<Buffer> => {
      try {
        return read(bytes)
      } catch (cause) {
        throw new Error(`A ${name} record batch cannot be read: ${(cause as Error).message}`, { cause })
      }
    },
  }
}

const xerialMagic = Buffer.from('\x82SNAPPY\0', 'latin1')
/** Magic, version and oldest compatible version (int32 each). */
const xerialHeader = xerialMagic.length + 8

/** Raw snappy, as librdkafka writes it, or the Java client's Xerial framing: blocks, each after its length. */
export function readSnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, xerialMagic.length).equals(xerialMagic)) return toBuffer(uncompress(bytes))
  const blocks: Uint8Array[] = []
  let at = xerialHeader
  while (at < bytes.length) {
    const end = at + 4 + bytes.readUInt32BE(at)
    if (end > bytes.length) throw new Error('the snappy frame is cut short')
    blocks.push(uncompress(bytes.subarray(at + 4, end)))
    at = end
  }
  return Buffer.concat(blocks)
}

const lz4Magic = 0x184d2204
const lz4Flags = { blockChecksum: 0x10, contentSize: 0x08, dictionary: 0x01 }
const lz4BlockBytes: Record<number, number> = { 4: 64 << 10, 5: 256 << 10, 6: 1 << 20, 7: 4 << 20 }

/**
 * One LZ4 frame. The size of its content may be missing, so room is made for full blocks; blocks may refer
 * to earlier ones, so all go into one buffer. Checksums are not checked: the broker has checked the batch.
 */
export function readLz4(bytes: Buffer): Buffer {
  if (bytes.readUInt32LE(0) !== lz4Magic) throw new Error('it is not an LZ4 frame')
  const flags = bytes.readUInt8(4)
  if (flags >> 6 !== 1 || flags & lz4Flags.dictionary)
    throw new Error('its LZ4 frame is of a kind nobody writes')
  const blockBytes = lz4BlockBytes[(bytes.readUInt8(5) >> 4) & 7]
  if (blockBytes === undefined) throw new Error('its LZ4 frame gives no valid block size')

  const blocks: { start: number; length: number; compressed: boolean }[] = []
  let at = flags & lz4Flags.contentSize ? 15 : 7
  let room = 0
  for (let word = bytes.readUInt32LE(at); word !== 0; word = bytes.readUInt32LE(at)) {
    const compressed = word < 0x8000_0000
    const length = word & 0x7fff_ffff
    const start = at + 4
    at = start + length + (flags & lz4Flags.blockChecksum ? 4 : 0)
    room += compressed ? blockBytes : length
    blocks.push({ start, length, compressed })
  }

  const content = Buffer.allocUnsafe(room)
  let end = 0
  for (const { start, length, compressed } of blocks)
    end = compressed
      ? decompressBlock(bytes, content, start, length, end)
      : end + bytes.copy(content, end, start, start + length)
  if (end > room) throw new Error('an LZ4 block is larger than its frame allows')
  return content.subarray(0, end)
}

/** Zstandard frames, with or without their content's size. */
export function readZstd(bytes: Buffer): Buffer {
  return toBuffer(decompressZstd(bytes))
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
