// What the command palette offers, in the order in which it is shown when nothing is typed.
import type { Command } from '../services/shortcuts.ts';
import type { App } from '../state/app.svelte.ts';
import { attachFiles, copyChat, duplicateChat, focusMessage, importChats, runCommand } from '../state/commands.ts';
import { text } from '../text/text.ts';

export interface PaletteCommand {
  id: string;
  label: string;
  /** Words that it is found by, too. */
  also?: string;
  shortcut?: Command;
  run: () => void;
}

/** What can be done wherever one is. */
export function appCommands(app: App): PaletteCommand[] {
  const { chat, layout, model, settings, transfer, view } = app;
  const { commands, prompts, transfer: transferWords } = text;
  const own = (shortcut: Command, label: string): PaletteCommand => ({
    id: shortcut,
    label,
    shortcut,
    run: () => runCommand(app, shortcut),
  });
  return [
    own('new-chat', text.newChat),
    own('search', commands.focusSearch),
    { id: 'message', label: commands.focusMessage, run: () => focusMessage(app) },
    { id: 'attach', label: text.attachments.attach, run: () => void attachFiles(app) },
    { id: 'system-prompt', label: prompts.systemPrompt, run: () => (layout.dialog = 'system-prompt') },
    { id: 'presets', label: prompts.presets, run: () => (layout.dialog = 'presets') },
    ...(chat.turn ? [{ id: 'stop', label: commands.stop, run: () => chat.answers.stop(chat.currentId) }] : []),
    { id: 'models', label: text.library.title, run: () => view.showModels() },
    ...model.installed
      .filter(({ id }) => id !== model.selected?.id)
      .map(({ id, name }) => ({
        id: `model-${id}`,
        label: text.library.switchTo(name),
        run: () => void app.useModel(id),
      })),
    { id: 'import', label: transferWords.import, run: () => void importChats(app) },
    {
      id: 'export-all',
      label: transferWords.all,
      also: transferWords.export,
      run: () => void transfer.export(null, 'json'),
    },
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

/** What can be done with the chat that is open; nothing where none is. */
export function chatCommands(app: App): PaletteCommand[] {
  const { chat, conversations, transfer } = app;
  const { messageActions, organise, transfer: words } = text;
  const open = conversations.get(chat.currentId);
  if (!open) return [];
  const last = chat.thread?.branch.at(-1);
  return [
    ...(last?.role === 'assistant' && !chat.turn
      ? [{ id: 'regenerate', label: text.chat.regenerate, run: () => chat.answers.regenerate(last) }]
      : []),
    { id: 'copy', label: messageActions.copyMarkdown, run: () => void copyChat(app, open.id) },
    {
      id: 'markdown',
      label: words.markdown,
      also: words.export,
      run: () => void transfer.export([open.id], 'markdown'),
    },
    { id: 'json', label: words.json, also: words.export, run: () => void transfer.export([open.id], 'json') },
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
  ];
}
