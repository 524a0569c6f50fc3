// What the command palette offers, in the order in which it is shown when nothing is typed.
import type { Command } from '../services/shortcuts.ts';
import type { App } from '../state/app.svelte.ts';
import { attachFiles, copyChat, duplicateChat, focusMessage, importChats, runCommand } from '../state/commands.ts';
import { text } from '../text/text.ts';

export interface PaletteCommand {
  id: string;
  label: string;
  shortcut?: Command;
  run: () => void;
}

/** Those of the open chat are left out where none is open. */
export function paletteCommands(app: App): PaletteCommand[] {
  const { chat, conversations, layout, settings, transfer } = app;
  const { commands, messageActions, organise, prompts } = text;
  const own = (shortcut: Command, label: string): PaletteCommand => ({
    id: shortcut,
    label,
    shortcut,
    run: () => runCommand(app, shortcut),
  });
  const open = conversations.get(chat.currentId);
  const exporting = (what: string) => `${text.transfer.export}: ${what}`;
  const ofChat: PaletteCommand[] = open
    ? [
        { id: 'copy', label: messageActions.copyChat, run: () => void copyChat(app, open.id) },
        {
          id: 'markdown',
          label: exporting(text.transfer.markdown),
          run: () => void transfer.export([open.id], 'markdown'),
        },
        { id: 'json', label: exporting(text.transfer.json), run: () => void transfer.export([open.id], 'json') },
        {
          id: 'pin',
          label: open.pinned ? organise.unpin : organise.pin,
          run: () => void conversations.setPinned(open.id, !open.pinned),
        },
        {
          id: 'archive',
          label: open.archived ? organise.unarchive : organise.archive,
          run: () => void conversations.setArchived(open.id, !open.archived),
        },
        { id: 'duplicate', label: organise.duplicate, run: () => void duplicateChat(app, open.id) },
        { id: 'delete', label: text.sidebar.delete, run: () => void chat.delete(open.id) },
      ]
    : [];
  return [
    own('new-chat', text.newChat),
    own('search', commands.focusSearch),
    { id: 'message', label: commands.focusMessage, run: () => focusMessage(app) },
    { id: 'attach', label: text.attachments.attach, run: () => void attachFiles(app) },
    { id: 'system-prompt', label: prompts.systemPrompt, run: () => (layout.dialog = 'system-prompt') },
    { id: 'presets', label: prompts.presets, run: () => (layout.dialog = 'presets') },
    ...(chat.turn ? [{ id: 'stop', label: commands.stop, run: () => chat.answers.stop(chat.currentId) }] : []),
    ...ofChat,
    { id: 'import', label: text.transfer.import, run: () => void importChats(app) },
    { id: 'export-all', label: exporting(text.transfer.all), run: () => void transfer.export(null, 'json') },
    own('toggle-sidebar', text.top.toggleSidebar),
    own('toggle-sampling', text.top.toggleSampling),
    own('settings', commands.settings),
    own('shortcuts', commands.shortcuts),
    ...(['system', 'light', 'dark'] as const).map((theme) => ({
      id: `theme-${theme}`,
      label: `${text.theme.label}: ${text.theme[theme]}`,
      run: () => void settings.set({ theme }),
    })),
  ];
}
