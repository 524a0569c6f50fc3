// The app's one window: sandboxed, closed to every other address, and where and as large as it was last time.
import path from 'node:path';
import { BrowserWindow, nativeTheme, screen, session, type Rectangle } from 'electron';
import * as v from 'valibot';
import { appOrigin } from './ipc/electron.ts';
import type { SettingsStore } from './store/settings.ts';

const settingsKey = 'window';
const storedWindow = v.strictObject({
  x: v.number(),
  y: v.number(),
  width: v.number(),
  height: v.number(),
  maximized: v.boolean(),
});
const smallest = { width: 480, height: 420 };
const initial = { width: 1180, height: 780 };

/** `settings` is undefined where the chats could not be opened. */
export function openWindow(settings: SettingsStore | undefined): BrowserWindow {
  const last = settings?.read(settingsKey, storedWindow);
  const window = new BrowserWindow({
    ...initial,
    ...(last !== undefined && isVisible(last) ? { x: last.x, y: last.y } : {}),
    ...(last === undefined ? {} : { width: Math.max(last.width, 1), height: Math.max(last.height, 1) }),
    minWidth: smallest.width,
    minHeight: smallest.height,
    title: 'Conclave',
    show: false,
    autoHideMenuBar: true,
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#151716' : '#fbfbfa',
    webPreferences: {
      preload: path.join(import.meta.dirname, 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      // Its dictionaries would be downloaded.
      spellcheck: false,
    },
  });
  if (last?.maximized === true) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () => {
    settings?.write(settingsKey, { ...window.getNormalBounds(), maximized: window.isMaximized() });
  });
  closeToOthers(window);
  void window.loadURL(`${appOrigin}/`);
  return window;
}

/** Nothing of this session reaches a network or is permitted; only exports are saved. Call once, when the app is ready. */
export function closeSession(): void {
  const { defaultSession } = session;
  const local = new Set(['app:', 'weights:', 'devtools:', 'blob:', 'data:']);
  defaultSession.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !local.has(new URL(url).protocol) }));
  // What the window itself has made, saved where the user says.
  defaultSession.on('will-download', (event, item) => {
    if (!item.getURL().startsWith(`blob:${appOrigin}/`)) event.preventDefault();
  });
  // Copying is what the copy buttons ask for.
  const permitted = (permission: string, url: string | undefined) =>
    permission === 'clipboard-sanitized-write' && (url === undefined || url.startsWith(appOrigin));
  defaultSession.setPermissionRequestHandler((_, permission, answer, { requestingUrl }) =>
    answer(permitted(permission, requestingUrl)),
  );
  defaultSession.setPermissionCheckHandler((_, permission, origin) => permitted(permission, origin));
  defaultSession.setDevicePermissionHandler(() => false);
}

function closeToOthers({ webContents }: BrowserWindow): void {
  webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  webContents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');
  webContents.on('will-navigate', (event) => event.preventDefault());
  // The frame that draws diagrams is part of the app.
  webContents.on('will-frame-navigate', (event) => {
    if (event.isMainFrame || event.url !== `${appOrigin}/diagram.html`) event.preventDefault();
  });
  webContents.on('will-redirect', (event) => event.preventDefault());
  webContents.on('will-attach-webview', (event) => event.preventDefault());
}

/** Enough of it lies on a screen to be taken hold of: screens come and go. */
function isVisible({ x, y, width, height }: Rectangle): boolean {
  return screen.getAllDisplays().some(({ workArea }) => {
    const across = Math.min(x + width, workArea.x + workArea.width) - Math.max(x, workArea.x);
    const down = Math.min(y + height, workArea.y + workArea.height) - Math.max(y, workArea.y);
    return across >= 100 && down >= 100;
  });
}
