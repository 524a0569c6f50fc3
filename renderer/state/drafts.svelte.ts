// What is typed and not sent, in each conversation and in the one that does not exist yet: held here, stored by main.
import type { Id } from '../../main/ipc/contract.ts';
import type { Api } from '../services/api.ts';
import { latestOnly } from '../services/latestOnly.ts';

export interface Draft {
  text: string;
  /** Set when it replaces an earlier message: what that one followed. */
  parentId?: Id | null;
}

const newChat = 'new';
const storeAfterMs = 400;

export class Drafts {
  #all = $state.raw<Readonly<Record<string, Draft>>>({});
  readonly #api: Api;
  readonly #waiting: Record<string, ReturnType<typeof setTimeout>> = {};
  // A draft that cannot be stored is still in the field, and sending it says what is wrong.
  readonly #store = latestOnly((conversationId: Id | null, text: string) =>
    this.#api.call('drafts:set', { conversationId, text }).then(
      () => undefined,
      () => undefined,
    ),
  );

  constructor(api: Api) {
    this.#api = api;
  }

  get(conversationId: Id | null): Draft | null {
    return this.#all[conversationId ?? newChat] ?? null;
  }

  set(conversationId: Id | null, draft: Draft | null): void {
    const key = conversationId ?? newChat;
    const before = this.#all[key]?.text ?? '';
    this.#put(key, draft);
    const typed = draft?.text ?? '';
    if (typed === before) return;
    clearTimeout(this.#waiting[key]);
    const store = () => this.#store(conversationId, this.#all[key]?.text ?? '');
    if (typed === '') store();
    else this.#waiting[key] = setTimeout(store, storeAfterMs);
  }

  /** Reads what was stored, unless something was typed here meanwhile. */
  async read(conversationId: Id | null): Promise<void> {
    const key = conversationId ?? newChat;
    if (this.#all[key]) return;
    const stored = await this.#api.call('drafts:get', { conversationId }).catch(() => '');
    if (stored !== '' && !this.#all[key]) this.#put(key, { text: stored });
  }

  #put(key: string, draft: Draft | null): void {
    const { [key]: _replaced, ...others } = this.#all;
    this.#all = draft ? { ...others, [key]: draft } : others;
  }
}
