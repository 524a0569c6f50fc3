// The Models page for tests: opened in headless Chromium over a fake bridge, with models, downloads and names to find things.
import type { Page } from 'playwright-core';
import { fakeModel, FakeBridge } from './fakeBridge.ts';
import { fakeDownload } from './fakeLibrary.ts';
import type { WindowTests } from './windowPage.ts';

export interface OpenedModels {
  page: Page;
  bridge: FakeBridge;
}

/** Opens the page over a bridge that was prepared. */
export async function withModels(
  { withWindow }: WindowTests,
  prepare: (bridge: FakeBridge) => void,
  use: (opened: OpenedModels) => Promise<void>,
): Promise<void> {
  const fake = new FakeBridge();
  prepare(fake);
  await withWindow(fake, async ({ page, bridge }) => {
    await openModels(page);
    await use({ page, bridge });
  });
}

export async function openModels(page: Page): Promise<void> {
  await page.getByRole('button', { name: /, open Models$/ }).click();
  await page.getByRole('heading', { name: 'On this computer' }).waitFor();
}

export const named = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
export const catalogueEntry = (page: Page, name: string) => page.locator('details').filter({ hasText: name });
export const installed = (page: Page, name: string) =>
  page.getByRole('region', { name: 'On this computer' }).getByRole('listitem').filter({ hasText: name });

export function manyModels(bridge: FakeBridge): void {
  bridge.settings = { ...bridge.settings, graphicsMemory: 24e9 };
  const large = bridge.library.install({ lastUsedAt: Date.now() - 86_400_000 });
  bridge.library.install({
    id: 'file-1',
    name: 'My own fine-tune of a model with a name that goes on and on, merged, version 12, final',
    place: 'linked',
    folder: '/mnt/big-disk/models/experiments/2026/november',
    licence: null,
  });
  bridge.library.install({
    id: 'qwen3-8b-q6_k',
    problem: {
      code: 'damaged',
      message: 'Qwen3-8B-Q6_K.gguf is not the size it was when it was added. Verify it again.',
    },
  });
  bridge.models = [fakeModel, { ...fakeModel, id: large.id, name: large.name, byteLength: large.byteLength }];
}

/** One in each state that a person sees for longer. */
export const downloads = [
  fakeDownload(),
  fakeDownload({
    id: '1'.repeat(16),
    name: 'Qwen3 4B Q4_K_M',
    source: 'catalogue:qwen3-4b-q4_k_m',
    state: 'waiting',
    bytes: 600_000_000,
    totalBytes: 2_500_000_000,
    retryAt: Date.now() + 3_600_000,
    problem: { code: 'network', message: 'huggingface.co is busy and asks to wait.' },
  }),
  fakeDownload({ id: '2'.repeat(16), name: 'Qwen3 8B Q4_K_M', state: 'queued', bytes: 0, totalBytes: null }),
  fakeDownload({ id: '3'.repeat(16), name: 'Qwen3 14B Q4_K_M', state: 'verifying', verifiedBytes: 4_000_000_000 }),
  fakeDownload({
    id: '4'.repeat(16),
    name: 'Qwen3 32B Q8_0',
    state: 'failed',
    bytes: 12_000_000_000,
    totalBytes: 34_800_000_000,
    problem: {
      code: 'disk-full',
      message:
        'The disk has too little room: 22.8 GB are needed, and 20.1 GB can be used. What was downloaded is kept; free some space and go on.',
    },
  }),
];
