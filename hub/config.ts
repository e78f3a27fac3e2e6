// Loads the settings from defaults, a file, the environment and the command line; names every fault at once.

import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml'
import { limits } from '../schemas/limits.ts'
import {
  environmentName,
  isSettingName,
  type SettingName,
  type Settings,
  secretFileName,
  settingNames,
  settingRow,
} from '../schemas/settings.ts'
import { contradictions } from './config/contradictions.ts'
import { type Given, readValue, type SettingValue, type ValueFault } from './config/values.ts'

/** Where settings may come from. The later in this list the stronger: defaults, file, environment, overrides. */
export type ConfigSources = {
  /** Path of a YAML or JSON file, `--config`; else HUB_CONFIG names it. */
  file?: string | undefined
  env: Readonly<Record<string, string | undefined>>
  /** `name=value` of the command line, `--set`. */
  overrides?: readonly string[] | undefined
  /** Folder from which relative paths of the environment and the command line start. */
  cwd: string
}

/** Something wrong with the configuration: the name as given, where it was given, what is wrong. */
export type ConfigFault = ValueFault & { name: string; source: string }

/** Where a setting was given: `default`, the file's path, a variable, or `--set`. */
export type SettingOrigins = Readonly<Record<SettingName, string>>

/** Settings that may be used, or all that is wrong with them. */
export type LoadedConfig =
  | { ok: true; settings: Settings; origins: SettingOrigins }
  | { ok: false; faults: ConfigFault[] }

/** Folder of the project, from which default paths start. */
export const projectFolder = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * Loads and checks the settings. Unknown names, unknown HUB_ variables, values of a wrong type or out of range and
 * settings that contradict each other are all reported, none of them is ignored. Secret values are never quoted.
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const faults: ConfigFault[] = []
  const found = new Map<SettingName, Given & { source: string }>()
  const take: Take = (name, source, given) => {
    if (!isSettingName(name)) {
      faults.push({ name, source, ru: 'нет такой настройки', en: 'there is no such setting' })
    } else if (found.get(name)?.source === source) {
      faults.push({ name, source, ru: 'настройка задана дважды', en: 'the setting is given twice' })
    } else {
      found.set(name, { ...given, source })
    }
  }
  takeFile(sources, take, faults)
  takeEnvironment(sources, take, faults)
  takeOverrides(sources, take, faults)
  return complete(found, faults)
}

type Take = (name: string, source: string, given: Given) => void

function takeFile(sources: ConfigSources, take: Take, faults: ConfigFault[]): void {
  const named = sources.file ?? sources.env['HUB_CONFIG']
  if (named === undefined || named === '') return
  const path = resolve(sources.cwd, named)
  const text = readText(path, limits.configBytesMax)
  if (typeof text !== 'string') {
    faults.push({ name: named, source: sources.file === undefined ? 'HUB_CONFIG' : '--config', ...text })
    return
  }
  // The failsafe schema leaves every scalar a text, so that 1E2 stays an operator code and types are checked once.
  const document = parseDocument(text, { schema: 'failsafe', prettyErrors: true, logLevel: 'silent' })
  for (const error of [...document.errors, ...document.warnings]) {
    const line = error.linePos?.[0].line ?? 0
    faults.push({
      name: `line ${line}`,
      source: path,
      ru: `файл не разобран: ${error.code}`,
      en: path.toLowerCase().endsWith('.json') ? 'not valid JSON' : 'not valid YAML',
    })
  }
  if (document.errors.length > 0 || document.contents === null) return
  if (!isMap(document.contents)) {
    faults.push({ name: path, source: path, ru: 'ожидаются пары имя: значение', en: 'a mapping is expected' })
    return
  }
  const folder = dirname(path)
  walk(document.contents, '', 0, (name, raw) => {
    if (raw === undefined) {
      faults.push({
        name,
        source: path,
        ru: 'недопустимый вид значения',
        en: 'this kind of value is not allowed',
      })
    } else {
      take(name, path, { raw, folder })
    }
  })
}

/** Visits the leaves of a mapping under their dotted names; `undefined` stands for what is no text or list of texts. */
function walk(
  node: Node | null,
  name: string,
  depth: number,
  visit: (name: string, raw: string | string[] | undefined) => void,
): void {
  if (isMap(node) && depth < limits.configDepthMax && !isSettingName(name)) {
    for (const pair of node.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : '?'
      walk(pair.value as Node | null, name === '' ? key : `${name}.${key}`, depth + 1, visit)
    }
  } else if (isEmpty(node) && isGroup(name)) {
    return
  } else if (isScalar(node)) {
    visit(name, String(node.value ?? ''))
  } else if (isSeq(node) && node.items.every((item) => isScalar(item))) {
    visit(
      name,
      node.items.map((item) => String(isScalar(item) ? item.value : '')),
    )
  } else {
    visit(name, undefined)
  }
}

function isEmpty(node: Node | null): boolean {
  return node === null || (isScalar(node) && String(node.value ?? '') === '')
}

/** A group whose settings are all commented out is left empty, which is no fault. */
function isGroup(name: string): boolean {
  return settingNames.some((setting) => setting.startsWith(`${name}.`))
}

