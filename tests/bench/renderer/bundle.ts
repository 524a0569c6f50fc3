// Bundles the bench in the window into one folder that Electron starts and that needs nothing beside it.
// Run it with: node tests/bench/renderer/bundle.ts FOLDER
import { builtinModules } from 'node:module';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'vite';

export async function bundleBench(folder: string): Promise<void> {
  const shared = { configFile: false, logLevel: 'warn', publicDir: false } as const;
  await build({
    ...shared,
    root: import.meta.dirname,
    base: './',
    worker: { format: 'es' },
    build: {
      outDir: path.join(folder, 'page'),
      emptyOutDir: true,
      target: 'chrome130',
      modulePreload: { polyfill: false },
      rolldownOptions: { input: path.join(import.meta.dirname, 'index.html') },
    },
  });
  await build({
    ...shared,
    root: path.join(import.meta.dirname, '../../..'),
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: folder,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rolldownOptions: {
        external: ['electron', /^node:/, ...builtinModules],
        input: { main: path.join(import.meta.dirname, 'main.ts') },
        output: { format: 'es', entryFileNames: '[name].js' },
      },
    },
  });
  const about = { name: 'conclave-bench', version: '1.0.0', type: 'module', main: 'main.js' };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(about));
  // The app's window names one.
  writeFileSync(path.join(folder, 'preload.cjs'), '');
}

if (import.meta.main) await bundleBench(path.resolve(process.argv[2] ?? 'dist/bench-renderer'));
