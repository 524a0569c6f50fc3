// Measures the engine in the app's own window: bundles the bench (main.ts) and starts it in Electron, under Xvfb where there is no
// display. Run it with: node tests/bench/renderer/run.ts --model=FILE [--depths=0,2048 …], and --software for a machine without a GPU.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { electronDist, electronMissing, sandboxArgs, startDisplay } from '../../support/electron.ts';
import { bundleBench } from './bundle.ts';

const software = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-unsafe-swiftshader'];

if (electronMissing !== undefined) throw new Error(`The bench cannot run here: ${electronMissing}.`);
const folder = path.resolve(import.meta.dirname, '../../../dist/bench-renderer');
await bundleBench(folder);
const args = process.argv.slice(2).flatMap((argument) => (argument === '--software' ? software : argument));
const display = process.env['DISPLAY'] ? undefined : await startDisplay();
try {
  const program = path.join(electronDist!, 'electron');
  const env = display?.environment ?? process.env;
  const electron = spawn(program, [...sandboxArgs, folder, ...args], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(electron, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
} finally {
  display?.close();
}
