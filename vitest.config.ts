// Four projects, run in this order of cost: unit (Node alone), gpu (Dawn on a software adapter), web (headless Chromium
// through the web shell) and electron (a real Electron, skipped with a reason where none can be had).
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const bundled = { globalSetup: ['./tests/support/bundleSetup.ts'] };

// One worker process for all that needs a device or a browser: two at a time would only share two cores.
const alone = {
  fileParallelism: false,
  maxWorkers: 1,
  testTimeout: 120_000,
  hookTimeout: 180_000,
  // What a page reaches within a second on an idle machine takes longer on a busy one.
  expect: { poll: { timeout: 20_000, interval: 50 } },
};

export default defineConfig({
  test: {
    reporters: ['default', './tests/support/summaryReporter.ts'],
    projects: [
      {
        // State of the window is written in runes, which the compiler turns into plain code for Node.
        plugins: [svelte()],
        test: {
          name: 'unit',
          include: ['tests/{engine,main,renderer,models,build}/**/*.test.ts'],
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'gpu',
          include: ['tests/gpu/**/*.test.ts'],
          sequence: { groupOrder: 1 },
          ...alone,
          // A whole model takes a software adapter most of a minute, several on a busy machine.
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'web',
          include: ['tests/e2e/web/**/*.test.ts'],
          sequence: { groupOrder: 2 },
          ...bundled,
          ...alone,
        },
      },
      {
        test: {
          name: 'electron',
          include: ['tests/e2e/electron/**/*.test.ts'],
          sequence: { groupOrder: 3 },
          ...bundled,
          ...alone,
        },
      },
    ],
  },
});
