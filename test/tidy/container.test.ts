// The container files against the project: folders exist, variables are settings, nothing secret stands in them.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { environmentName, secretFileName, settingNames } from '../../schemas/settings.ts'
import { project } from './source-files.ts'

const read = (file: string) => readFileSync(join(project, file), 'utf8')
type Compose = {
  services: Record<string, { environment?: Record<string, string>; secrets?: string[] }>
  secrets: object
}

t.test('the image copies what the hub imports, and nothing that is not there', async (t) => {
  const copied = [...read('Dockerfile').matchAll(/^COPY (\S+) \.\/\1$/gm)].map(([, folder]) => folder)
  t.strictSame(copied, ['schemas', 'routing', 'operators', 'monitoring', 'hub'])
  for (const folder of copied) t.ok(existsSync(join(project, folder ?? '')), folder ?? '')
})

t.test('every variable of the container files is a setting of the hub', async (t) => {
  const known = settingNames.flatMap((name) => [environmentName(name), secretFileName(name) ?? ''])
  const named = [
    ...read('Dockerfile').matchAll(/\b(HUB_[A-Z_]+)=/g),
    ...read('docker-compose.yml').matchAll(/^ +(HUB_[A-Z_]+):/gm),
  ]
  t.ok(named.length >= 5)
  for (const [, variable = ''] of named) t.ok(known.includes(variable), variable)
})

t.test('secrets come from files', async (t) => {
  const compose = parse(read('docker-compose.yml')) as Compose
  for (const [name, service] of Object.entries(compose.services)) {
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      t.notMatch(`${variable}=${value}`, /(PASSWORD|TOKEN|KEY)=|:\/\/[^/]*:[^/]*@/, name)
    }
    for (const secret of service.secrets ?? []) t.ok(secret in compose.secrets, secret)
  }
})
