// The list of conversations, newest first: creates, orders, deletes and brings back. Knows nothing of messages.
import type { Conversation, Id, PageEnd, Payload, RequestName, Result, Thinking } from '../../main/ipc/contract.ts';
import type { Sampling } from '../../engine/protocol.ts';
import type { Api } from '../services/api.ts';
import { latestOnly } from '../services/latestOnly.ts';
import { text } from '../text/text.ts';
import { mergeById } from './mergeById.ts';
import { sentenceOf, type Notices } from './notices.svelte.ts';

/** The first page is what a tall window shows; the others follow behind it. */
const firstPage = 100;
const nextPages = 500;

/** Requests that change one conversation and answer with it. */
type ChangeName = {
  [Name in RequestName]: Conversation extends Result<Name> ? (Payload<Name> extends { id: Id } ? Name : never) : never;
}[RequestName];

export class Conversations {
  #all = $state.raw<readonly Conversation[]>([]);
  readonly #api: Api;
  readonly #notices: Notices;
  readonly #writeSampling = latestOnly((id: Id, sampling: Partial<Sampling>) => this.#storeSampling(id, sampling));

  readonly #sorted = $derived(this.#all.toSorted((a, b) => b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1)));
  /** Newest first, without the archived ones. */
  readonly list = $derived(this.#sorted.filter(({ archived }) => !archived));
  readonly archived = $derived(this.#sorted.filter(({ archived }) => archived));

  constructor(api: Api, notices: Notices) {
    this.#api = api;
    this.#notices = notices;
  }

  get(id: Id | null): Conversation | null {
    return this.#all.find((conversation) => conversation.id === id) ?? null;
  }

  /** Resolves with the first page there. */
  async load(): Promise<void> {
    const end = await this.#read(false, null, firstPage);
    if (end) void this.#readRest(false, end);
  }

  /** What was archived, which no start waits for. */
  loadArchive(): Promise<void> {
    return this.#readRest(true, null);
  }

  async #readRest(archived: boolean, from: PageEnd | null): Promise<void> {
    try {
      for (let end = await this.#read(archived, from, nextPages); end;) {
        end = await this.#read(archived, end, nextPages);
      }
    } catch (error) {
      this.#notices.warn('list', text.errors.listNotRead(sentenceOf(error)));
    }
  }

  async #read(archived: boolean, after: PageEnd | null, limit: number): Promise<PageEnd | null> {
    const page = await this.#api.call('conversations:page', { archived, after, limit });
    this.#all = mergeById(this.#all, page.conversations);
    return page.end;
  }

  /** @throws AppError when main refuses. */
  async create(payload: Payload<'conversations:create'>): Promise<Conversation> {
    const conversation = await this.#api.call('conversations:create', payload);
    this.put(conversation);
    return conversation;
  }

  /** Reads the newest again: the first message names a conversation, and main decides how. */
  async refresh(): Promise<void> {
    try {
      await this.#read(false, null, firstPage);
    } catch {
      // The list as it stands is still right; only the title may lag behind.
    }
  }

  async rename(id: Id, title: string): Promise<void> {
    const before = this.get(id);
    const trimmed = title.trim();
    if (!before || trimmed === '' || trimmed === before.title) return;
    const reason = await this.#change('conversations:rename', { id, title: trimmed }, { title: trimmed });
    if (reason !== null) this.#notices.warn('rename', text.errors.notRenamed(reason));
  }

  async setPinned(id: Id, pinned: boolean): Promise<void> {
    this.#tell(await this.#change('conversations:setPinned', { id, pinned }, { pinned }));
  }

  async setFolder(id: Id, folderId: Id | null): Promise<void> {
    this.#tell(await this.#change('conversations:setFolder', { id, folderId }, { folderId }));
  }

