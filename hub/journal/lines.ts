// Cuts a stream of bytes into lines of bounded length.

/**
 * A line without its line feed; `isWhole` is false for a last line that has none, or a line beyond the bound.
 */
export type Line = { bytes: Buffer; isWhole: boolean }

/**
 * Lines of a stream, in order. A line longer than `lineBytesMax` is given cut, with isWhole false, and ends
 * the stream: no more than that and one chunk is ever held.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array | string>,
  lineBytesMax: number,
): AsyncGenerator<Line> {
  let rest: Buffer[] = []
  let restBytes = 0
  for await (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk)
    let start = 0
    for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, start)) {
      const line = Buffer.concat([...rest, bytes.subarray(start, end)])
      rest = []
      restBytes = 0
      start = end + 1
      const isWhole = line.length <= lineBytesMax
      yield { bytes: line.subarray(0, lineBytesMax), isWhole }
      if (!isWhole) return
    }
    rest.push(bytes.subarray(start))
    restBytes += bytes.length - start
    if (restBytes > lineBytesMax) break
  }
  if (restBytes > 0) yield { bytes: Buffer.concat(rest).subarray(0, lineBytesMax), isWhole: false }
}

const lineFeed = 0x0a
