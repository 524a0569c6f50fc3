// Bundles what the app runs from into dist/, where a source is newer than the last bundle.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const project = path.join(import.meta.dirname, '..');

const bundles = {
  renderer: {
    config: 'vite.config.ts',
    result: 'dist/renderer/index.html',
    sources: ['renderer', 'engine', 'main/ipc'],
  },
  main: {
    config: 'vite.main.config.ts',
    result: 'dist/main/index.js',
    sources: ['main', 'engine', 'models/catalogue.json'],
  },
};

/** Throws where the bundler finds something wrong, after it has printed what. */
export function bundleIfStale(name: keyof typeof bundles): void {
  const { config, result, sources } = bundles[name];
  const built = newest(path.join(project, result));
  const changed = Math.max(...[...sources, config, 'package.json'].map((source) => newest(path.join(project, source))));
  if (built > changed) return;
  const vite = path.join(project, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', '--config', config, '--logLevel', 'error'];
  const { status } = spawnSync(process.execPath, args, { cwd: project, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`The ${name} could not be built: what is wrong stands above.`);
}

/** The latest change of a file or of anything in a folder, in milliseconds; 0 where there is nothing. */
function newest(file: string): number {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...fs.readdirSync(file).map((name) => newest(path.join(file, name))));
}
