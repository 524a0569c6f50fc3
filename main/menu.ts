// The app's menu: the platform's own entries, and the commands that the window carries out.
import { app, Menu, type MenuItemConstructorOptions } from 'electron';
import type { Events } from './ipc/contract.ts';

export interface MenuActions {
  command: (command: Events['menu:command']['command']) => void;
  openModel: () => void;
}

export function setMenu({ command, openModel }: MenuActions): void {
  const mac = process.platform === 'darwin';
  const template: MenuItemConstructorOptions[] = [
    ...(mac ? [{ role: 'appMenu' } as const] : []),
    {
      role: 'fileMenu',
      submenu: [
        { label: 'New chat', accelerator: 'CmdOrCtrl+N', click: () => command('new-chat') },
        { label: 'Open model…', accelerator: 'CmdOrCtrl+O', click: openModel },
        { type: 'separator' },
        mac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      role: 'viewMenu',
      submenu: [
        { label: 'Sidebar', accelerator: 'CmdOrCtrl+B', click: () => command('toggle-sidebar') },
        { label: 'Sampling', accelerator: 'CmdOrCtrl+Shift+P', click: () => command('toggle-sampling') },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        ...(app.isPackaged ? [] : [{ role: 'reload' } as const, { role: 'toggleDevTools' } as const]),
      ],
    },
    { role: 'windowMenu' },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
