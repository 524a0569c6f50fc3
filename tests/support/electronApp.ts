// The app in a real Electron, from the first test of a file to its last.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { ChatPage } from './chatPage.ts';
import { launchApp, startDisplay, type Display } from './electron.ts';

export interface StartedApp {
  app: ElectronApplication;
  /** Its window, ready to chat. */
  chat: ChatPage;
  display: Display;
}

export interface RunningApp {
  /** For the files of the tests; it is removed with them. */
  folder: string;
  dataFolder: string;
  /** Starts the app again on the same data, after it was closed or has crashed. */
  start(): Promise<void>;
}

export interface RunningAppOptions {
  /** Variables of its environment, given the tests' folder. */
  environmentIn?: (folder: string) => Record<string, string>;
  /** Errors in the console that the tests provoke. */
  provoked?: RegExp;
}

/**
 * Starts the app before the first test and closes it after the last; its page must be without errors then.
 * @param onStart - Told of the app whenever it has been started.
 */
export function runningApp(
  onStart: (started: StartedApp) => unknown,
  { environmentIn, provoked }: RunningAppOptions = {},
): RunningApp {
  const folder = mkdtempSync(path.join(tmpdir(), 'conclave-electron-'));
  const dataFolder = path.join(folder, 'data');
  const problems: string[] = [];
  let display: Display;
  let app: ElectronApplication;

  async function start(): Promise<void> {
    app = await launchApp(display, dataFolder, environmentIn?.(folder));
    const page = await app.firstWindow();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (line) => {
      if (line.type() === 'error' && !provoked?.test(line.text())) problems.push(line.text());
    });
    const chat = new ChatPage(page);
    await chat.ready();
    await onStart({ app, chat, display });
  }

  beforeAll(async () => {
    display = await startDisplay();
    await start();
  });

  afterAll(async () => {
    await app.close();
    display.close();
    rmSync(folder, { recursive: true, force: true });
    expect(problems).toEqual([]);
  });

  return { folder, dataFolder, start };
}
