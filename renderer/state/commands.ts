// What can be asked for by name, by key or from the platform's menu, wherever one is.
import type { Command } from '../services/shortcuts.ts';
import type { Chat } from './chat.svelte.ts';
import type { Layout } from './layout.svelte.ts';
import type { Transfer } from './transfer.svelte.ts';

export function runCommand({ chat, layout }: { chat: Chat; layout: Layout }, command: Command): void {
  switch (command) {
    case 'new-chat':
      return chat.startNew();
    case 'toggle-sidebar':
      return layout.toggleSidebar();
    case 'toggle-sampling':
      return layout.togglePanel();
    case 'search':
      return layout.focusSearch();
    case 'commands':
    case 'settings':
    case 'shortcuts':
      layout.dialog = layout.dialog === command ? null : command;
  }
}

/** Imports a file of chats and shows the first of them. */
export async function importChats({ chat, transfer }: { chat: Chat; transfer: Transfer }, file?: File): Promise<void> {
  const first = await (file ? transfer.import(file) : transfer.chooseAndImport());
  if (first !== null) await chat.open(first);
}
