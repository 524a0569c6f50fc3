// The contract over a store in memory, for tests and for looking at the window without main. `refuse` makes requests
// fail, `hold` makes them wait.
import type {
  AppErrorData,
  Bridge,
  Conversation,
  EventName,
  Events,
  Id,
  InstalledModel,
  Message,
  Payload,
  Reply,
  RequestName,
  Requests,
  Result,
  Settings,
  StoredDraft,
  TokenPiece,
} from '../../main/ipc/contract.ts';
import { FakeLibrary, libraryModelOf } from './fakeLibrary.ts';

export const fakeModel: InstalledModel = {
  id: 'starter-v0',
  name: 'Starter',
  fileName: 'starter-v0.q4_k_m.gguf',
  byteLength: 41_238_976,
  parameters: '64M',
  quantization: 'Q4_K_M',
  contextLength: 2048,
  licence: 'CC BY-SA 4.0',
  summary:
    'A very small model for short English chats, sums and definitions; its facts are unreliable, and it sounds as sure when it is wrong.',
  recommendedSampling: { temperature: 0.7, topP: 0.9, topK: 40 },
  embedded: true,
  files: [{ name: 'starter-v0.q4_k_m.gguf', url: '/weights/starter', byteLength: 41_238_976 }],
};

/** As `fakeModel`, but able to think before it answers. */
export const thinkingModel: InstalledModel = {
  ...fakeModel,
  name: 'Hybrid',
  recommendedSampling: { temperature: 0.7, topP: 0.8, topK: 20 },
  thinkingSampling: { temperature: 0.6, topP: 0.95, topK: 20 },
  thinking: 'optional',
};

const noDraft: StoredDraft = { text: '', attachments: [] };

type Handlers = { [Name in RequestName]: (payload: Payload<Name>) => Result<Name> };

const newMessage = {
  attachments: [],
  status: 'complete' as const,
  generation: null,
  modelId: null,
  editedFrom: null,
  importedFrom: null,
  earlierParts: [],
} satisfies Partial<Message>;

export class FakeBridge implements Bridge {
  readonly calls: { name: RequestName; payload: unknown }[] = [];
  readonly refuse = new Map<RequestName, AppErrorData>();
  /** Requests that wait until their promise resolves. */
  readonly hold = new Map<RequestName, Promise<void>>();
  models: InstalledModel[] = [fakeModel];
  tuning = '';
  settings: Settings = {
    theme: 'system',
    modelId: 'starter-v0',
    samplingPanelOpen: false,
    sidebarOpen: true,
    contextLength: null,
  };
  readonly conversations = new Map<Id, Conversation & { deleted: boolean }>();
  readonly messages = new Map<Id, Message>();
  readonly drafts = new Map<Id | null, StoredDraft>();
  readonly tokens = new Map<Id, TokenPiece[]>();
  readonly systemPrompts = new Map<Id, string>();
  readonly library = new FakeLibrary(
    (name, event) => this.send(name, event),
    () => this.models.map(libraryModelOf),
  );
  readonly #listeners = new Map<EventName, Set<(event: never) => void>>();
  #time = Date.now();
  #nextId = 1;

