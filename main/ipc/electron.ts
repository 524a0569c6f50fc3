// The contract over Electron's IPC: the only file that knows ipcMain and webContents.send. Answers none but the app's
// own page in one of its own windows.
import { ipcMain, type BrowserWindow, type IpcMainInvokeEvent } from 'electron';
import type { EventHub } from '../events.ts';
import { eventChannel, requestChannel } from './channels.ts';
import { AppError } from './errors.ts';
import type { Dispatch } from './handlers.ts';

/** Where the app's page lives; every other address is foreign. */
export const appOrigin = 'app://conclave';

export interface ElectronIpcOptions {
  dispatch: Dispatch;
  events: EventHub;
  window: () => BrowserWindow | undefined;
}

export function connectElectronIpc({ dispatch, events, window }: ElectronIpcOptions): void {
  ipcMain.handle(requestChannel, async (event, name: unknown, payload: unknown) => {
    if (!isOwnPage(event, window())) {
      const error = new AppError('forbidden', 'Only the window of Conclave may ask for this.');
      return { ok: false, error: error.toData() };
    }
    return dispatch(String(name), payload);
  });
  events.listen((name, event) => {
    const target = window();
    if (target !== undefined && !target.isDestroyed()) target.webContents.send(eventChannel, name, event);
  });
}

function isOwnPage({ sender, senderFrame }: IpcMainInvokeEvent, window: BrowserWindow | undefined): boolean {
  if (window === undefined || window.isDestroyed() || sender !== window.webContents) return false;
  return senderFrame !== null && senderFrame === sender.mainFrame && senderFrame.url.startsWith(`${appOrigin}/`);
}
