// The packed app: built as for a release, then the binary itself is started (not the sources), and closed off by its
// fuses. Debugging Node is one of the things that the fuses forbid, so the window is driven by its own debugging port.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ChatPage, poll } from '../../support/chatPage.ts';
import {
  electronDist,
  electronMissing,
  sandboxArgs,
  startDisplay,
  waitForOutput,
  withReason,
  type Display,
} from '../../support/electron.ts';
import { screenshot } from '../../support/screenshots.ts';

const project = path.resolve(import.meta.dirname, '../../..');

describe.skipIf(electronMissing)(withReason('the packed app', electronMissing), () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'conclave-packed-'));
  const unpacked = path.join(folder, 'release/linux-unpacked');
  const binary = path.join(unpacked, 'conclave');
  const resources = path.join(unpacked, 'resources');
  const dataFolder = path.join(folder, 'data');
  let display: Display;

  beforeAll(async () => {
    pack();
    display = await startDisplay();
  });

  afterAll(() => {
    display.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  function pack(): void {
    const environment = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    const electron = path.join(electronDist!, 'electron');
    const version = execFileSync(electron, ['-p', 'process.versions.electron'], { env: environment }).toString().trim();
    const config = {
      electronDist: electronDist!,
      electronVersion: version,
      npmRebuild: 'false',
      'directories.output': path.join(folder, 'release'),
    };
    const options = Object.entries(config).map(([key, value]) => `-c.${key}=${value}`);
    execFileSync(process.execPath, [path.join(project, 'build/dist.ts'), '--linux', 'dir', ...options], {
      stdio: 'pipe',
    });
    // A runtime older than the app's brings an addon that it can load, in the folder of its own default app.
    const addon = path.join(electronDist!, 'resources/app/better_sqlite3.node');
    const packed = path.join(
      resources,
      `app.asar.unpacked/node_modules/better-sqlite3/prebuilds/linux-${process.arch}.node`,
    );
    expect(fs.existsSync(packed)).toBe(true);
    if (fs.existsSync(addon)) fs.copyFileSync(addon, packed);
  }

  async function start(): Promise<{ chat: ChatPage; stop: () => Promise<void> }> {
    const args = [...sandboxArgs, '--remote-debugging-port=0', '--data', dataFolder];
    const app: ChildProcess = spawn(binary, args, { env: display.environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const [, port] = await waitForOutput(app, /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//);
    const browser: Browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
    const context = browser.contexts()[0];
    const page = context.pages()[0] ?? (await context.waitForEvent('page'));
    const chat = new ChatPage(page);
    await chat.ready();
    const stop = async () => {
      const exited = once(app, 'exit');
      // The last window's end is the app's.
      await page.close();
      await browser.close();
      await exited;
    };
    return { chat, stop };
  }

  test('holds what it runs from, the starter, and its licences, and nothing of the sources', () => {
    expect(fs.readdirSync(path.join(resources, 'models'), { recursive: true }).sort()).toEqual([
      'catalogue.json',
      'starter',
      'starter/MODEL_CARD.md',
      'starter/starter-v0.q4_k_m.gguf',
    ]);
    expect(fs.readdirSync(resources)).toEqual(
      expect.arrayContaining(['LICENSE', 'THIRD_PARTY_NOTICES.md', 'app.asar']),
    );
    const addons = path.join(resources, 'app.asar.unpacked/node_modules/better-sqlite3/prebuilds');
    expect(fs.readdirSync(addons)).toEqual([`linux-${process.arch}.node`]);
    const files = filesOfAsar(path.join(resources, 'app.asar'));
    expect(files).toContain('dist/main/index.js');
    expect(files.filter((file) => !/^(dist\/|package\.json$|node_modules\/better-sqlite3\/)/.test(file))).toEqual([]);
  });

  test('is closed off by its fuses', async () => {
    const wire = await getCurrentFuseWire(binary);
    const isOn = (fuse: FuseV1Options) => wire[fuse] === FuseState.ENABLE;
    expect(isOn(FuseV1Options.RunAsNode)).toBe(false);
    expect(isOn(FuseV1Options.EnableNodeOptionsEnvironmentVariable)).toBe(false);
    expect(isOn(FuseV1Options.EnableNodeCliInspectArguments)).toBe(false);
    expect(isOn(FuseV1Options.GrantFileProtocolExtraPrivileges)).toBe(false);
    expect(isOn(FuseV1Options.EnableEmbeddedAsarIntegrityValidation)).toBe(true);
    expect(isOn(FuseV1Options.OnlyLoadAppFromAsar)).toBe(true);
    expect(isOn(FuseV1Options.EnableCookieEncryption)).toBe(true);
  });

  test('answers, and finds the chat again after a restart', async () => {
    const first = await start();
    await first.chat.openSampling();
    await first.chat.setMode('Greedy');
    const answer = await first.chat.ask('What is the capital of France?');
    expect(answer).toContain('Paris');
    await screenshot(first.chat.page, 'packaged-answer');
    await first.stop();

    const second = await start();
    expect(await second.chat.titles()).toEqual(['What is the capital of France?']);
    await second.chat.open('What is the capital of France?');
    await expect.poll(() => second.chat.lastAnswer(), poll).toBe(answer);
    await second.stop();
  });
});

interface AsarFolder {
  files: Record<string, AsarFolder | { size: number }>;
}

/** Paths in an asar archive. Its header is JSON after four 32-bit lengths, of which the last is the text's own. */
function filesOfAsar(archive: string): string[] {
  const bytes = fs.readFileSync(archive);
  const header = JSON.parse(bytes.toString('utf8', 16, 16 + bytes.readUInt32LE(12))) as AsarFolder;
  const list = (folder: AsarFolder, prefix: string): string[] =>
    Object.entries(folder.files).flatMap(([name, entry]) =>
      'files' in entry ? list(entry, `${prefix}${name}/`) : [`${prefix}${name}`],
    );
  return list(header, '');
}
