// Packs a picture of a page tighter: the same pixels without line filters, which only hurt flat colours and text.

import { crc32, deflateSync, inflateSync } from 'node:zlib'

const signatureBytes = 8
/** Bytes of a pixel by colour type (PNG 11.2.1), at 8 bits a sample. */
const pixelBytes: Readonly<Record<number, number>> = { 2: 3, 6: 4 }

/** The picture with its pixels as they are, compressed as well as zlib can. */
export function smallPng(png: Buffer): Buffer {
  const chunks: { type: string; data: Buffer }[] = []
  for (let at = signatureBytes; at < png.length; ) {
    const length = png.readUInt32BE(at)
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) })
    at += 12 + length
  }
  const header = chunks[0]?.data ?? Buffer.alloc(13)
  const packed = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data))
  const step = pixelBytes[header[9] ?? 0]
  if (step === undefined) throw new Error('an unexpected kind of picture')
  const plain = unfiltered(inflateSync(packed), header.readUInt32BE(0) * step, step)
  const parts = { IHDR: header, IDAT: deflateSync(plain, { level: 9, memLevel: 9 }), IEND: Buffer.alloc(0) }
  const written = Object.entries(parts).map(([type, data]) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, sum])
  })
  return Buffer.concat([png.subarray(0, signatureBytes), ...written])
}

/** Undoes the filters of PNG 9.2; every line gets filter 0. */
function unfiltered(lines: Buffer, width: number, step: number): Buffer {
  for (let start = 0; start < lines.length; start += width + 1) {
    const filter = lines[start] ?? 0
    lines[start] = 0
    for (let i = start + 1; i <= start + width; i += 1) {
      const inLine = i - step > start
      const left = inLine ? (lines[i - step] ?? 0) : 0
      const up = start === 0 ? 0 : (lines[i - width - 1] ?? 0)
      const corner = start === 0 || !inLine ? 0 : (lines[i - width - 1 - step] ?? 0)
      const guesses = [0, left, up, (left + up) >> 1, paeth(left, up, corner)]
      lines[i] = ((lines[i] ?? 0) + (guesses[filter] ?? 0)) & 0xff
    }
  }
  return lines
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner
  const [byLeft, byUp, byCorner] = [left, up, corner].map((one) => Math.abs(guess - one))
  if ((byLeft ?? 0) <= (byUp ?? 0) && (byLeft ?? 0) <= (byCorner ?? 0)) return left
  return (byUp ?? 0) <= (byCorner ?? 0) ? up : corner
}
