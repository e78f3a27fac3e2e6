// Checks description.xml, receipts.xml and powers of attorney against the project's own schemas.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { ParseOption, XmlDocument, XmlError, XmlLibError, XsdValidator } from 'libxml2-wasm'

/** One breach of a schema. Values of the document are cut out of the message, for they may name people. */
export type SchemaFault = { line: number; path: string; message: string }

const schemaFile = (name: string): URL => new URL(`../../schemas/xsd/${name}`, import.meta.url)
/** No network, no outer entities, no catalogs, no XInclude; the parser's own bounds on size stay on. */
const parseOption: ParseOption =
  ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_NO_SYS_CATALOG

let logicalMessage: XsdValidator | undefined
let attorney: XsdValidator | undefined

/**
 * Checks a description or receipts against schemas/xsd/logical-message-v1.xsd; no faults means valid. What is
 * not well-formed, or has a DOCTYPE, is a fault too. The schema is compiled at the first call and kept.
 */
export function checkLogicalMessage(bytes: Uint8Array): SchemaFault[] {
  logicalMessage ??= compileSchema(readFileSync(schemaFile('logical-message-v1.xsd')))
  return checkAgainst(logicalMessage, bytes)
}

/** Checks a power of attorney against schemas/xsd/emchd-1.xsd in the same way. */
export function checkAttorneySchema(bytes: Uint8Array): SchemaFault[] {
  attorney ??= compileSchema(readFileSync(schemaFile('emchd-1.xsd')))
  return checkAgainst(attorney, bytes)
}

/** Compiles a schema that imports nothing. The caller keeps it, or disposes of it. */
export function compileSchema(schema: Uint8Array): XsdValidator {
  const document = XmlDocument.fromBuffer(schema, { option: parseOption })
  try {
    return XsdValidator.fromDoc(document)
  } finally {
    document.dispose()
  }
}

/** Checks one document against a compiled schema. Memory of the library is given back whatever happens. */
export function checkAgainst(schema: XsdValidator, bytes: Uint8Array): SchemaFault[] {
  let document: XmlDocument | undefined
  try {
    document = XmlDocument.fromBuffer(bytes, { option: parseOption })
    if (document.dtd !== null) return [{ line: 1, path: '/', message: 'DOCTYPE is not allowed' }]
    schema.validate(document)
    return []
  } catch (error) {
    if (error instanceof XmlLibError) return faultsOf(error)
    // It gives up on some values, as on a year of eight digits that a facet is to be compared with.
    assert.ok(error instanceof XmlError, 'libxml2 tells faults by its own errors')
    return [{ line: 0, path: '/', message: 'the document cannot be checked against the schema' }]
  } finally {
    document?.dispose()
  }
}

function faultsOf(error: XmlLibError): SchemaFault[] {
  if (error.details.length === 0) return [{ line: 0, path: '/', message: 'the document cannot be read' }]
  return error.details.map(({ line, xpath, message }) => ({
    line,
    path: xpath ?? '/',
    message: withoutValues(message.trim()),
  }))
}

/** libxml2 says `Element 'X', attribute 'Y': 'value' is not ...`: names stay, namespaces and the value go. */
function withoutValues(message: string): string {
  const [head = ''] = /^Element '[^']*'(, attribute '[^']*')?: /.exec(message) ?? []
  const what = message.slice(head.length)
  const valueless = what.replace(/(^|The value )'.*' (is|has) /s, "$1'…' $2 ")
  return `${head}${valueless}`.replace(/\{(https?|urn):[^}]*\}/g, '')
}
