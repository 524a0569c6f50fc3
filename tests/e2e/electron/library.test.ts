// The library in a real Electron: dialogs, dropped files, "Show in folder", the platform's bin, and weights:// by range.
import fs from 'node:fs';
import path from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../../main/store/open.ts';
import { poll, type ChatPage } from '../../support/chatPage.ts';
import { electronMissing, withReason } from '../../support/electron.ts';
import { runningApp } from '../../support/electronApp.ts';
import { installed, named as button, openModels } from '../../support/modelsPage.ts';
import { screenshot } from '../../support/screenshots.ts';
import { starterPath } from '../../support/starter.ts';
import { writeStarterFolder } from '../../support/starterFolder.ts';
import { tinyGguf } from '../../support/tinyModel.ts';
import { modelCard } from '../../support/windowPage.ts';

const golden = path.resolve(import.meta.dirname, '../../fixtures/goldens/moe');
const starter = '/starter-v0/starter-v0.q4_k_m.gguf';

const trashIn = (folder: string) => path.join(folder, 'trash');

/** A bin of the platform's kind that the test can look into: Electron runs `trash-put`. */
function withTrash(folder: string): Record<string, string> {
  fs.mkdirSync(trashIn(folder), { recursive: true });
  const script = path.join(folder, 'trash-put');
  fs.writeFileSync(script, `#!/bin/sh\nfor last; do :; done\nmv "$last" '${trashIn(folder)}'\n`, { mode: 0o755 });
  return { ELECTRON_TRASH: 'trash-cli', PATH: `${folder}${path.delimiter}${process.env['PATH'] ?? ''}` };
}