/** Variables that are no settings: the file's name, and those of the project's own tests. */
const isOtherVariable = (variable: string) => variable === 'HUB_CONFIG' || variable.startsWith('HUB_TEST_')

/** Reads HUB_ variables. An empty variable counts as not given, as compose files produce them. */
function takeEnvironment(sources: ConfigSources, take: Take, faults: ConfigFault[]): void {
  const plain = new Map(settingNames.map((name) => [environmentName(name), name]))
  const fromFile = new Map(settingNames.flatMap((name) => fileEntry(name)))
  for (const [variable, value] of Object.entries(sources.env)) {
    if (!variable.startsWith('HUB_') || isOtherVariable(variable) || value === undefined) continue
    const name = plain.get(variable)
    const secret = fromFile.get(variable)
    if (name === undefined && secret === undefined) {
      faults.push({
        name: variable,
        source: 'environment',
        ru: 'нет такой настройки',
        en: 'there is no such setting',
      })
    } else if (value !== '' && name !== undefined) {
      take(name, variable, { raw: value, folder: sources.cwd })
    } else if (value !== '' && secret !== undefined) {
      takeSecretFile({ variable, value, name: secret }, sources, take, faults)
    }
  }
}

function fileEntry(name: SettingName): [string, SettingName][] {
  const variable = secretFileName(name)
  return variable === undefined ? [] : [[variable, name]]
}

function takeSecretFile(
  given: { variable: string; value: string; name: SettingName },
  sources: ConfigSources,
  take: Take,
  faults: ConfigFault[],
): void {
  const { variable, name } = given
  const text = readText(resolve(sources.cwd, given.value), limits.configBytesMax)
  if (typeof text !== 'string') {
    faults.push({ name, source: variable, ...text })
  } else if (sources.env[environmentName(name)]) {
    const en = `both ${environmentName(name)} and ${variable} are given`
    faults.push({ name, source: variable, ru: `заданы и ${environmentName(name)}, и ${variable}`, en })
  } else {
    take(name, variable, { raw: text.trimEnd(), folder: sources.cwd })
  }
}

function takeOverrides(sources: ConfigSources, take: Take, faults: ConfigFault[]): void {
  for (const override of sources.overrides ?? []) {
    const at = override.indexOf('=')
    if (at < 1) {
      faults.push({ name: override, source: '--set', ru: 'нужно имя=значение', en: 'name=value is expected' })
    } else {
      take(override.slice(0, at), '--set', { raw: override.slice(at + 1), folder: sources.cwd })
    }
  }
}

function readText(path: string, bytesMax: number): string | ValueFault {
  try {
    const bytes = readFileSync(path)
    if (bytes.length <= bytesMax) return bytes.toString('utf8').replace(/^\uFEFF/, '')
    return { ru: `файл больше ${bytesMax} байт`, en: `the file is larger than ${bytesMax} bytes` }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EUNKNOWN'
    return { ru: `файл не прочитан: ${code}`, en: `the file cannot be read: ${code}` }
  }
}

/** Fills in defaults, types every value, then looks for contradictions. */
function complete(
  found: ReadonlyMap<SettingName, Given & { source: string }>,
  faults: ConfigFault[],
): LoadedConfig {
  const values = new Map<SettingName, SettingValue>()
  const origins = {} as Record<SettingName, string>
  for (const name of settingNames) {
    const given = found.get(name)
    origins[name] = given?.source ?? 'default'
    const read = given === undefined ? { value: defaultOf(name, values) } : readValue(settingRow(name), given)
    if ('value' in read) {
      values.set(name, read.value)
    } else {
      faults.push({ name, source: origins[name], ...read.fault })
      values.set(name, defaultOf(name, values))
    }
  }
  const settings = nest(values)
  // What was wrong by itself stands at its default here, of which no contradiction may be told.
  const wrong = new Set(faults.map(({ name }) => name))
  const contradicting = contradictions(settings, (name) => found.has(name)).filter(
    ({ name }) => !name.split(', ').some((one) => wrong.has(one)),
  )
  const all = [...faults, ...contradicting]
  return all.length > 0 ? { ok: false, faults: all } : { ok: true, settings, origins }
}

function defaultOf(name: SettingName, values: ReadonlyMap<SettingName, SettingValue>): SettingValue {
  const row = settingRow(name)
  if (row.type !== 'path' || row.default === undefined) return row.default
  const dataFolder = values.get('data.folder')
  return resolve(
    row.below === 'data' && typeof dataFolder === 'string' ? dataFolder : projectFolder,
    row.default,
  )
}

/** Turns dotted names into groups. The table and `readValue` make the result a Settings. */
function nest(values: ReadonlyMap<SettingName, SettingValue>): Settings {
  const groups: Record<string, Record<string, SettingValue>> = {}
  for (const [name, value] of values) {
    const [group = '', key = ''] = name.split('.')
    const entries = groups[group] ?? {}
    entries[key] = value
    groups[group] = entries
  }
  return groups as unknown as Settings
}

/** One line about a fault, for a person: name, source, Russian and English text. */
export function configFaultText(fault: ConfigFault): string {
  return `${fault.name} [${fault.source}]: ${fault.ru} (${fault.en})`
}
