// Every state of the Models page in headless Chromium around a fake engine: accessible in light, dark and small, and on record
// as a picture in screenshots/library.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { poll } from '../../support/chatPage.ts';
import { chromiumMissing } from '../../support/chromium.ts';
import type { FakeBridge } from '../../support/fakeBridge.ts';
import { largeModelId } from '../../support/fakeLibrary.ts';
import {
  catalogueEntry,
  downloads,
  installed,
  manyModels,
  named as button,
  withModels,
} from '../../support/modelsPage.ts';
import { windowTests } from '../../support/windowPage.ts';

const tests = windowTests('library');

interface State {
  name: string;
  prepare?: (bridge: FakeBridge) => void;
  reach: (page: Page, bridge: FakeBridge) => Promise<void>;
}

const states: State[] = [
  { name: 'new', prepare: () => {}, reach: (page) => page.getByText('comes with the app').waitFor() },
  { name: 'installed', reach: (page) => page.getByText('stays where it is').waitFor() },
  {
    // README shows these pictures, light and dark: build/screenshots/models-*.png.
    name: 'downloads',
    prepare: (bridge) => {
      manyModels(bridge);
      bridge.library.downloads = downloads;
    },
    reach: (page) => page.getByText('tries again in').waitFor(),
  },
  {
    name: 'catalogue',
    reach: async (page) => {
      const entry = catalogueEntry(page, 'Qwen3 30B-A3B Instruct 2507');
      await entry.locator('summary').click();
      await entry.getByText('BF16').waitFor();
      await page.getByRole('heading', { name: 'Get a model' }).evaluate((heading) => heading.scrollIntoView());
    },
  },
  {
    name: 'settings',
    prepare: (bridge) => {
      manyModels(bridge);
      bridge.library.downloads = [downloads[0]];
      bridge.library.removed = [bridge.library.models.pop()!];
    },
    reach: async (page) => {
      const limit = page.getByRole('textbox', { name: 'Speed limit' });
      await limit.fill('fast');
      await limit.press('Enter');
      await page.getByText('must be a number above 0').waitFor();
      await limit.evaluate((field) => field.scrollIntoView());
    },
  },
  {
    name: 'smaller-cache',
    prepare: (bridge) => {
      manyModels(bridge);
      bridge.settings = { ...bridge.settings, graphicsMemory: 20e9, modelContexts: { [largeModelId]: 16_384 } };
    },
    reach: async (page) => {
      const row = installed(page, 'Qwen3 30B');
      await row.getByText('with 8 bits').waitFor();
      expect(await row.getByRole('combobox', { name: /^Context of Qwen3 30B/ }).inputValue()).toBe('16384');
    },
  },
  {
    name: 'weights',
    prepare: (bridge) => {
      bridge.settings = { ...bridge.settings, graphicsMemory: 24e9 };
      bridge.library.install({ id: 'qwen3-30b-a3b-bf16', format: 'hugging-face' });
    },
    reach: async (page, bridge) => {
      const row = installed(page, 'Qwen3 30B-A3B');
      await row.getByRole('button', { name: 'Use weights of 4 bits' }).waitFor();
      expect(await row.getByRole('radio', { name: /^As they are/ }).isChecked()).toBe(true);
      await row.getByRole('radio', { name: /^8 bits/ }).check();
      await expect.poll(() => bridge.settings.modelWeights, poll).toEqual({ 'qwen3-30b-a3b-bf16': 'Q8_0' });
      await row.getByText('fit').first().waitFor();
    },
  },
  {
    name: 'menu',
    reach: async (page) => {
      await button(page, /^More about Qwen3 30B/).click();
      await page.getByRole('menuitem', { name: 'Verify again' }).waitFor();
    },
  },
  {
    name: 'verifying',
    reach: async (page, bridge) => {
      await expect.poll(() => bridge.listenerCount('library:progress'), poll).toBeGreaterThan(0);
      const progress = { id: largeModelId, stage: 'verifying', bytes: 7.1e9, totalBytes: 18.6e9 } as const;
      bridge.send('library:progress', progress);
      await page.getByText('7.1 GB of 18.6 GB').waitFor();
    },
  },
  {
    name: 'removed',
    reach: async (page) => {
      await button(page, /^More about Qwen3 30B/).click();
      await page.getByRole('menuitem', { name: 'Remove' }).click();
      await button(page, 'Undo').waitFor();
    },
  },
  {
    name: 'add',
    reach: async (page) => {
      await button(page, 'Add a model').click();
      await page.getByRole('textbox', { name: 'Name, address or path' }).fill('Qwen/Qwen3-4B-GGUF');
      await page.getByText('Looking asks').waitFor();
    },
  },
  {
    name: 'add-preview',
    prepare: (bridge) => {
      manyModels(bridge);
      const { shape } = bridge.library.models[0];
      bridge.library.preview = {
        name: 'Qwen3-30B-A3B Q4_K_M',
        files: [{ name: 'a.gguf', byteLength: 18_600_000_000, sha256: null }],
        byteLength: 18_600_000_000,
        quantization: 'Q4_K_M',
        choices: ['Q4_K_M', 'Q8_0'],
        shape,
        problem: null,
      };
    },
    reach: async (page) => {
      await button(page, 'Add a model').click();
      await page.getByRole('textbox', { name: 'Name, address or path' }).fill('Qwen/Qwen3-30B-A3B-GGUF');
      await button(page, 'Look').click();
      await page.getByRole('combobox', { name: 'Quantisation' }).waitFor();
    },
  },
  {
    name: 'add-path',
    reach: async (page) => {
      await button(page, 'Add a model').click();
      await page.getByRole('textbox', { name: 'Name, address or path' }).fill('/mnt/models/a.gguf');
      await page.getByRole('radio', { name: /Copy it/ }).waitFor();
    },
  },
  {
    name: 'move',
    reach: async (page) => {
      await button(page, 'Move…').click();
      await page.getByRole('textbox', { name: 'New folder' }).waitFor();
    },
  },
  {
    name: 'not-read',
    prepare: (bridge) => bridge.refuse.set('library:list', { code: 'internal', message: 'The disk cannot be read.' }),
    reach: (page) => button(page, 'Try again').waitFor(),
  },
];

describe.skipIf(chromiumMissing)('states of the Models page', () => {
  it.each(states)('$name', async ({ name, prepare = manyModels, reach }) => {
    // The page whose first reading fails has no list to wait for.
    const failsLater = name === 'not-read';
    await withModels(tests, failsLater ? () => {} : prepare, async ({ page, bridge }) => {
      if (failsLater) {
        await button(page, 'Back to the chat').click();
        prepare(bridge);
        await page.getByRole('button', { name: /, open Models$/ }).click();
      }
      await reach(page, bridge);
      await tests.look(page, name);
    });
  });
});
