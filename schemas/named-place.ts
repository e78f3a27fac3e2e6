// Where a document names a participant: what its sender must change before it signs a new version.

/** One place of one document. Ids and names of elements only, no content. */
export type NamedPlace = {
  document: string
  /** `file-name`, or the attribute as a path: `Файл/@ИдФайл`, `СвУчДокОбор/@ИдПол`. */
  place: string
  old: string
  new: string
}
