// What is typed and attached, and not sent, in each conversation and in the one that does not exist yet: held here, stored by main.
import type { Attachment, Id } from '../../main/ipc/contract.ts';
import type { Api } from '../services/api.ts';
import { latestOnly } from '../services/latestOnly.ts';

export interface Draft {
  text: string;
  /** Set when it replaces an earlier message: what that one followed. */
  parentId?: Id | null;
  /** Left out: none. */
  attachments?: readonly Attachment[];
}

const newChat = 'new';
const storeAfterMs = 400;
const none: readonly Attachment[] = [];

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
  readonly #attach = latestOnly((conversationId: Id | null, attachments: readonly Attachment[]) =>
    this.#api.call('drafts:attach', { conversationId, attachments: [...attachments] }).then(
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
    const before = this.#all[key];
    this.#put(key, draft);
    const attachments = draft?.attachments ?? none;
    if (attachments !== (before?.attachments ?? none)) this.#attach(conversationId, attachments);
    const typed = draft?.text ?? '';
    if (typed === (before?.text ?? '')) return;
    clearTimeout(this.#waiting[key]);
    const store = () => this.#store(conversationId, this.#all[key]?.text ?? '');
    if (typed === '') store();
    else this.#waiting[key] = setTimeout(store, storeAfterMs);
  }

  /** Reads what was stored, unless something was typed here meanwhile. */
  async read(conversationId: Id | null): Promise<void> {
    const key = conversationId ?? newChat;
    if (this.#all[key]) return;
    const stored = await this.#api.call('drafts:get', { conversationId }).catch(() => null);
    if (!stored || this.#all[key]) return;
    if (stored.text !== '' || stored.attachments.length > 0) this.#put(key, stored);
  }

  #put(key: string, draft: Draft | null): void {
    const { [key]: _replaced, ...others } = this.#all;
    this.#all = draft ? { ...others, [key]: draft } : others;
  }
}
