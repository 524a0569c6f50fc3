// Weights over weights://, read by several workers, in a real Electron.
import type { ElectronApplication } from 'playwright-core';
import { describe } from 'vitest';
import type { Bridge, Payload, RequestName, Result } from '../../../main/ipc/contract.ts';
import type { ChatPage } from '../../support/chatPage.ts';
import { electronMissing, withReason } from '../../support/electron.ts';
import { runningApp } from '../../support/electronApp.ts';
import { testReaders } from '../../support/readerChecks.ts';

describe.skipIf(electronMissing)(withReason('readers of weights in Electron', electronMissing), () => {
  let app: ElectronApplication;
  let chat: ChatPage;
  const { folder } = runningApp((started) => ({ app, chat } = started), {
    provoked: /^Failed to load resource: net::/,
  });

  async function request<Name extends RequestName>(name: Name, payload: Payload<Name>): Promise<Result<Name>> {
    const reply = await chat.page.evaluate(
      ([asked, with_]) => (window as unknown as { conclave: Bridge }).conclave.request(asked, with_),
      [name, payload] as const,
    );
    if (!reply.ok) throw new Error(`${name}: ${reply.error.code}: ${reply.error.message}`);
    return reply.value;
  }

  testReaders(() => ({ page: chat.page, folder, pid: app.process().pid!, request }));
});
