// What keeps the app at hand while its window is not: a key that works in every program, and on Windows and Linux, if the
// user wants that, an icon in the tray that the app lives on in when its window is closed. A Mac has its dock for that.
import { globalShortcut, Menu, nativeImage, Tray } from 'electron';
import trayIcon from '../build/icons/32x32.png?inline';
import type { Settings } from './ipc/contract.ts';
import type { DesktopTexts } from './desktopTexts.ts';

export interface BackgroundActions {
  show: () => void;
  newChat: () => void;
  quit: () => void;
  /** The key belongs to another program. */
  refused: (key: string) => void;
}

export interface Background {
  follow(settings: Settings, texts: DesktopTexts): void;
  /** The app goes on when its window is closed. */
  readonly keepsRunning: boolean;
}

export function createBackground({ show, newChat, quit, refused }: BackgroundActions): Background {
  let key: string | null = null;
  let tray: Tray | null = null;

  function followKey(wanted: string | null): void {
    if (wanted === key) return;
    if (key !== null) globalShortcut.unregister(key);
    key = wanted;
    if (wanted !== null && !globalShortcut.register(wanted, show)) refused(wanted);
  }

  function followTray(wanted: boolean, texts: DesktopTexts): void {
    if (!wanted) {
      tray?.destroy();
      tray = null;
      return;
    }
    if (tray === null) {
      tray = new Tray(nativeImage.createFromDataURL(trayIcon));
      tray.setToolTip('Conclave');
      tray.on('click', show);
    }
    tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: texts.show, click: show },
        { label: texts.newChat, click: newChat },
        { type: 'separator' },
        { label: texts.quit, click: quit },
      ]),
    );
  }

  return {
    follow({ globalKey = null, keepInTray = false }, texts) {
      followKey(globalKey);
      followTray(keepInTray && process.platform !== 'darwin', texts);
    },
    get keepsRunning() {
      return tray !== null;
    },
  };
}