  /** Undone from a toast when it went into the archive. */
  async setArchived(id: Id, archived: boolean): Promise<void> {
    const reason = await this.#change('conversations:setArchived', { id, archived }, { archived });
    this.#tell(reason);
    if (!archived || reason !== null) return;
    const title = this.get(id)?.title ?? '';
    this.#notices.toast(text.organise.archivedToast(title || text.untitled), {
      label: text.sidebar.undo,
      run: () => void this.setArchived(id, false),
    });
  }

  /** Resolves with the copy, or null when main refuses. */
  async duplicate(id: Id): Promise<Conversation | null> {
    const title = text.organise.duplicateTitle(this.get(id)?.title || text.untitled).slice(0, 200);
    try {
      const copy = await this.#api.call('conversations:duplicate', { id, title });
      this.put(copy);
      return copy;
    } catch (error) {
      this.#tell(sentenceOf(error));
      return null;
    }
  }

  /** A title that the model made; what the user called it stays. */
  async suggestTitle(id: Id, title: string): Promise<void> {
    if (this.get(id)?.titleSource !== 'user') await this.#change('conversations:suggestTitle', { id, title }, {});
  }

  /** Which model answers there from now on. */
  async setModel(id: Id, modelId: string): Promise<void> {
    try {
      this.put(await this.#api.call('conversations:setModel', { id, modelId }));
      this.#notices.resolve('model');
    } catch (error) {
      this.#notices.warn('model', text.library.errors.notSwitched(sentenceOf(error)));
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
      this.put(conversation);
      this.#notices.warn('delete', text.errors.notDeleted(sentenceOf(error)));
      return;
    }
    this.#notices.toast(text.sidebar.deleted(conversation.title || text.untitled), {
      label: text.sidebar.undo,
      run: () => void this.#restore(id).then((restored) => restored && onRestored()),
    });
  }

  async #restore(id: Id): Promise<boolean> {
    try {
      this.put(await this.#api.call('conversations:restore', { id }));
      return true;
    } catch (error) {
      this.#notices.warn('delete', text.errors.notRestored(sentenceOf(error)));
      return false;
    }
  }

  async setThinking(id: Id, thinking: Thinking): Promise<void> {
    this.#tell(await this.#change('conversations:setThinking', { id, thinking }, { thinking }));
  }

  /** Takes effect at once; stored as fast as main takes it. */
  setSampling(id: Id, sampling: Partial<Sampling>): void {
    const conversation = this.get(id);
    if (!conversation) return;
    this.put({ ...conversation, sampling });
    this.#writeSampling(id, sampling);
  }

  async #storeSampling(id: Id, sampling: Partial<Sampling>): Promise<void> {
    try {
      await this.#api.call('conversations:setSampling', { id, sampling });
      this.#notices.resolve('sampling');
    } catch (error) {
      this.#notices.warn('sampling', text.errors.settingNotSaved(sentenceOf(error)));
    }
  }

  /** Moves a conversation to the top: something was said in it. */
  touch(id: Id, leafId: Id, time: number): void {
    const conversation = this.get(id);
    if (conversation) this.put({ ...conversation, leafId, updatedAt: Math.max(time, conversation.updatedAt) });
  }

  put(conversation: Conversation): void {
    this.#all = mergeById(this.#all, [conversation]);
  }

  /** A folder is gone: main has taken its conversations out of it. */
  leaveFolder(folderId: Id): void {
    this.#all = this.#all.map((other) => (other.folderId === folderId ? { ...other, folderId: null } : other));
  }

  /** Those of the conversations that are in no folder. */
  joinFolder(folderId: Id, ids: readonly Id[]): void {
    const joining = Object.fromEntries(ids.map((id) => [id, true]));
    this.#all = this.#all.map((other) =>
      other.folderId === null && joining[other.id] ? { ...other, folderId } : other,
    );
  }

  /** Shows the change at once and takes it back when main refuses. Resolves with main's sentence then, otherwise null. */
  async #change<Name extends ChangeName>(
    name: Name,
    payload: Payload<Name> & { id: Id },
    change: Partial<Conversation>,
  ): Promise<string | null> {
    const before = this.get(payload.id);
    if (before) this.put({ ...before, ...change });
    try {
      const changed = (await this.#api.call(name, payload)) as Conversation;
      this.put({ ...changed, sampling: this.get(payload.id)?.sampling ?? changed.sampling });
      return null;
    } catch (error) {
      if (before) this.put(before);
      return sentenceOf(error);
    }
  }

  #tell(reason: string | null): void {
    if (reason === null) this.#notices.resolve('organise');
    else this.#notices.warn('organise', text.organise.notChanged(reason));
  }
}
