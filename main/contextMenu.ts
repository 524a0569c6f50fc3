// What a right click offers where there is text: the platform's own entries, as in other programs.
import { Menu, type ContextMenuParams, type MenuItemConstructorOptions, type WebContents } from 'electron';
import type { DesktopTexts } from './desktopTexts.ts';

export function addContextMenu(webContents: WebContents, texts: () => DesktopTexts): void {
  webContents.on('context-menu', (_event, params) => {
    const entries = entriesFor(params, texts());
    if (entries.length > 0) Menu.buildFromTemplate(entries).popup();
  });
}

function entriesFor(
  { isEditable, selectionText, editFlags }: ContextMenuParams,
  { cut, copy, paste, selectAll }: DesktopTexts,
): MenuItemConstructorOptions[] {
  const copyEntry: MenuItemConstructorOptions = { role: 'copy', label: copy, enabled: editFlags.canCopy };
  if (!isEditable) return selectionText.trim() === '' ? [] : [copyEntry];
  return [
    { role: 'cut', label: cut, enabled: editFlags.canCut },
    copyEntry,
    { role: 'paste', label: paste, enabled: editFlags.canPaste },
    { type: 'separator' },
    { role: 'selectAll', label: selectAll, enabled: editFlags.canSelectAll },
  ];
}
