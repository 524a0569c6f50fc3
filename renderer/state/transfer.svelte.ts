// Conversations on their way out of the app and into it, as files.
import type { Id, Payload } from '../../main/ipc/contract.ts';
import type { Api } from '../services/api.ts';
import { base64Pieces, chooseFiles, saveText } from '../services/files.ts';
import { text } from '../text/text.ts';
import type { Conversations } from './conversations.svelte.ts';
import type { Folders } from './folders.svelte.ts';
import { sentenceOf, type Notices } from './notices.svelte.ts';

/** What one request of the contract takes. */
const pieceBytes = 3 * 1024 * 1024;

export class Transfer {
  /** The file that is being read, and how far: 0…1. */
  importing = $state.raw<{ name: string; share: number } | null>(null);
  readonly #api: Api;
  readonly #notices: Notices;
  readonly #conversations: Conversations;
  readonly #folders: Folders;

  constructor(api: Api, notices: Notices, conversations: Conversations, folders: Folders) {
    this.#api = api;
    this.#notices = notices;
    this.#conversations = conversations;
    this.#folders = folders;
  }

  /** @param ids - null: every conversation, archived ones too. */
  async export(ids: Id[] | null, format: Payload<'conversations:export'>['format']): Promise<void> {
    try {
      const file = await this.#api.call('conversations:export', { ids, format });
      saveText(file.name, file.mediaType, file.text);
      const { name, withoutTokens } = file;
      this.#notices.toast(text.transfer.saved(name) + (withoutTokens ? ` ${text.transfer.withoutTokens}` : ''));
    } catch (error) {
      this.#notices.warn('transfer', text.transfer.notExported(sentenceOf(error)));
    }
  }

  /** The conversation as it is shown, as Markdown; null when main refuses, which is said. */
  async markdownOf(id: Id): Promise<string | null> {
    try {
      return (await this.#api.call('conversations:export', { ids: [id], format: 'markdown' })).text;
    } catch (error) {
      this.#notices.warn('transfer', text.transfer.notExported(sentenceOf(error)));
      return null;
    }
  }

  /** Asks for a file. Resolves with what `import` does. */
  async chooseAndImport(): Promise<Id | null> {
    const [file] = await chooseFiles('.json,application/json');
    return file ? this.import(file) : null;
  }

  /** Takes over a file of chats as a whole. Resolves with the first new conversation, or null when it was refused. */
  async import(file: File): Promise<Id | null> {
    if (this.importing) return null;
    this.importing = { name: file.name, share: 0 };
    try {
      const result = await this.#upload(file);
      this.#notices.resolve('transfer');
      await Promise.all([this.#conversations.load(), this.#conversations.loadArchive(), this.#folders.load()]);
      const { conversationIds, messages, leftOut } = result;
      this.#notices.toast(text.transfer.imported(conversationIds.length, messages, leftOut));
      return conversationIds[0] ?? null;
    } catch (error) {
      this.#notices.warn('transfer', sentenceOf(error));
      return null;
    } finally {
      this.importing = null;
    }
  }

  async #upload(file: File) {
    const { id } = await this.#api.call('imports:begin', { byteLength: file.size });
    try {
      let sent = 0;
      for await (const base64 of base64Pieces(file, pieceBytes)) {
        await this.#api.call('imports:chunk', { id, base64 });
        sent = Math.min(file.size, sent + pieceBytes);
        this.importing = { name: file.name, share: sent / file.size };
      }
      return await this.#api.call('imports:finish', { id });
    } catch (error) {
      // Main holds in memory what has arrived.
      await this.#api.call('imports:cancel', { id }).catch(() => undefined);
      throw error;
    }
  }
}