describe.skipIf(electronMissing)(withReason('the library in Electron', electronMissing), () => {
  let app: ElectronApplication;
  let chat: ChatPage;
  let page: Page;
  const { folder, dataFolder, start } = runningApp(
    async (started) => {
      ({ app, chat } = started);
      ({ page } = chat);
      await openModels(page);
    },
    { environmentIn: withTrash, provoked: /^Failed to load resource: net::/ },
  );
  const trashFolder = trashIn(folder);

  function modelFile(name: string, more = 0): string {
    const file = path.join(folder, name);
    fs.writeFileSync(file, Buffer.concat([tinyGguf(), Buffer.alloc(more)]));
    return file;
  }

  /** What the next dialog answers, in the place of a person; null closes it without a choice. */
  const answerDialog = (chosen: string | null) =>
    app.evaluate(({ dialog }, file) => {
      dialog.showOpenDialog = () =>
        Promise.resolve({ canceled: file === null, filePaths: file === null ? [] : [file] });
    }, chosen);

  const menuItem = async (name: string, item: string) => {
    await button(page, `More about ${name}`).click();
    await page.getByRole('menuitem', { name: item }).click();
  };

  test('weights:// answers ranges, and nothing but the library', async () => {
    const bytes = fs.readFileSync(starterPath);
    const read = (name: string, range: string | null, method = 'GET') =>
      page.evaluate(
        async ([address, wanted, verb]) => {
          const headers = wanted === null ? {} : { Range: wanted };
          const response = await fetch(`weights://model${address}`, { method: verb, headers }).catch(() => null);
          if (response === null) return null;
          const body = new Uint8Array(await response.arrayBuffer());
          return { ok: response.ok, byteLength: body.length, start: [...body.subarray(0, 32)] };
        },
        [name, range, method] as const,
      );
    const size = bytes.length;
    for (const [range, first, end] of [
      ['bytes=4-11', 4, 12],
      ['bytes=0-8388607', 0, 8_388_608],
      [`bytes=${size - 7}-${size - 1}`, size - 7, size],
      [`bytes=${size - 7}-`, size - 7, size],
      [null, 0, size],
    ] as const)
      expect(await read(starter, range)).toEqual({
        ok: true,
        byteLength: end - first,
        start: [...bytes.subarray(first, Math.min(end, first + 32))],
      });
    expect(await read(starter, `bytes=${size}-`)).toBeNull();
    expect(await read(starter, null, 'POST')).toBeNull();
    for (const name of [
      '/starter-v0/other.gguf',
      '/starter-v0/..%2Fstarter-v0%2Fstarter-v0.q4_k_m.gguf',
      `/starter-v0/${encodeURIComponent('/etc/passwd')}`,
      '/starter-v0/%00',
      '/..%2F/x',
      '/',
    ])
      expect(await read(name, null)).toBeNull();
  });

  test('a folder of floats comes over weights:// and is loaded in 4 bits, as it was chosen', async () => {
    const floats = path.join(folder, 'starter-bf16');
    await writeStarterFolder(floats);
    await button(page, 'Add a model').click();
    await page.getByRole('textbox', { name: 'Name, address or path' }).fill(floats);
    await button(page, 'Add').click();
    await installed(page, 'starter-bf16')
      .getByRole('radio', { name: /^4 bits/ })
      .check();
    await button(page, 'Use in this chat: starter-bf16').click();
    await modelCard(page).getByText('BF16 → Q4_K').waitFor();
    await page.keyboard.press('Escape');
    await chat.openSampling();
    await chat.setMode('Greedy');
    expect(await chat.ask('What is the capital of France?')).toContain('Paris');
    await openModels(page);
    await button(page, /^Use in this chat: Starter/).click();
  });

  test('a file chosen in the dialog is added; a closed dialog changes nothing', async () => {
    await button(page, 'Add a model').click();
    await answerDialog(null);
    await button(page, 'Choose a file…').click();
    const source = page.getByRole('textbox', { name: 'Name, address or path' });
    await expect.poll(() => source.isEnabled(), poll).toBe(true);
    expect(await source.inputValue()).toBe('');
    const file = modelFile('Chosen-Q8_0.gguf');
    await answerDialog(file);
    await button(page, 'Choose a file…').click();
    await expect.poll(() => source.inputValue(), poll).toBe(file);
    await button(page, 'Add').click();
    await installed(page, 'Chosen').getByText('stays where it is').waitFor();
    await screenshot(page, 'electron-library');
  });

  test('a folder chosen in the dialog is added, and can be copied', async () => {
    await button(page, 'Add a model').click();
    await answerDialog(golden);
    await button(page, 'Choose a folder…').click();
    await page.getByRole('radio', { name: /Copy it/ }).check();
    await button(page, 'Add').click();
    await installed(page, 'moe').waitFor();
    expect(fs.readdirSync(path.join(dataFolder, 'models', 'moe'))).toEqual(
      expect.arrayContaining(['config.json', 'model.safetensors']),
    );
  });

  test('a dropped file is added by its real path', async () => {
    const file = modelFile('Dropped-Q8_0.gguf', 1000);
    const debug = await page.context().newCDPSession(page);
    const data = { items: [], files: [file], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
      await debug.send('Input.dispatchDragEvent', { type, x: 400, y: 400, data });
    await debug.detach();
    const source = page.getByRole('textbox', { name: 'Name, address or path' });
    await expect.poll(() => source.inputValue(), poll).toBe(file);
    await button(page, 'Add').click();
    await installed(page, 'Dropped').waitFor();
  });

  test('a model is shown in its folder', async () => {
    await app.evaluate(({ shell }) => {
      shell.showItemInFolder = (file) => Object.assign(globalThis, { shownFile: file });
    });
    await menuItem('Dropped-Q8_0', 'Show in folder');
    const shown = () => app.evaluate(() => (globalThis as { shownFile?: string }).shownFile);
    await expect.poll(shown, poll).toBe(path.join(folder, 'Dropped-Q8_0.gguf'));
  });

  test('what was removed comes back by Undo; later it goes to the bin of the platform', async () => {
    await menuItem('moe', 'Remove');
    await installed(page, 'moe').waitFor({ state: 'hidden' });
    await button(page, 'Undo').click();
    await installed(page, 'moe').waitFor();
    await menuItem('moe', 'Remove');
    await installed(page, 'moe').waitFor({ state: 'hidden' });
    await menuItem('Dropped-Q8_0', 'Remove');
    await installed(page, 'Dropped').waitFor({ state: 'hidden' });
    await app.close();
    const store = openStore(dataFolder);
    for (const row of store.libraryModels.removed())
      store.libraryModels.put({ ...row, removedAt: Date.now() - 3_600_000 });
    store.close();
    await start();
    await expect.poll(() => fs.readdirSync(trashFolder), poll).toEqual(['moe']);
    expect(fs.readdirSync(path.join(trashFolder, 'moe'))).toContain('model.safetensors');
    // A linked file is not the app's to throw away.
    expect(fs.existsSync(path.join(folder, 'Dropped-Q8_0.gguf'))).toBe(true);
  });
});
