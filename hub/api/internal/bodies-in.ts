// Reads bodies of requests: JSON, or the parts of a multipart form, within the bounds of the plane.

import multipart from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { limits } from '../../../schemas/limits.ts'
import { RequestRefused } from '../admin/answers.ts'
import { type ApiApp, visitOf } from './app.ts'
import { readJson, refused } from './checks.ts'
import { gather, openAccount, tooLarge } from './gather.ts'

/** While JSON is read, a byte of it stands in memory as bytes, as text, and in what the text holds. */
const jsonWeight = 3
const partNameLength = 100
const partHeaders = 20

/** A whole multipart request may be as large as a package, and what describes it. */
const multipartBytes = () => limits.packageBytesMax + limits.apiOverheadBytesMax

/** Adds the parsers: JSON is read at once, a form only where a handler asks for its parts. */
export function addParsers(app: ApiApp): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', async (request: FastifyRequest) => {
    const bytesMax = request.routeOptions.bodyLimit ?? limits.apiBodyBytesMax
    checkLength(request, bytesMax)
    const account = openAccount(visitOf(request), { bytesMax, weight: jsonWeight })
    try {
      return readJson(await gather(request.raw, account, bytesMax), 'body')
    } catch (error) {
      return forget(request, error)
    }
  })
  app.register(multipart)
}

/** What was read of a refused body is held no longer, however long its sender takes to hear of it. */
function forget(request: FastifyRequest, error: unknown): never {
  visitOf(request).grow(0)
  throw error
}

/** What announces to be too large is refused before any of it is read. */
function checkLength(request: FastifyRequest, bytesMax: number): void {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax)
}

/** Whether the body of a request is a form. */
export function isForm(request: FastifyRequest): boolean {
  return request.isMultipart()
}

/** The parts of a form by their names. Throws api.part, api.too-large, api.busy, api.cut-short. */
export async function readForm(request: FastifyRequest): Promise<Map<string, Uint8Array>> {
  const bytesMax = multipartBytes()
  checkLength(request, bytesMax)
  const overflow = Promise.withResolvers<never>()
  let seen = 0
  // Bytes outside of parts are in no part's bound.
  const count = (piece: Buffer) => {
    seen += piece.length
    if (seen > bytesMax) overflow.reject(tooLarge(bytesMax))
  }
  request.raw.on('data', count)
  try {
    return await Promise.race([collectParts(request, bytesMax), overflow.promise])
  } catch (error) {
    return forget(request, error)
  } finally {
    request.raw.off('data', count)
  }
}

async function collectParts(request: FastifyRequest, bytesMax: number): Promise<Map<string, Uint8Array>> {
  const account = openAccount(visitOf(request), { bytesMax, weight: 1 })
  const parts = new Map<string, Uint8Array>()
  for await (const part of partsOf(request)) {
    if (part.type !== 'file') throw refused('api.part', 'часть без содержимого (a part without content)')
    const name = part.fieldname
    if (name === '' || /\p{Cc}/u.test(name)) throw refused('api.part', 'часть без имени (a part has no name)')
    if (parts.has(name)) throw refused('api.part', `часть дважды (twice): ${name}`)
    parts.set(name, await gather(part.file, account, limits.packageBytesMax))
  }
  return parts
}

/** Errors of the parser say that the form is broken; they have no code of their own to tell it by. */
async function* partsOf(request: FastifyRequest) {
  const partsMax = limits.documentsPerMessageMax + limits.signaturesPerMessageMax + 1
  const bounds = {
    parts: partsMax,
    files: partsMax,
    fields: 0,
    fieldNameSize: partNameLength,
    fileSize: limits.packageBytesMax + 1,
    headerPairs: partHeaders,
  }
  // Every part is a stream of bytes, so that nothing is decoded or parsed behind our back.
  const options = { limits: bounds, isPartAFile: () => true }
  try {
    yield* request.parts(options)
  } catch (error) {
    throw error instanceof RequestRefused ? error : formError(error)
  }
}

function formError(error: unknown): Error {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  if (code === 'FST_PARTS_LIMIT' || code === 'FST_FILES_LIMIT' || code === 'FST_REQ_FILE_TOO_LARGE') {
    return refused('api.too-large', String(code))
  }
  if (code === 'FST_MP_PREMATURE_CLOSE') return refused('api.cut-short', code)
  return refused('api.part', typeof code === 'string' ? code : 'форма не разобрана (the form cannot be read)')
}
