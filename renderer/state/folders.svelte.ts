// The folders that conversations can be put in, by name, and which of them are unfolded in the list.
import { SvelteSet } from 'svelte/reactivity';
import type { Folder, Id } from '../../main/ipc/contract.ts';
import type { Api } from '../services/api.ts';
import { text } from '../text/text.ts';
import type { Conversations } from './conversations.svelte.ts';
import { sentenceOf, type Notices } from './notices.svelte.ts';

export class Folders {
  #all = $state.raw<readonly Folder[]>([]);
  /** Ids of folders whose conversations are shown. */
  readonly open = new SvelteSet<Id>();
  /** The conversation that a new folder is being named for. */
  namingFor = $state<Id | null>(null);
  readonly list = $derived(this.#all.toSorted((a, b) => a.name.localeCompare(b.name)));
  readonly #api: Api;
  readonly #notices: Notices;
  readonly #conversations: Conversations;

  constructor(api: Api, notices: Notices, conversations: Conversations) {
    this.#api = api;
    this.#notices = notices;
    this.#conversations = conversations;
  }

  async load(): Promise<void> {
    this.#all = await this.#api.call('folders:list', null);
  }

  toggle(id: Id): void {
    if (!this.open.delete(id)) this.open.add(id);
  }

  /** Makes a folder and puts a conversation into it. */
  async createFor(conversationId: Id, name: string): Promise<void> {
    const folder = await this.#try(() => this.#api.call('folders:create', { name: name.trim() }));
    if (!folder) return;
    this.#all = [...this.#all.filter(({ id }) => id !== folder.id), folder];
    this.open.add(folder.id);
    await this.#conversations.setFolder(conversationId, folder.id);
  }

  async rename(id: Id, name: string): Promise<void> {
    const folder = await this.#try(() => this.#api.call('folders:rename', { id, name: name.trim() }));
    if (folder) this.#all = this.#all.map((other) => (other.id === id ? folder : other));
  }

  /** Its conversations stay. The toast brings the folder back. */
  async delete({ id, name }: Folder): Promise<void> {
    const conversationIds = await this.#try(() => this.#api.call('folders:delete', { id }));
    if (!conversationIds) return;
    const wasOpen = this.open.has(id);
    this.#all = this.#all.filter((other) => other.id !== id);
    this.#conversations.leaveFolder(id);
    const undo = async () => {
      const folder = await this.#try(() => this.#api.call('folders:restore', { id, name, conversationIds }));
      if (!folder) return;
      this.#all = [...this.#all, folder];
      if (wasOpen) this.open.add(id);
      this.#conversations.joinFolder(id, conversationIds);
    };
    this.#notices.toast(text.organise.deletedFolder(name), { label: text.sidebar.undo, run: () => void undo() });
  }

  async #try<Value>(ask: () => Promise<Value>): Promise<Value | null> {
    try {
      const value = await ask();
      this.#notices.resolve('folders');
      return value;
    } catch (error) {
      this.#notices.warn('folders', text.organise.notChanged(sentenceOf(error)));
      return null;
    }
  }
}
