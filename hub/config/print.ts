// Prints the settings in force, without secrets, so that the print can be shown to anyone.

import { stringify } from 'yaml'
import { type Settings, settingNames, settingRow } from '../../schemas/settings.ts'
import type { SettingOrigins } from '../config.ts'
import type { SettingValue } from './values.ts'

const hidden = '***'
const secretParameter = /pass|secret|token|key/i

/** Settings as nested plain values with every secret replaced by `***`; unset ones are null. */
export function shownConfig(settings: Settings): Record<string, Record<string, SettingValue | null>> {
  const shown: Record<string, Record<string, SettingValue | null>> = {}
  for (const name of settingNames) {
    const [group = '', key = ''] = name.split('.')
    const value = valueIn(settings, group, key)
    const entries = shown[group] ?? {}
    entries[key] = value === undefined ? null : hide(value, settingRow(name).secret === true)
    shown[group] = entries
  }
  return shown
}

/**
 * Settings as YAML in the order of the table; with `origins` each line tells where its value was given. Settings
 * without a value are shown as comments.
 */
export function printConfig(settings: Settings, origins?: SettingOrigins): string {
  const shown = shownConfig(settings)
  const lines: string[] = []
  for (const name of settingNames) {
    const [group = '', key = ''] = name.split('.')
    if (!lines.includes(`${group}:`)) lines.push(`${group}:`)
    const value = shown[group]?.[key]
    const text = stringify(value ?? null, { lineWidth: 0, collectionStyle: 'flow' }).trimEnd()
    const origin = origins === undefined ? '' : ` # ${origins[name]}`
    lines.push(value === null ? `  # ${key}:` : `  ${key}: ${text}${origin}`)
  }
  return `${lines.join('\n')}\n`
}

function valueIn(settings: Settings, group: string, key: string): SettingValue {
  return (settings as unknown as Record<string, Record<string, SettingValue>>)[group]?.[key]
}

/** An address keeps its visible parts; any other secret is hidden whole. */
function hide(value: SettingValue, isSecret: boolean): SettingValue {
  if (typeof value !== 'string') return value
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value) || !URL.canParse(value)) return isSecret ? hidden : value
  const url = new URL(value)
  if (url.password !== '') url.password = hidden
  for (const parameter of [...url.searchParams.keys()]) {
    if (secretParameter.test(parameter)) url.searchParams.set(parameter, hidden)
  }
  return url.href.replaceAll(encodeURIComponent(hidden), hidden)
}
