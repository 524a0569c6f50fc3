// The list of conversations, newest first: creates, renames, deletes and brings back. Knows nothing of messages.
import type { Conversation, Id } from '../../main/ipc/contract.ts';
import type { Sampling } from '../../engine/protocol.ts';
import type { Api } from '../services/api.ts';
import { latestOnly } from '../services/latestOnly.ts';
import { text } from '../text/english.ts';
import { sentenceOf, type Notices } from './notices.svelte.ts';

export class Conversations {
  #all = $state.raw<readonly Conversation[]>([]);
  readonly #api: Api;
  readonly #notices: Notices;
  readonly #writeSampling = latestOnly((id: Id, sampling: Partial<Sampling>) => this.#storeSampling(id, sampling));

  /** Newest first. */
  readonly list = $derived(this.#all.toSorted((a, b) => b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1)));

  constructor(api: Api, notices: Notices) {
    this.#api = api;
    this.#notices = notices;
  }

  get(id: Id | null): Conversation | null {
    return this.#all.find((conversation) => conversation.id === id) ?? null;
  }

  async load(): Promise<void> {
    this.#all = await this.#api.call('conversations:list', null);
  }

  /** @throws AppError when main refuses. */
  async create(modelId: Id, sampling: Partial<Sampling>): Promise<Conversation> {
    const conversation = await this.#api.call('conversations:create', { modelId, sampling });
    this.#put(conversation);
    return conversation;
  }

  /** Reads the list again: the first message names a conversation, and main decides how. */
  async refresh(): Promise<void> {
    try {
      await this.load();
    } catch {
      // The list as it stands is still right; only the title may lag behind.
    }
  }

  async rename(id: Id, title: string): Promise<void> {
    const before = this.get(id);
    const trimmed = title.trim();
    if (!before || trimmed === '' || trimmed === before.title) return;
    this.#put({ ...before, title: trimmed });
    try {
      const renamed = await this.#api.call('conversations:rename', { id, title: trimmed });
      this.#put({ ...renamed, sampling: this.get(id)?.sampling ?? renamed.sampling });
    } catch (error) {
      this.#put(before);
      this.#notices.warn('rename', text.errors.notRenamed(sentenceOf(error, text.errors.unexpected)));
    }
  }

  /** Which model answers there from now on. */
  async setModel(id: Id, modelId: string): Promise<void> {
    try {
      this.#put(await this.#api.call('conversations:setModel', { id, modelId }));
      this.#notices.resolve('model');
    } catch (error) {
      this.#notices.warn('model', text.library.errors.notSwitched(sentenceOf(error, text.errors.unexpected)));
    }
  }

  /** Soft: `undo` of the toast brings it back. `onRestored` may open it again. */
  async delete(id: Id, onRestored: () => void): Promise<void> {
    const conversation = this.get(id);
    if (!conversation) return;
    this.#all = this.#all.filter((other) => other.id !== id);
    try {
      await this.#api.call('conversations:delete', { id });
    } catch (error) {
      this.#put(conversation);
      this.#notices.warn('delete', text.errors.notDeleted(sentenceOf(error, text.errors.unexpected)));
      return;
    }
    this.#notices.toast(text.sidebar.deleted(conversation.title || text.untitled), {
      label: text.sidebar.undo,
      run: () => void this.#restore(id).then((restored) => restored && onRestored()),
    });
  }

  async #restore(id: Id): Promise<boolean> {
    try {
      this.#put(await this.#api.call('conversations:restore', { id }));
      return true;
    } catch (error) {
      this.#notices.warn('delete', text.errors.notRestored(sentenceOf(error, text.errors.unexpected)));
      return false;
    }
  }

  /** Takes effect at once; stored as fast as main takes it. */
  setSampling(id: Id, sampling: Partial<Sampling>): void {
    const conversation = this.get(id);
    if (!conversation) return;
    this.#put({ ...conversation, sampling });
    this.#writeSampling(id, sampling);
  }

  async #storeSampling(id: Id, sampling: Partial<Sampling>): Promise<void> {
    try {
      await this.#api.call('conversations:setSampling', { id, sampling });
      this.#notices.resolve('sampling');
    } catch (error) {
      this.#notices.warn('sampling', text.errors.settingNotSaved(sentenceOf(error, text.errors.unexpected)));
    }
  }

  /** Moves a conversation to the top: something was said in it. */
  touch(id: Id, leafId: Id, time: number): void {
    const conversation = this.get(id);
    if (conversation) this.#put({ ...conversation, leafId, updatedAt: Math.max(time, conversation.updatedAt) });
  }

  #put(conversation: Conversation): void {
    this.#all = [...this.#all.filter(({ id }) => id !== conversation.id), conversation];
  }
}
