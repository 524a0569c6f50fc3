// Lint rules: the usual recommended sets, and what each folder may touch at run time. Which folder may import which is
// .dependency-cruiser.cjs; layout is Prettier's.
import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

const environmentGlobals = Object.keys({ ...globals.browser, ...globals.node, ...globals.worker });
// In the browser, in a worker and in Node alike; the engine may use them.
const everywhere = new Set([
  ...Object.keys(globals['shared-node-browser']),
  ...Object.keys(globals.builtin),
  ...environmentGlobals.filter((name) => name.startsWith('GPU')),
]);
for (const name of [
  'console',
  'fetch',
  'Response',
  'Request',
  'Headers',
  'navigator',
  'BroadcastChannel',
  'WebSocket',
]) {
  everywhere.delete(name);
}

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name, so that a thing is called the same everywhere.',
};
const noRawSend = {
  selector: "CallExpression[callee.property.name='send'][callee.object.property.name='webContents']",
  message: 'Send events through main/ipc/electron.ts.',
};
const noRawBridge = ['window', 'globalThis'].map((object) => ({
  object,
  property: 'conclave',
  message: 'Components talk to main through renderer/services.',
}));
const electronParts = (...importNames) => [
  'error',
  {
    paths: [
      { name: 'electron', importNames, message: 'Only main/ipc/electron.ts and the preload script speak raw IPC.' },
    ],
  },
];

export default ts.config(
  { ignores: ['node_modules/', 'dist/', 'release/', 'screenshots/', '.gpu/', '.gpu-browser/', 'shared/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [ts.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.engine.json', 'tsconfig.node.json', 'tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Interfaces with promises are also met by what needs no waiting (the CPU back end, tests).
      '@typescript-eslint/require-await': 'off',
      'no-restricted-syntax': ['error', noDefaultExport],
      // TypeScript finds these, with the types of each environment.
      'no-undef': 'off',
    },
  },
  // Types inside components are svelte-check's.
  ...svelte.configs.recommended,
  ...svelte.configs.prettier,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    extends: [ts.configs.disableTypeChecked],
    languageOptions: { parserOptions: { parser: ts.parser, project: null }, globals: globals.browser },
    rules: {
      'no-undef': 'off',
      'no-unused-vars': 'off',
      'no-restricted-properties': ['error', ...noRawBridge],
    },
  },
  {
    files: ['engine/**/*.ts'],
    ignores: ['engine/host/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...environmentGlobals
          .filter((name) => !everywhere.has(name))
          .map((name) => ({ name, message: 'Only engine/host knows the environment.' })),
      ],
    },
  },
  {
    files: ['main/**/*.ts'],
    rules: {
      'no-restricted-imports': electronParts('ipcMain', 'ipcRenderer'),
      'no-restricted-syntax': ['error', noDefaultExport, noRawSend],
    },
  },
  {
    files: ['main/ipc/electron.ts'],
    rules: { 'no-restricted-imports': 'off', 'no-restricted-syntax': ['error', noDefaultExport] },
  },
  { files: ['main/preload.ts'], rules: { 'no-restricted-imports': electronParts('ipcMain') } },
  {
    files: ['renderer/**/*.ts'],
    ignores: ['renderer/services/**'],
    rules: { 'no-restricted-properties': ['error', ...noRawBridge] },
  },
  {
    // A test's JSON and page values are what its assertions say.
    files: ['tests/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['*.config.ts', '**/*.d.ts', 'tests/support/*Setup.ts', 'tests/support/*Reporter.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  { files: ['**/*.{js,cjs,mjs}'], languageOptions: { globals: globals.node } },
);
