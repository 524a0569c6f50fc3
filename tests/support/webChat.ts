// A web shell with its own data folder and a page of headless Chromium on it, for the tests of one file.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { ChatPage } from './chatPage.ts';
import { launchChromium } from './chromium.ts';
import { startWebShell, type RunningShell } from './webShell.ts';

export interface WebChat {
  shell: RunningShell;
  dataFolder: string;
  /** Whatever went wrong in any page so far: uncaught errors and lines of the console that are errors. */
  problems: string[];
  /** A page of a browser profile of its own. */
  open(options?: BrowserContextOptions): Promise<ChatPage>;
  /** Starts the shell again on the same data. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startWebChat(): Promise<WebChat> {
  const dataFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'conclave-web-'));
  const browser: Browser = await launchChromium({ webgpu: 'off' });
  const chat: WebChat = {
    shell: await startWebShell(dataFolder),
    dataFolder,
    problems: [],
    async open(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1180, height: 780 }, ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      page.on('pageerror', (error) => chat.problems.push(error.message));
      page.on('console', (line) => line.type() === 'error' && chat.problems.push(line.text()));
      await page.goto(chat.shell.address);
      const opened = new ChatPage(page);
      await opened.ready();
      return opened;
    },
    async restart() {
      await chat.shell.stop();
      chat.shell = await startWebShell(dataFolder);
    },
    async close() {
      await browser.close();
      await chat.shell.stop();
      fs.rmSync(dataFolder, { recursive: true, force: true });
    },
  };
  return chat;
}
