// What can be asked for in several places: by name, by key, from the platform's menu or from a button.
import { copyText } from '../services/clipboard.ts';
import { chooseFiles } from '../services/files.ts';
import type { Command } from '../services/shortcuts.ts';
import { text } from '../text/text.ts';
import type { Chat } from './chat.svelte.ts';
import type { Composer } from './composer.svelte.ts';
import type { Conversations } from './conversations.svelte.ts';
import type { Layout } from './layout.svelte.ts';
import type { Notices } from './notices.svelte.ts';
import type { Transfer } from './transfer.svelte.ts';
import type { View } from './view.svelte.ts';

/** What the commands need of the window's state. */
interface Parts {
  chat: Chat;
  composer: Composer;
  conversations: Conversations;
  layout: Layout;
  notices: Notices;
  transfer: Transfer;
  view: View;
}

export function runCommand({ chat, layout }: Pick<Parts, 'chat' | 'layout'>, command: Command): void {
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

export function focusMessage({ chat, view }: Pick<Parts, 'chat' | 'view'>): void {
  view.showChat();
  chat.focusRequests++;
}

/** Asks for files and attaches them to the message. */
export async function attachFiles(app: Pick<Parts, 'chat' | 'composer' | 'view'>): Promise<void> {
  const files = await chooseFiles('', true);
  focusMessage(app);
  await app.composer.attachments.add(files);
}

export async function copyChat({ transfer, notices }: Pick<Parts, 'transfer' | 'notices'>, id: string): Promise<void> {
  const markdown = await transfer.markdownOf(id);
  if (markdown === null) return;
  notices.toast((await copyText(markdown)) ? text.chat.copied : text.chat.copyFailed);
}

export async function duplicateChat(parts: Pick<Parts, 'conversations' | 'chat'>, id: string): Promise<void> {
  const copy = await parts.conversations.duplicate(id);
  if (copy) await parts.chat.open(copy.id);
}

/** Imports a file of chats and shows the first of them. */
export async function importChats({ chat, transfer }: Pick<Parts, 'chat' | 'transfer'>, file?: File): Promise<void> {
  const first = await (file ? transfer.import(file) : transfer.chooseAndImport());
  if (first !== null) await chat.open(first);
}
