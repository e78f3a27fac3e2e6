// The folders of a package: one per message, or receipts.xml alone.

import {
  type DocumentId,
  type MessageId,
  parseDocumentId,
  parseMessageId,
  parseSignatureId,
  type SignatureId,
} from '../../../schemas/ids.ts'
import { limits } from '../../../schemas/limits.ts'
import type { EntryPlace } from '../../../schemas/package.ts'
import { type Refusal, refuse } from '../../../schemas/refusals.ts'
import { placeOfName } from '../../containers/zip/names.ts'
import type { EntryNames } from '../../ports.ts'

/** The folder of one message, its entries by what they are. */
export type Folder = {
  id: MessageId
  description: EntryPlace | undefined
  documents: Map<DocumentId, EntryPlace>
  signatures: Map<SignatureId, EntryPlace>
}

/** What stands in a package, as far as its names are allowed. */
type Layout = { receipts: EntryPlace | undefined; folders: Map<MessageId, Folder> }

const descriptionName = 'description.xml'
const receiptsName = 'receipts.xml'

/** Names of the entries of a package (domain notes, 2.A). */
export const entryNames: EntryNames = {
  description: (message) => `${message}/${descriptionName}`,
  document: (message, document) => `${message}/${document}.bin`,
  signature: (message, signature) => `${message}/${signature}.p7s`,
  receipts: () => receiptsName,
}

/**
 * Sorts the entries of a package into the folders of its messages. Yields every fault of the structure:
 * files in the root, receipts beside messages, folders inside folders, names of a wrong form, too many
 * messages, and a folder without description.xml. Entries of folders of a wrong name are left out.
 */
export function* layOut(entries: EntryPlace[]): Generator<Refusal, Layout> {
  const rootFiles: EntryPlace[] = []
  const layout: Layout = { receipts: undefined, folders: new Map() }
  for (const entry of entries) {
    const [first = '', ...rest] = entry.name.split('/')
    if (rest.length === 0) rootFiles.push(entry)
    else yield* placeInFolder(layout, { entry, folderName: first, path: rest })
  }
  layout.receipts = rootFiles.find(({ name }) => name === receiptsName)
  yield* faultsOfRoot(rootFiles)
  if (layout.receipts !== undefined && layout.folders.size > 0) {
    yield refuse('package.mixed', 'receipts.xml beside folders of messages')
  }
  if (layout.folders.size > limits.messagesPerPackageMax) {
    yield refuse('package.too-many-messages', `${layout.folders.size} messages`)
  }
  for (const folder of layout.folders.values()) {
    if (folder.description === undefined) {
      yield refuse('package.no-description', 'no description.xml in the folder', `${folder.id}/`)
    }
  }
  return layout
}

/** receipts.xml stands alone in the root; a description beside it is a message among receipts. */
function* faultsOfRoot(rootFiles: EntryPlace[]): Generator<Refusal, void> {
  const names = new Set(rootFiles.map(({ name }) => name))
  const isMixed = names.has(receiptsName) && names.has(descriptionName)
  if (isMixed) yield refuse('package.mixed', 'receipts.xml beside description.xml')
  for (const name of names) {
    const isAllowed = name === receiptsName || (isMixed && name === descriptionName)
    if (!isAllowed) yield refuse('package.root-files', 'a file in the root', placeOfName(name))
  }
}

type Place = { entry: EntryPlace; folderName: string; path: string[] }

function* placeInFolder(layout: Layout, { entry, folderName, path }: Place): Generator<Refusal, void> {
  const at = placeOfName(entry.name)
  const id = parseMessageId(folderName)
  if (id === undefined) {
    yield refuse('package.folder-name', 'not 32 characters of a-z and 0-9', at)
    return
  }
  const folder = layout.folders.get(id) ?? emptyFolder(id)
  layout.folders.set(id, folder)
  const [fileName = '', ...deeper] = path
  if (fileName === '') return
  if (deeper.length > 0) yield refuse('package.nested', 'a folder inside the folder of a message', at)
  else if (!placeFile(folder, fileName, entry))
    yield refuse('package.file-name', 'not <id>.bin or <id>.p7s', at)
}

function emptyFolder(id: MessageId): Folder {
  return { id, description: undefined, documents: new Map(), signatures: new Map() }
}

function placeFile(folder: Folder, fileName: string, entry: EntryPlace): boolean {
  if (fileName === descriptionName) {
    folder.description = entry
    return true
  }
  const stem = fileName.slice(0, -4)
  const document = fileName.endsWith('.bin') ? parseDocumentId(stem) : undefined
  const signature = fileName.endsWith('.p7s') ? parseSignatureId(stem) : undefined
  if (document !== undefined) folder.documents.set(document, entry)
  if (signature !== undefined) folder.signatures.set(signature, entry)
  return document !== undefined || signature !== undefined
}

/** The entries of a folder in the order of RULES 12: description.xml, then by name. */
export function entriesInOrder(folder: Folder): EntryPlace[] {
  const bodies = [...folder.documents.values(), ...folder.signatures.values()]
  bodies.sort((a, b) => (a.name < b.name ? -1 : 1))
  return folder.description === undefined ? bodies : [folder.description, ...bodies]
}
