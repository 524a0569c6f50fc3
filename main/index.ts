// Entry of the desktop app: puts services, protocols, IPC, menu and window together. Nothing here may be awaited at the
// top level: a packaged app whose main module waits for `ready` never starts.
import fs from 'node:fs';
import path from 'node:path';
import type { BrowserWindow } from 'electron';
import { app, dialog, nativeTheme, powerMonitor } from 'electron';
import { registerSchemes, serveApp, serveWeights, weightsAddress } from './appProtocols.ts';
import { readAppArguments } from './arguments.ts';
import { addChromiumSwitches } from './chromiumSwitches.ts';
import { addContextMenu } from './contextMenu.ts';
import { connectElectronIpc } from './ipc/electron.ts';
import { toAppError } from './ipc/errors.ts';
import { createDispatch } from './ipc/handlers.ts';
import type { GlobalKey } from './ipc/contract.ts';
import type { Download } from './ipc/libraryContract.ts';
import { createDesktop, downloadShare } from './desktop.ts';
import { createBackground, type Background } from './background.ts';
import { createLog } from './log.ts';
import { setMenu, type MenuCommand } from './menu.ts';
import { desktopTexts } from './desktopTexts.ts';
import { openModelFile, openServices, type Services } from './services.ts';
import { closeSession, openWindow } from './window.ts';

const distFolder = path.join(import.meta.dirname, '..');
const modelsFolder = path.join(app.isPackaged ? process.resourcesPath : path.join(distFolder, '..'), 'models');

const { dataFolder = app.getPath('userData'), files } = readAppArguments(
  process.argv.slice(1),
  process.cwd(),
  app.isPackaged,
);
const log = createLog(path.join(dataFolder, 'logs'));
let services: Services | undefined;
let background: Background | undefined;
let window: BrowserWindow | undefined;
/** The user has asked for the end: no window is only hidden any more. */
let quitting = false;

process.on('uncaughtException', (error) => log(error.stack ?? String(error)));
process.on('unhandledRejection', (reason) => log(reason instanceof Error ? (reason.stack ?? '') : String(reason)));

try {
  fs.mkdirSync(dataFolder, { recursive: true });
  app.setPath('userData', dataFolder);
} catch (error) {
  log(String(error));
}
addChromiumSwitches(app.commandLine);
registerSchemes();

if (app.requestSingleInstanceLock({ files })) {
  app.on('second-instance', (_event, _args, _folder, data) => {
    showWindow();
    openFiles((data as { files: string[] }).files);
  });
  // macOS names opened files by events, the first ones before the app is ready.
  app.on('open-file', (event, file) => {
    event.preventDefault();
    if (services === undefined) files.push(file);
    else openFiles([file]);
  });
  app.on('activate', showWindow);
  app.on('before-quit', () => (quitting = true));
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  app.on('will-quit', () => {
    // What a download is about to write is safe as it is, as after a crash: the next start goes on with it.
    services?.models.close().catch((error: unknown) => log(String(error)));
    services?.store.close();
  });
  app.whenReady().then(start, (error: unknown) => log(String(error)));
} else {
  app.quit();
}

function start(): void {
  closeSession();
  try {
    services = openServices({
      version: app.getVersion(),
      shell: 'electron',
      dataFolder,
      modelsFolder,
      weightsAddress,
      desktop: createDesktop(() => window, texts),
      log,
    });
  } catch (thrown) {
    const error = toAppError(thrown);
    log(`${error.code}: ${error.detail ?? error.message}`);
    serveApp(path.join(distFolder, 'renderer'), { error: error.toData(), dataFolder });
    setMenu(texts(), { command: () => undefined, openModel: () => undefined });
    showWindow();
    return;
  }
  const { store, library, events, models, desktop } = services;
  const command = (wanted: MenuCommand) => {
    showWindow();
    events.emit('menu:command', { command: wanted });
  };
  background = createBackground({
    show: showWindow,
    newChat: () => command('new-chat'),
    quit: () => app.quit(),
    refused: (key) => events.emit('globalKey:refused', { key: key as GlobalKey }),
  });
  services.settingsChanged = (settings) => {
    nativeTheme.themeSource = settings.theme;
    setMenu(texts(), { command, openModel: () => void chooseModel() });
    background?.follow(settings, texts());
  };
  serveApp(path.join(distFolder, 'renderer'));
  serveWeights(library);
  connectElectronIpc({ dispatch: createDispatch(services), events, window: () => window });
  events.listen((name, event) => {
    if (name === 'downloads:changed' && window?.isDestroyed() === false)
      window.setProgressBar(downloadShare(event as Download[]));
  });
  services.settingsChanged(store.settings.get());
  showWindow();
  openFiles(files);
  // Connections do not outlive a sleep.
  powerMonitor.on('resume', () => void models.downloads.wake());
  models.start({ downloads: true, trash: desktop?.trash }).catch((error: unknown) => log(String(error)));
}

function showWindow(): void {
  if (window !== undefined && !window.isDestroyed()) {
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
    return;
  }
  // macOS may ask for a window before the app is ready for one.
  if (!app.isReady()) return;
  const opened = openWindow(services?.store.settings);
  window = opened;
  addContextMenu(opened.webContents, texts);
  opened.on('close', (event) => {
    if (quitting || background?.keepsRunning !== true) return;
    event.preventDefault();
    opened.hide();
  });
  if (services === undefined) return;
  const { store } = services;
  // Whatever the page was writing has gone with it.
  opened.webContents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
    if (isMainFrame && !isSameDocument) store.messages.interruptStreaming();
  });
  opened.webContents.on('render-process-gone', (_, { reason, exitCode }) => {
    if (reason === 'clean-exit') return;
    log(`The window's process ended: ${reason}, ${exitCode}`);
    store.messages.interruptStreaming();
    const { windowStopped: message, openAgain } = texts();
    void dialog.showMessageBox({ type: 'warning', message, buttons: [openAgain] }).then(() => {
      if (!opened.isDestroyed()) opened.reload();
    });
  });
}

/** In the language of the settings, or of the system where they could not be read. */
const texts = () => desktopTexts(services?.store.settings.get().language, app.getPreferredSystemLanguages());

function openFiles(opened: readonly string[]): void {
  for (const file of opened) {
    try {
      if (services !== undefined) openModelFile(services, file);
    } catch (thrown) {
      const { message, detail } = toAppError(thrown);
      void dialog.showMessageBox({ type: 'warning', message, ...(detail === undefined ? {} : { detail }) });
    }
  }
}

async function chooseModel(): Promise<void> {
  const filters = [{ name: texts().models, extensions: ['gguf'] }];
  const { filePaths } = await dialog.showOpenDialog({ properties: ['openFile'], filters });
  openFiles(filePaths);
}
