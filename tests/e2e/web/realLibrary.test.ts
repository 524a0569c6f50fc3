// The library with a real server and real files, from the window: a model of the catalogue through a mirror, an import and a verification
// that are cancelled, the same again to their end, and an answer of another model after a switch.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { poll, type ChatPage } from '../../support/chatPage.ts';
import { chromiumMissing } from '../../support/chromium.ts';
import { startFaultServer } from '../../support/faultServer.ts';
import { catalogueEntry, installed, named as button, openModels } from '../../support/modelsPage.ts';
import { starterPath } from '../../support/starter.ts';
import { writeStarterFolder } from '../../support/starterFolder.ts';
import { tinyGguf } from '../../support/tinyModel.ts';
import { startWebChat, type WebChat } from '../../support/webChat.ts';
import { modelCard, modelReady } from '../../support/windowPage.ts';

const hubPath = '/Qwen/Qwen3-0.6B-GGUF/resolve/main/Qwen3-0.6B-Q8_0.gguf';

describe.skipIf(chromiumMissing)('the library with real files', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'conclave-files-'));
  let web: WebChat;
  let chat: ChatPage;
  let page: Page;

  beforeAll(async () => {
    web = await startWebChat();
    chat = await web.open();
    ({ page } = chat);
    page.setDefaultTimeout(20_000);
    await openModels(page);
  });

  afterAll(async () => {
    await web.close();
    fs.rmSync(folder, { recursive: true, force: true });
    expect(web.problems).toEqual([]);
  });

  /** A model file that takes a while to copy and to read, though it takes no space. */
  function largeFile(): string {
    const file = path.join(folder, 'Large-Q8_0.gguf');
    fs.writeFileSync(file, tinyGguf());
    fs.truncateSync(file, 900 * 2 ** 20);
    return file;
  }

  async function add(file: string, how: RegExp): Promise<void> {
    await button(page, 'Add a model').click();
    await page.getByRole('textbox', { name: 'Name, address or path' }).fill(file);
    await page.getByRole('radio', { name: how }).check();
    await button(page, 'Add').click();
  }

  const verify = async (name: string) => {
    await installed(page, name)
      .getByRole('button', { name: /^More about/ })
      .click();
    await page.getByRole('menuitem', { name: 'Verify again' }).click();
  };

  test('pulls a model of the catalogue from a mirror', async () => {
    const server = await startFaultServer({ [hubPath]: fs.readFileSync(starterPath) });
    const mirror = page.getByRole('textbox', { name: 'Mirror' });
    await mirror.fill(server.origin);
    await mirror.press('Enter');
    const entry = catalogueEntry(page, 'Qwen3 0.6B');
    await entry.locator('summary').click();
    await button(page, 'Download Qwen3 0.6B Q8_0').click();
    // The bytes are the starter's: the library knows a model by its bytes, and does not keep them twice.
    await page.getByText(/is ready$/).waitFor();
    server.files.set(hubPath, { bytes: Buffer.concat([fs.readFileSync(starterPath), Buffer.alloc(64)]) });
    await button(page, 'Download Qwen3 0.6B Q8_0').click();
    await installed(page, 'Qwen3 0.6B Q8_0').waitFor();
    expect(server.asked.every(({ path: asked }) => asked === hubPath)).toBe(true);
  });

  test('switches a chat to it and back, and both answer', async () => {
    await button(page, 'Use in this chat: Qwen3 0.6B Q8_0').click();
    await page.keyboard.press('Escape');
    await chat.newChat();
    await chat.openSampling();
    await chat.setMode('Greedy');
    const answer = await chat.ask('What is the capital of France?');
    expect(answer).toContain('Paris');
    await button(page, /^Model: Qwen3 0.6B Q8_0/).click();
    await page.getByRole('menuitemradio', { name: /^Starter/ }).click();
    await modelReady(page);
    await chat.button('Regenerate').click();
    await chat.conversation.getByText('2 of 2').waitFor();
    await chat.finished();
    expect(await chat.lastAnswer()).toBe(answer);
    await openModels(page);
  });

  test('an import is cancelled, and made again by a link', async () => {
    const file = largeFile();
    await add(file, /Copy it/);
    const dialog = page.getByRole('dialog', { name: 'Add a model' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.getByRole('button', { name: 'Add', exact: true }).waitFor();
    expect(fs.readdirSync(path.join(web.dataFolder, 'models')).filter((name) => /import|large/.test(name))).toEqual([]);
    await page.getByRole('radio', { name: /Leave it/ }).check();
    await button(page, 'Add').click();
    await installed(page, 'Large').getByText('stays where it is').waitFor();
  });

  test('a folder of floats is loaded in 8 bits when asked, answers, and stays so after a restart', async () => {
    const folderOfFloats = path.join(folder, 'starter-bf16');
    await writeStarterFolder(folderOfFloats);
    await add(folderOfFloats, /Leave it/);
    const row = installed(page, 'starter-bf16');
    await row.getByRole('radio', { name: /^8 bits/ }).check();
    await page.keyboard.press('Escape');
    await chat.newChat();
    await openModels(page);
    await button(page, 'Use in this chat: starter-bf16').click();
    await page.keyboard.press('Escape');
    const status = modelCard(page);
    await status.getByText('BF16 → Q8_0').waitFor();
    await chat.setMode('Greedy');
    expect(await chat.ask('What is the capital of France?')).toContain('Paris');
    await page.reload();
    await chat.ready();
    await status.getByText('BF16 → Q8_0').waitFor();
    await openModels(page);
    expect(await row.getByRole('radio', { name: /^8 bits/ }).isChecked()).toBe(true);
    await button(page, /^Use in this chat: Starter/).click();
  });

  test('a verification is cancelled, which says nothing of the model; the next one goes to its end', async () => {
    await verify('Large');
    const row = installed(page, 'Large');
    await row.getByRole('button', { name: /^Cancel/ }).click();
    await row.getByRole('progressbar').waitFor({ state: 'hidden' });
    expect(await row.getByRole('alert').count()).toBe(0);
    await verify('Large');
    await page.getByText('every byte was read and compared').waitFor();
  });

  test('a file that was harmed is found, said beside it, and no longer offered', async () => {
    await verify('Qwen3 0.6B');
    await page.getByText(/^Qwen3 0.6B Q8_0 is whole/).waitFor();
    const file = path.join(web.dataFolder, 'models', 'qwen3-0.6b-q8_0', 'Qwen3-0.6B-Q8_0.gguf');
    const handle = fs.openSync(file, 'r+');
    fs.writeSync(handle, 'x', 5_000_000);
    fs.closeSync(handle);
    await verify('Qwen3 0.6B');
    const row = installed(page, 'Qwen3 0.6B Q8_0');
    await row.getByText('is damaged').waitFor();
    await expect.poll(() => row.getByRole('button', { name: /^Use in this chat/ }).isEnabled(), poll).toBe(false);
  });
});
