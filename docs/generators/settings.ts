// The page of settings, from schemas/settings.ts.

import type { SettingRow } from '../../schemas/setting-rows.ts'
import {
  environmentName,
  type SettingName,
  secretFileName,
  settingNames,
  settingRow,
} from '../../schemas/settings.ts'
import { bilingual, code, markdownPage, markdownTable } from './markdown.ts'

const intro = `Настройки берутся из умолчаний, файла (\`--config FILE\` или \`HUB_CONFIG\`; YAML или
JSON), переменных окружения и командной строки (\`--set имя=значение\`); каждое следующее сильнее.
Неизвестное имя, неизвестная переменная \`HUB_*\`, неверное или противоречивое значение — отказ запуска с
перечнем всех ошибок. Относительный путь отсчитывается от папки файла настроек, а из окружения и командной
строки — от текущей папки. Пустая переменная считается незаданной. Действующие значения без секретов
покажет \`hub start --print-config\`.

Settings come from defaults, a file (\`--config FILE\` or \`HUB_CONFIG\`; YAML or JSON), the environment
and the command line (\`--set name=value\`), the later the stronger. An unknown name, an unknown \`HUB_*\`
variable, a wrong or a contradicting value stops the start, with all faults listed. A relative path starts
at the folder of the settings file, or at the current folder for the environment and the command line. An
empty variable counts as not given. \`hub start --print-config\` shows the settings in force, without
secrets.`

const example = `\`\`\`yaml
data:
  folder: /var/lib/edo-hub
partner:
  host: 0.0.0.0
  port: 8080
  publicAddress: https://hub.example.ru/
home:
  codes: [2ZH]
\`\`\``

/** docs/generated/configuration.md */
export function settingsPage(): string {
  const groups = new Map<string, SettingName[]>()
  for (const name of settingNames) {
    const group = name.split('.')[0] ?? ''
    groups.set(group, [...(groups.get(group) ?? []), name])
  }
  const parts = [...groups].map(([group, names]) => `## ${group}\n\n${groupTable(names)}`)
  return markdownPage({
    title: 'Настройки хаба (settings)',
    source: 'schemas/settings.ts',
    parts: [intro, example, ...parts],
  })
}

function groupTable(names: readonly SettingName[]): string {
  return markdownTable(
    ['Настройка и переменная', 'Вид', 'По умолчанию', 'Смысл'],
    names.map((name) => {
      const row = settingRow(name)
      const variables = [environmentName(name), secretFileName(name)].filter(
        (variable) => variable !== undefined,
      )
      return [
        [name, ...variables].map(code).join('<br>'),
        kindText(row) + (row.secret === true ? ', секрет (secret)' : ''),
        defaultText(row),
        bilingual(row),
      ]
    }),
  )
}

function kindText(row: SettingRow): string {
  switch (row.type) {
    case 'integer':
      return `целое ${row.min}…${row.max} ${row.unit}`.trimEnd()
    case 'choice':
      return row.values.map(code).join(', ')
    case 'list':
      return `список (list), до ${row.itemsMax}; ${code(String(row.pattern))}`
    case 'url':
      return `адрес ${row.schemes.map((scheme) => code(`${scheme}//…`)).join(', ')}`
    case 'path':
      return 'путь (path)'
    case 'boolean':
      return '`true`, `false`'
    case 'text':
      return row.pattern === undefined ? 'текст (text)' : `текст ${code(String(row.pattern))}`
    default:
      return row satisfies never
  }
}

function defaultText(row: SettingRow): string {
  if (row.default === undefined) return ''
  if (row.type === 'path' && row.default.startsWith('/')) return code(row.default)
  if (row.type === 'path') return code(`${row.below === 'data' ? '<data.folder>/' : './'}${row.default}`)
  return typeof row.default === 'object' ? code(row.default.join(',')) : code(String(row.default))
}
