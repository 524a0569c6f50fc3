// The app's menu and the one of its icon in the dock: the platform's own entries, and the commands that the window carries
// out.
import { app, Menu, type MenuItemConstructorOptions } from 'electron';
import type { Events } from './ipc/contract.ts';
import type { DesktopTexts } from './desktopTexts.ts';

export type MenuCommand = Events['menu:command']['command'];

export interface MenuActions {
  command: (command: MenuCommand) => void;
  openModel: () => void;
}

export function setMenu(texts: DesktopTexts, { command, openModel }: MenuActions): void {
  const mac = process.platform === 'darwin';
  const entry = (label: string, wanted: MenuCommand, accelerator?: string): MenuItemConstructorOptions => ({
    label,
    click: () => command(wanted),
    ...(accelerator === undefined ? {} : { accelerator }),
  });
  const settings = entry(texts.settings, 'settings', 'CmdOrCtrl+,');
  const line = { type: 'separator' } as const;
  const appMenu: MenuItemConstructorOptions = {
    role: 'appMenu',
    submenu: [
      { role: 'about' },
      line,
      settings,
      line,
      { role: 'services' },
      line,
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      line,
      { role: 'quit' },
    ],
  };
  const template: MenuItemConstructorOptions[] = [
    ...(mac ? [appMenu] : []),
    {
      role: 'fileMenu',
      label: texts.file,
      submenu: [
        entry(texts.newChat, 'new-chat', 'CmdOrCtrl+N'),
        { label: texts.openModel, accelerator: 'CmdOrCtrl+O', click: openModel },
        line,
        ...(mac ? [{ role: 'close' } as const] : [settings, line, { role: 'quit', label: texts.quit } as const]),
      ],
    },
    { role: 'editMenu', label: texts.edit },
    {
      role: 'viewMenu',
      label: texts.view,
      submenu: [
        entry(texts.search, 'search', 'CmdOrCtrl+Shift+F'),
        entry(texts.commands, 'commands', 'CmdOrCtrl+K'),
        line,
        entry(texts.sidebar, 'toggle-sidebar', 'CmdOrCtrl+B'),
        entry(texts.sampling, 'toggle-sampling', 'CmdOrCtrl+.'),
        line,
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        ...(app.isPackaged ? [] : [{ role: 'reload' } as const, { role: 'toggleDevTools' } as const]),
      ],
    },
    { role: 'windowMenu', label: texts.window },
    { role: 'help', label: texts.help, submenu: [entry(texts.shortcuts, 'shortcuts', 'CmdOrCtrl+/')] },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
  app.dock?.setMenu(Menu.buildFromTemplate([entry(texts.newChat, 'new-chat')]));
}
