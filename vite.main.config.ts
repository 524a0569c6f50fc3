// Bundles main and its preload script into dist/main: main as an ES module, the preload script as CommonJS, which is what
// Electron's sandbox takes. Everything but Electron, Node and better-sqlite3's addon goes into the bundle.
import { builtinModules } from 'node:module';
import { defineConfig } from 'vite';

const external = ['electron', 'better-sqlite3', /^node:/, ...builtinModules];

export default defineConfig({
  publicDir: false,
  environments: {
    main: {
      consumer: 'server',
      resolve: { noExternal: true },
      build: {
        outDir: 'dist/main',
        emptyOutDir: true,
        target: 'node20',
        minify: false,
        rolldownOptions: {
          external,
          input: { index: 'main/index.ts' },
          output: { format: 'es', entryFileNames: '[name].js' },
        },
      },
    },
    preload: {
      consumer: 'server',
      resolve: { noExternal: true },
      build: {
        outDir: 'dist/main',
        emptyOutDir: false,
        target: 'chrome130',
        minify: false,
        rolldownOptions: {
          external,
          input: { preload: 'main/preload.ts' },
          output: { format: 'cjs', entryFileNames: '[name].cjs' },
        },
      },
    },
  },
  builder: {
    async buildApp(builder) {
      await builder.build(builder.environments['main']);
      await builder.build(builder.environments['preload']);
    },
  },
});