  async request<Name extends RequestName>(name: Name, payload: Payload<Name>): Promise<Reply<Result<Name>>> {
    this.calls.push({ name, payload: structuredClone(payload) });
    await this.hold.get(name);
    const error = this.refuse.get(name);
    if (error) return { ok: false, error };
    const handler = (this.#handlers as Partial<Handlers>)[name] as
      ((payload: Payload<Name>) => Result<Name>) | undefined;
    if (!handler) return { ok: false, error: { code: 'invalid-payload', message: `The fake does not know ${name}.` } };
    return { ok: true, value: structuredClone(handler(payload)) };
  }

  on<Name extends EventName>(name: Name, listener: (event: Events[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  send<Name extends EventName>(name: Name, event: Events[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(event as never);
  }

  listenerCount(name: EventName): number {
    return this.#listeners.get(name)?.size ?? 0;
  }

  namesCalled(): RequestName[] {
    return this.calls.map(({ name }) => name);
  }

  /** Stores a conversation as if it had been held at that time. */
  seed(title: string, time: number, turns: (Pick<Message, 'role' | 'text'> & Partial<Message>)[]): Conversation {
    this.#time = time;
    const conversation = this.#handlers['conversations:create']({ modelId: fakeModel.id, sampling: {} });
    let parentId: Id | null = null;
    for (const turn of turns) parentId = this.#add({ conversationId: conversation.id, parentId, ...turn }).id;
    return this.#update(conversation.id, { title, titleSource: 'user' });
  }

  readonly #handlers = {
    ...this.library.handlers,
    'tuning:get': () => ({ text: this.tuning }),
    'tuning:set': ({ text }) => {
      this.tuning = text;
      return null;
    },
    'app:info': () => ({ version: '0.1.0', shell: 'web', platform: 'linux', offline: true }),
    'settings:get': () => this.settings,
    'settings:set': (change) => (this.settings = { ...this.settings, ...change }),
    'models:list': () => this.models,
    'imports:begin': () => ({ id: this.#id() }),
    'imports:cancel': () => null,
    'conversations:list': () =>
      [...this.conversations.values()].filter(({ deleted }) => !deleted).sort((a, b) => b.updatedAt - a.updatedAt),
    'conversations:page': ({ archived, after, limit }) => {
      const all = [...this.conversations.values()].filter(
        (one) => !one.deleted && one.archived === archived && (after === null || one.updatedAt < after.updatedAt),
      );
      const conversations = all.sort((a, b) => b.updatedAt - a.updatedAt).slice(0, limit);
      const last = conversations.at(-1);
      return { conversations, end: last && all.length > limit ? { updatedAt: last.updatedAt, id: last.id } : null };
    },
    'conversations:get': ({ id }) => ({
      ...this.conversations.get(id)!,
      systemPrompt: this.systemPrompts.get(id) ?? '',
    }),
    'conversations:setSystemPrompt': ({ id, systemPrompt }) => {
      this.systemPrompts.set(id, systemPrompt);
      return this.#update(id, {});
    },
    'conversations:suggestTitle': ({ id, title }) => this.#update(id, { title, titleSource: 'model' }),
    'conversations:showBranch': ({ id, messageId }) => {
      let leafId = messageId;
      for (;;) {
        const next = [...this.messages.values()].filter(({ parentId }) => parentId === leafId).at(-1);
        if (!next) return this.#update(id, { leafId });
        leafId = next.id;
      }
    },
    'folders:list': () => [],
    'drafts:get': ({ conversationId }) => this.drafts.get(conversationId) ?? noDraft,
    'drafts:set': ({ conversationId, text }) => this.#keepDraft(conversationId, { text }),
    'drafts:attach': ({ conversationId, attachments }) => this.#keepDraft(conversationId, { attachments }),
    'conversations:create': ({ modelId, sampling, systemPrompt, thinking = {} }) => {
      const id = this.#id();
      const time = this.#tick();
      const conversation: Conversation = {
        id,
        title: '',
        titleSource: 'auto',
        modelId,
        sampling,
        thinking,
        leafId: null,
        pinned: false,
        archived: false,
        folderId: null,
        createdAt: time,
        updatedAt: time,
      };
      this.conversations.set(id, { ...conversation, deleted: false });
      if (systemPrompt) this.systemPrompts.set(id, systemPrompt);
      return conversation;
    },
    'conversations:rename': ({ id, title }) => this.#update(id, { title, titleSource: 'user' }),
    'conversations:delete': ({ id }) => (this.#update(id, { deleted: true }), null),
    'conversations:restore': ({ id }) => this.#update(id, { deleted: false }),
    'conversations:setSampling': ({ id, sampling }) => this.#update(id, { sampling }),
    'conversations:setThinking': ({ id, thinking }) => this.#update(id, { thinking }),
    'conversations:setModel': ({ id, modelId }) => this.#update(id, { modelId }),
    'conversations:setLeaf': ({ id, leafId }) => this.#update(id, { leafId }),
    'messages:list': ({ conversationId }) =>
      [...this.messages.values()].filter((message) => message.conversationId === conversationId),
    'messages:append': (payload) => this.#add(payload),
    'messages:edit': ({ id, text }) => {
      const { conversationId, parentId, role, attachments } = this.messages.get(id)!;
      return this.#add({ conversationId, parentId, role, text, attachments, editedFrom: id });
    },
    'answers:reopen': ({ id, modelId, sampling }) => {
      const generation = { modelId, sampling, seed: null, stopReason: null, timings: null, error: null };
      const reopened: Message = { ...this.messages.get(id)!, status: 'streaming', generation };
      this.messages.set(id, reopened);
      return reopened;
    },
    'answers:start': ({ conversationId, parentId, modelId, sampling }) =>
      this.#add({
        conversationId,
        parentId,
        role: 'assistant',
        text: '',
        status: 'streaming',
        generation: { modelId, sampling, seed: null, stopReason: null, timings: null, error: null },
      }),
    'answers:save': ({ id, text, seed, tokens, ...thought }) => {
      this.#keepTokens(id, tokens);
      const message = this.messages.get(id)!;
      this.messages.set(id, { ...message, ...thought, text, generation: { ...message.generation!, seed } });
      return null;
    },
    'answers:finish': ({ id, text, status, tokens, thinkingMs, ...end }: Requests['answers:finish']['payload']) => {
      const message = this.messages.get(id)!;
      this.#keepTokens(id, tokens);
      const thought = thinkingMs === undefined ? {} : { thinkingMs };
      const finished = { ...message, ...thought, text, status, generation: { ...message.generation!, ...end } };
      this.messages.set(id, finished);
      return finished;
    },
    'answers:tokens': ({ id }) => {
      const pieces = this.tokens.get(id)?.map(({ record }) => Buffer.from(record, 'base64'));
      return pieces ? Buffer.concat(pieces).toString('base64') : null;
    },
  } satisfies Partial<Handlers>;

  #keepTokens(id: Id, piece: TokenPiece | undefined): void {
    if (!piece) return;
    const before = (this.tokens.get(id) ?? []).filter(({ from }) => from < piece.from);
    this.tokens.set(id, [...before, piece]);
  }

  #keepDraft(conversationId: Id | null, change: Partial<StoredDraft>): null {
    this.drafts.set(conversationId, { ...(this.drafts.get(conversationId) ?? noDraft), ...change });
    return null;
  }

  #add(message: Pick<Message, 'conversationId' | 'parentId' | 'role' | 'text'> & Partial<Message>): Message {
    const time = this.#tick();
    const added: Message = { id: this.#id(), createdAt: time, ...newMessage, ...message };
    this.messages.set(added.id, added);
    const { title } = this.conversations.get(added.conversationId)!;
    this.#update(added.conversationId, {
      leafId: added.id,
      updatedAt: time,
      title: title || added.text.slice(0, 60),
    });
    return added;
  }

  #update(id: Id, change: Partial<Conversation & { deleted: boolean }>): Conversation {
    const updated = { ...this.conversations.get(id)!, ...change };
    this.conversations.set(id, updated);
    const { deleted: _deleted, ...conversation } = updated;
    return conversation;
  }

  #id(): Id {
    return `id-${String(this.#nextId++).padStart(6, '0')}`;
  }

  #tick(): number {
    this.#time = Math.max(this.#time + 1, 0);
    return this.#time;
  }
}
