#!/usr/bin/env node
// Starts the command line of the hub under a Node that can run it (RULES 31). Plain JavaScript for Node 12.20 and later.

import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// Since 24.3 Node runs TypeScript as it is and without a warning.
const oldestNode = [24, 3]
// Set for the process started here, so that it knows whom to follow. Not HUB_*: those are settings.
const followVariable = 'EDO_HUB_STARTER'
// Some reach the hub twice, from a terminal or a supervisor and from here; it takes them as one.
const forwardedSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']
const exitInternal = 4

/** Whether a version like `24.21.0` is recent enough. */
function isRecentEnough(version) {
  const parts = version.split('.').map(Number)
  return parts[0] > oldestNode[0] || (parts[0] === oldestNode[0] && parts[1] >= oldestNode[1])
}

/** Path of the pinned Node that npm installed for this machine, if it did. Found from this file, not from PATH. */
function findPinnedNode() {
  try {
    const require = createRequire(import.meta.url)
    const manifest = require.resolve(`node-${process.platform}-${process.arch}/package.json`)
    if (!isRecentEnough(require(manifest).version)) return undefined
    return join(dirname(manifest), 'bin', 'node')
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

/** Runs this file again under another Node: same arguments, same streams, its signals and its end passed on. */
function runUnder(node) {
  const self = fileURLToPath(import.meta.url)
  const child = spawn(node, [self].concat(process.argv.slice(2)), {
    env: Object.assign({}, process.env, { [followVariable]: '1' }),
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  for (const signal of forwardedSignals) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(`Не удалось запустить ${node} (cannot be started): ${error.code}`))
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code
    } else {
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    }
  })
}

/** A hub whose starter was killed must not live on unseen and keep the ports: it ends in the same way. */
function followStarter() {
  if (process.env[followVariable] === undefined || process.channel === undefined) return
  delete process.env[followVariable]
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.channel.unref()
}

/** Runs the command line in this process. */
function runHere() {
  followStarter()
  import('./main.ts').then(
    (main) => main.runProcess(),
    (error) => {
      if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
      fail(`Не установлены пакеты: выполните npm ci (packages are missing: run npm ci).\n${error.message}`)
    },
  )
}

function fail(text) {
  process.stderr.write(`${text}\n`)
  process.exitCode = exitInternal
}

function main() {
  if (isRecentEnough(process.versions.node)) return runHere()
  const pinned = findPinnedNode()
  if (pinned !== undefined) return runUnder(pinned)
  const oldest = oldestNode.join('.')
  fail(
    'Нужен Node.js ' +
      oldest +
      ' или новее, а здесь ' +
      process.version +
      '; выполните npm ci или обновите Node.js.\n' +
      'Node.js ' +
      oldest +
      ' or later is needed, this is ' +
      process.version +
      ': run npm ci, or update Node.js.',
  )
}

main()
