// What a person does on the Models page, in headless Chromium around a fake engine.
import { describe, expect, it } from 'vitest';
import { chromiumMissing } from '../../support/chromium.ts';
import { fakeModel, type FakeBridge } from '../../support/fakeBridge.ts';
import { fakeDownload } from '../../support/fakeLibrary.ts';
import {
  catalogueEntry,
  downloads,
  installed,
  manyModels,
  named as button,
  openModels,
  withModels,
} from '../../support/modelsPage.ts';
import { modelCard, windowTests } from '../../support/windowPage.ts';

const tests = windowTests('library');
const pictures = 'screenshots/library';

describe.skipIf(chromiumMissing)('the Models page', () => {
  it('downloads nothing before its button is pressed, and then shows how far it is', async () => {
    await withModels(tests, manyModels, async ({ page, bridge }) => {
      const entry = catalogueEntry(page, 'Qwen3 8B');
      await entry.locator('summary').click();
      await entry.getByText('Fits', { exact: true }).first().waitFor();
      expect(bridge.namesCalled()).not.toContain('downloads:pull');
      await button(page, 'Download Qwen3 8B Q4_K_M').click();
      await page.getByText('Asking the server').waitFor();
      const row = page.getByRole('region', { name: 'Downloads' }).getByRole('listitem');
      const height = async () => (await row.boundingBox())!.height;
      const before = await height();
      const [{ id }] = bridge.library.downloads;
      bridge.library.tell([fakeDownload({ id, modelId: 'qwen3-8b-q4_k_m', name: 'Qwen3 8B Q4_K_M' })]);
      await page.getByText('8.2 GB of 18.6 GB · 112 MB/s · 2 min left').waitFor();
      await page.getByRole('list', { name: 'Qwen3 8B' }).getByRole('button', { name: 'Downloading' }).waitFor();
      expect(await height()).toBe(before);
      await row.getByRole('button', { name: 'Pause' }).click();
      await row.getByRole('button', { name: 'Resume' }).waitFor();
      expect(await height()).toBe(before);
      bridge.library.tell([{ ...downloads[4], id }]);
      await row.getByText('too little room').waitFor();
      expect(await height()).toBe(before);
      await row.getByRole('button', { name: 'Cancel' }).click();
      await row.waitFor({ state: 'hidden' });
    });
  });

  it('says what fits once the size of the card is known', async () => {
    await withModels(
      tests,
      () => {},
      async ({ page, bridge }) => {
        await page.getByText('8.0 GB is assumed').waitFor();
        const entry = catalogueEntry(page, 'Qwen3 30B-A3B Instruct 2507');
        await entry.getByText('May not fit').first().waitFor();
        await page.getByRole('combobox', { name: 'Graphics memory' }).selectOption('24 GB');
        await entry.locator('summary').getByText('Fits', { exact: true }).waitFor();
        expect(bridge.settings.graphicsMemory).toBe(24e9);
      },
    );
  });

  it('switches the model of the chat, from here and from the top bar', async () => {
    await withModels(tests, manyModels, async ({ page }) => {
      await button(page, /^Use in this chat: Qwen3 30B/).click();
      await installed(page, 'Qwen3 30B').getByText('In this chat', { exact: true }).waitFor();
      await page.keyboard.press('Escape');
      await button(page, /^Model: Qwen3 30B/).click();
      await page.getByRole('menuitemradio', { name: /^Starter/ }).click();
      await button(page, 'Model: Starter').waitFor();
      await button(page, 'Model: Starter').click();
      await page.getByRole('menuitem', { name: 'All models' }).click();
      await page.getByRole('heading', { name: 'Models', level: 1 }).waitFor();
    });
  });

  it('goes back to the chat when one is opened or begun', async () => {
    await withModels(tests, manyModels, async ({ page }) => {
      await button(page, 'New chat').click();
      await page.getByRole('textbox', { name: 'Message' }).waitFor();
      await openModels(page);
      await button(page, 'Back to the chat').click();
      await page.getByRole('textbox', { name: 'Message' }).waitFor();
    });
  });

  it('removes a model, brings it back, and adds one by its path', async () => {
    await withModels(tests, manyModels, async ({ page, bridge }) => {
      await button(page, /^More about Qwen3 30B/).click();
      await page.getByRole('menuitem', { name: 'Remove' }).click();
      await installed(page, 'Qwen3 30B').waitFor({ state: 'hidden' });
      await button(page, 'Undo').click();
      await installed(page, 'Qwen3 30B').waitFor();
      await button(page, 'Add a model').click();
      const source = page.getByRole('textbox', { name: 'Name, address or path' });
      await expect.poll(() => source.evaluate((field) => field === document.activeElement)).toBe(true);
      await source.fill('/mnt/models/mine.gguf');
      await page.getByRole('radio', { name: /Copy it/ }).check();
      await button(page, 'Add').click();
      await page.getByText('“mine.gguf” is in the library').waitFor();
      const imports = bridge.calls.filter(({ name }) => name === 'library:import');
      expect(imports.map(({ payload }) => payload)).toEqual([{ path: '/mnt/models/mine.gguf', how: 'copy' }]);
    });
  });

  it('takes a dropped model file, as far as a browser can', async () => {
    await withModels(tests, manyModels, async ({ page }) => {
      await page.evaluate(() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(['GGUF'], 'mine.gguf'));
        for (const type of ['dragenter', 'drop'])
          document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
      });
      await page.getByText('does not say where a dropped file is').waitFor();
    });
  });

  it('offers the context that fits when the memory is too small, and loads with it', async () => {
    const prepare = (bridge: FakeBridge) => {
      bridge.settings = { ...bridge.settings, graphicsMemory: 80e9 };
      const { id, name } = bridge.library.install({ id: 'large', name: 'Large' });
      bridge.models = [fakeModel, { ...fakeModel, id, name }];
    };
    await withModels(tests, prepare, async ({ page }) => {
      await button(page, 'Use in this chat: Large').click();
      await page.getByText('not have enough free memory').waitFor();
      await page.screenshot({ path: `${pictures}/out-of-memory-light.png` });
      await button(page, 'Load with 4,096 tokens').click();
      await modelCard(page).getByText('ready on NVIDIA').waitFor();
    });
  });

  it('cancels loading, and loads again', async () => {
    const prepare = (bridge: FakeBridge) => {
      bridge.models = [{ ...fakeModel, id: 'slow' }];
    };
    await withModels(tests, prepare, async ({ page }) => {
      const card = modelCard(page);
      await card.getByText(/\/s$/).waitFor();
      await page.screenshot({ path: `${pictures}/loading-light.png` });
      await button(page, 'Cancel loading').click();
      await card.getByText('Loading was cancelled').waitFor();
      await button(page, 'Load').click();
      await card.getByRole('progressbar').waitFor();
    });
  });
});
