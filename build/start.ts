// `npm start -- [--data DIR] [FILE.gguf]`: bundles what has changed and opens the desktop app. Where Electron cannot be had
// or there is no display, it says so and serves the same app on loopback. Other arguments go to Electron as they are.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fail, serveWeb } from '../main/web/main.ts';
import { bundleIfStale } from './bundle.ts';

const project = path.join(import.meta.dirname, '..');
const args = process.argv.slice(2);

try {
  bundleIfStale('renderer');
  const found = findElectron();
  if ('executable' in found) {
    bundleIfStale('main');
    startElectron(found.executable);
  } else {
    console.log(`${found.reason} Conclave runs in your browser instead: open the address below.`);
    await serveWeb(webArguments(args));
  }
} catch (error) {
  fail(error);
}

function startElectron(executable: string): void {
  const switches: string[] = [];
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    console.log('Running as root: Chromium cannot use its sandbox and starts with --no-sandbox.');
    switches.push('--no-sandbox');
  }
  const child = spawn(executable, [project, ...switches, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  child.on('error', fail);
  child.on('exit', (code) => process.exit(code ?? 1));
}

/** The runtime's path, or one sentence on why there is none. Its package downloads it when it is first needed. */
function findElectron(): { executable: string } | { reason: string } {
  const { env, platform } = process;
  if (platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY'])
    return { reason: 'There is no display here.' };
  const override = env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (!override) {
    const folder = path.join(project, 'node_modules', 'electron');
    if (!fs.existsSync(path.join(folder, 'path.txt'))) console.log("Fetching Electron's runtime, once; about 120 MB.");
    const { status } = spawnSync(process.execPath, [path.join(folder, 'install.js')], { stdio: 'ignore' });
    if (status !== 0) return { reason: "Electron's runtime could not be downloaded." };
  }
  const executable = createRequire(import.meta.url)('electron') as string;
  return fs.existsSync(executable) ? { executable } : { reason: `There is no Electron runtime at ${executable}.` };
}

/** Chromium's switches mean nothing to the web shell. */
function webArguments(given: readonly string[]): string[] {
  const own: string[] = [];
  for (let index = 0; index < given.length; index++) {
    const argument = given[index];
    if (argument === '--port' || argument === '--data') own.push(argument, ...given.slice(++index, index + 1));
    else if (/^--(port|data)=/.test(argument) || !argument.startsWith('-')) own.push(argument);
  }
  return own;
}
