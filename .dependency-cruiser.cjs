// Which folder may import which. ARCHITECTURE.md says why; lint (eslint.config.js) guards the globals.
const engineInside = '^engine/(?!host/)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Modules that need each other belong into one, or a third holds what both need.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Nothing imports this module and it is no entry point.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: ['\\.d\\.ts$', '^build/', '^renderer/main\\.ts$', '^main/(index|preload)\\.ts$', '^engine/host/'],
      },
      to: {},
    },
    {
      name: 'not-resolvable',
      comment: 'The import names nothing that is there.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^electron$' },
    },
    {
      name: 'engine-knows-only-itself',
      comment: 'The engine runs in a worker and in Node alike.',
      severity: 'error',
      from: { path: '^engine/' },
      to: { path: '^(main|renderer|build|tests|models)/' },
    },
    {
      name: 'engine-without-environment',
      comment: 'Only engine/host may use Node, Dawn or Electron.',
      severity: 'error',
      from: { path: engineInside },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'engine-without-host',
      comment: 'Hosts use the engine, never the other way round.',
      severity: 'error',
      from: { path: engineInside },
      to: { path: ['^engine/host/', 'node_modules/(electron|svelte|webgpu|better-sqlite3)/', '^electron$'] },
    },
    {
      name: 'worker-without-node',
      comment:
        'The worker runs in a browser. Files of the host that may use Node are named node*.ts or lie in terminal/.',
      severity: 'error',
      from: { path: '^engine/host/', pathNot: ['^engine/host/node', '^engine/host/terminal/'] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'renderer-sees-protocol-and-contract',
      comment: 'The window knows messages, not who answers them; the worker is loaded by its address.',
      severity: 'error',
      from: { path: '^renderer/' },
      to: {
        path: '^(main|engine|build|tests)/',
        pathNot: ['^engine/protocol\\.ts$', '^engine/host/worker\\.ts', '^main/ipc/contract\\.ts$'],
      },
    },
    {
      name: 'renderer-takes-contract-as-types',
      comment: 'Nothing of main runs in the window.',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: '^main/ipc/contract\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'renderer-without-node',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'main-sees-catalogue-and-protocol',
      comment: 'Main stores and serves; of the engine it knows the messages and the ranges of their values.',
      severity: 'error',
      from: { path: '^main/', pathNot: '^main/model-files/' },
      to: {
        path: '^(engine|renderer|build|tests|models)/',
        pathNot: ['^engine/(protocol|format/memoryNeeds)\\.ts$', '^models/catalogue', '^build/icons/'],
      },
    },
    {
      name: 'model-files-read-headers',
      comment: "The library checks files with the engine's own readers, and takes nothing else of the engine.",
      severity: 'error',
      from: { path: '^main/model-files/' },
      to: {
        path: '^(engine|renderer|build|tests|models)/',
        pathNot: ['^engine/(protocol|errors)\\.ts$', '^engine/format/', '^models/catalogue'],
      },
    },
    {
      name: 'services-without-electron',
      comment: 'Main is services first: only the shell and the preload script know Electron.',
      severity: 'error',
      from: { path: '^main/(store|model-files|web)/' },
      to: { path: ['node_modules/electron/', '^electron$'] },
    },
    {
      name: 'sql-in-store',
      comment: 'SQL lives in main/store.',
      severity: 'error',
      from: { path: '^(main|renderer|engine)/', pathNot: '^main/store/' },
      to: { path: 'node_modules/(@types/)?better-sqlite3/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['\\.css$', '\\.json$', '\\.wgsl'] },
    tsConfig: { fileName: 'tsconfig.node.json' },
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'svelte', 'types', 'default'],
      extensions: ['.ts', '.js', '.svelte', '.d.ts', '.json'],
    },
  },
};
