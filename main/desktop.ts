// What only a desktop can do for the library: dialogs, showing a file in its folder, the platform's bin, the progress in dock
// and taskbar.
import type { BrowserWindow, OpenDialogOptions } from 'electron';
import { dialog, shell } from 'electron';
import type { Download } from './ipc/libraryContract.ts';
import type { DesktopTexts } from './desktopTexts.ts';
import type { Desktop } from './services.ts';

export function createDesktop(window: () => BrowserWindow | undefined, texts: () => DesktopTexts): Desktop {
  return {
    async choose(kind) {
      const options: OpenDialogOptions =
        kind === 'folder'
          ? { properties: ['openDirectory', 'createDirectory'] }
          : {
              properties: ['openFile'],
              filters: [
                { name: texts().models, extensions: ['gguf', 'safetensors'] },
                { name: texts().allFiles, extensions: ['*'] },
              ],
            };
      const parent = window();
      const { canceled, filePaths } = await (parent === undefined || parent.isDestroyed()
        ? dialog.showOpenDialog(options)
        : dialog.showOpenDialog(parent, options));
      return canceled || filePaths.length === 0 ? null : filePaths;
    },
    reveal: (file) => shell.showItemInFolder(file),
    trash: (path) => shell.trashItem(path),
  };
}

/** For the bar in dock and taskbar: 0 to 1 of all running downloads together, 2 while their size is not known, −1 for none. */
export function downloadShare(downloads: readonly Download[]): number {
  const running = downloads.filter(({ state }) => ['starting', 'downloading', 'waiting', 'verifying'].includes(state));
  if (running.length === 0) return -1;
  const total = running.reduce((sum, { totalBytes }) => sum + (totalBytes ?? 0), 0);
  return total === 0 ? 2 : running.reduce((sum, { bytes }) => sum + bytes, 0) / total;
}
