// The SFTP side of a peer: its server, its folders, how a finished file is told from one being written (RULES 24).

import { type Static, Type } from 'typebox'

/** A folder on the server: relative to the folder of the address, or absolute; no `.`, `..` or empty parts. */
const folder = {
  pattern: '^/?(?!\\.{1,2}(/|$))[^/\\x00-\\x1f]+(/(?!\\.{1,2}(/|$))[^/\\x00-\\x1f]+)*$',
  maxLength: 500,
}
const Folder = (fallback: string, description: string) =>
  Type.String({ ...folder, default: fallback, description })

/** A suffix or prefix of names that marks a file as something else than a package. */
const NamePart = (fallback: string, description: string) =>
  Type.String({ pattern: '^[A-Za-z0-9._-]{1,20}$', default: fallback, description })

/**
 * How the hub and a peer exchange files. Whose server it is makes no difference: the hub is the client. Folders are
 * named from the hub's side.
 */
export const SftpSite = Type.Object(
  {
    /** `sftp://account@host[:port][/base folder]`; the account is the hub's at the server. */
    address: Type.String({ format: 'uri', maxLength: 2000, pattern: '^sftp://[^@/:]+@[^/@]+' }),
    /** Fingerprints of the server's host keys as `ssh-keygen -lf` prints them; two while one takes over. */
    hostKeys: Type.Array(Type.String({ pattern: '^SHA256:[A-Za-z0-9+/]{43}$' }), {
      minItems: 1,
      maxItems: 5,
    }),
    putFolder: Folder('from-hub', 'Packages of the hub'),
    pickupFolder: Folder('to-hub', 'Packages for the hub'),
    answersOutFolder: Folder('from-hub-answers', "The hub's answers to packages it picked up"),
    answersInFolder: Folder('to-hub-answers', "The peer's answers to packages the hub put"),
    claimedFolder: Folder(
      'to-hub/.claimed',
      'Packages the hub is taking in; on the same volume as pickupFolder',
    ),
    /** Packages that were taken in are moved there; without it they are deleted. */
    archiveFolder: Type.Optional(Type.String({ ...folder, description: 'Packages that were taken in' })),
    /** Which files of pickupFolder are packages: `*` any characters, `?` one. */
    pickupPattern: Type.String({ pattern: '^[A-Za-z0-9._*?-]{1,100}$', default: '*.cms' }),
    /** How a file in pickupFolder is known to be whole. */
    pickupWhole: Type.Union([Type.Literal('rename'), Type.Literal('marker'), Type.Literal('stable')], {
      default: 'rename',
    }),
    /** How the hub shows that a file it put is whole. */
    putWhole: Type.Union([Type.Literal('rename'), Type.Literal('marker')], { default: 'rename' }),
    temporarySuffix: NamePart('.tmp', 'Files under it are still being written'),
    markerSuffix: NamePart('.done', 'An empty file of this name says that the package is whole'),
    stableMs: Type.Integer({
      minimum: 100,
      maximum: 3_600_000,
      default: 10_000,
      description: 'Size and time of a file unchanged for so long: it is whole',
    }),
    /** `all`: 200 is told as well; `refusals`: only what is not taken. */
    answers: Type.Union([Type.Literal('refusals'), Type.Literal('all')], { default: 'refusals' }),
    /** The peer never removes what the hub put: then putting counts as taking. */
    leavesFiles: Type.Boolean({ default: false }),
    pollMs: Type.Integer({ minimum: 50, maximum: 3_600_000, default: 5000 }),
    filesAtOnceMax: Type.Integer({ minimum: 1, maximum: 256, default: 128 }),
  },
  { additionalProperties: false },
)
/** A site completed from its defaults. */
export type SftpSite = Static<typeof SftpSite>

/** A site as it stands in a row of partners: `address` and `hostKeys` alone are enough. */
export const SftpSiteRow = Type.Object(
  {
    ...Type.Partial(SftpSite).properties,
    address: SftpSite.properties.address,
    hostKeys: SftpSite.properties.hostKeys,
  },
  { additionalProperties: false },
)
export type SftpSiteRow = Static<typeof SftpSiteRow>
