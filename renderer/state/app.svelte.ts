// Puts the window's state together and starts it: settings, list and model in one go, then the model loads by itself.
import { createContext } from 'svelte';
import type { ModelShape, QuantizedType } from '../../engine/protocol.ts';
import type { AppInfo, Bridge } from '../../main/ipc/contract.ts';
import { createApi, type Api } from '../services/api.ts';
import { EngineClient, type WorkerLike } from '../services/engineClient.ts';
import { keyLabel } from '../services/shortcuts.ts';
import { systemLanguages } from '../services/systemLanguages.ts';
import { languageOf, loadLanguage, text, type Language } from '../text/text.ts';
import { Chat } from './chat.svelte.ts';
import { Composer } from './composer.svelte.ts';
import { Conversations } from './conversations.svelte.ts';
import { DraftTokens } from './draftTokens.svelte.ts';
import { Folders } from './folders.svelte.ts';
import { Inside } from './inside.svelte.ts';
import { Layout } from './layout.svelte.ts';
import { Library } from './library.svelte.ts';
import { Memory } from './memory.svelte.ts';
import { ModelState } from './model.svelte.ts';
import { Notices, sentenceOf } from './notices.svelte.ts';
import { runCommand } from './commands.ts';
import { NextToken } from './nextToken.svelte.ts';
import { Presets } from './presets.svelte.ts';
import { ReadAhead } from './readAhead.svelte.ts';
import { Search } from './search.svelte.ts';
import { SettingsState } from './settings.svelte.ts';
import { View } from './view.svelte.ts';
import { Titles } from './titles.svelte.ts';
import { Transfer } from './transfer.svelte.ts';

export class App {
  readonly notices = new Notices();
  readonly view = new View();
  readonly settings: SettingsState;
  readonly layout: Layout;
  readonly conversations: Conversations;
  readonly folders: Folders;
  readonly search: Search;
  readonly transfer: Transfer;
  readonly model: ModelState;
  readonly memory: Memory;
  readonly library: Library;
  readonly chat: Chat;
  readonly composer: Composer;
  readonly inside: Inside;
  readonly draftTokens: DraftTokens;
  readonly nextToken: NextToken;
  readonly readAhead: ReadAhead;
  readonly presets: Presets;
  info = $state.raw<AppInfo | null>(null);
  /** The language that the window is drawn in. */
  language = $state<Language>('en');
  phase = $state<'starting' | 'running' | 'failed'>('starting');
  startError = $state('');
  readonly #api: Api;

  constructor(bridge: Bridge, startWorker: () => WorkerLike) {
    const api = createApi(bridge);
    const engine = new EngineClient(startWorker);
    this.#api = api;
    this.settings = new SettingsState(api, this.notices);
    this.layout = new Layout(this.settings);
    this.conversations = new Conversations(api, this.notices);
    this.folders = new Folders(api, this.notices, this.conversations);
    this.search = new Search(api);
    this.transfer = new Transfer(api, this.notices, this.conversations, this.folders);
    this.model = new ModelState(api, engine, this.settings, {
      shownConversation: () => this.chat.currentId,
      modelOf: (id) => this.conversations.get(id)?.modelId ?? null,
    });
    const titles = new Titles(engine, this.model, this.settings, this.conversations);
    this.model.makeWay = () => titles.giveWay();
    this.inside = new Inside(api);
    const forTurns = { api, engine, model: this.model, notices: this.notices, inside: this.inside };
    const contextPolicy = () => this.settings.value.contextPolicy ?? 'stop';
    this.chat = new Chat({ ...forTurns, contextPolicy }, this.conversations, titles);
    this.chat.onShow = () => this.view.showChat();
    this.composer = new Composer({ ...forTurns, conversations: this.conversations, chat: this.chat });
    this.memory = new Memory(this.settings, this.model);
    this.library = new Library(api, this.notices, this.model);
    this.library.onUse = (modelId) => void this.useModel(modelId);
    this.draftTokens = new DraftTokens(engine);
    const { notices, model, chat, composer, inside, draftTokens } = this;
    this.nextToken = new NextToken({ engine, chat, model, inside, draftTokens });
    this.readAhead = new ReadAhead({ engine, model, chat, composer, draftTokens, contextPolicy });
    this.presets = new Presets({ api, notices, chat, model, useModel: (modelId) => this.useModel(modelId) });
    this.#listen();
  }

  async start(): Promise<void> {
    this.phase = 'starting';
    try {
      const [info] = await Promise.all([
        this.#api.call('app:info', null),
        this.settings.load(),
        this.conversations.load(),
        this.folders.load(),
        this.model.refresh(),
      ]);
      this.info = info;
      await this.useLanguage();
      this.phase = 'running';
      this.loadModel();
      void this.chat.drafts.read(null);
      void this.conversations.loadArchive();
    } catch (error) {
      this.startError = sentenceOf(error);
      this.phase = 'failed';
    }
  }

  /** Speaks as the settings say; a language that cannot be loaded leaves the one before. */
  async useLanguage(): Promise<void> {
    const language = languageOf(this.settings.value.language, systemLanguages());
    if (language === this.language) return;
    try {
      await loadLanguage(language);
      this.language = language;
    } catch {
      this.notices.warn('language', text.errors.unexpected);
    }
  }

  /** Loads ahead of the first message; a failure shows in the model's status. */
  loadModel(): void {
    if (this.model.selected) this.model.ensureLoaded().catch(() => undefined);
  }

  #listen(): void {
    this.#api.on('models:changed', (installed) => (this.model.installed = installed));
    this.#api.on('models:opened', ({ modelId }) => void this.#opened(modelId));
    this.#api.on('globalKey:refused', ({ key }) =>
      this.notices.warn('globalKey', text.settings.globalKeyTaken(keyLabel(key, this.info))),
    );
    this.#api.on('menu:command', ({ command }) => runCommand(this, command));
  }

  /** Answers in the chat that is shown from now on; a chat that has not begun takes the model for new chats. */
  async useModel(modelId: string): Promise<void> {
    if (!this.model.installed.some(({ id }) => id === modelId)) await this.model.refresh();
    if (this.chat.currentId === null) await this.settings.set({ modelId });
    else await this.conversations.setModel(this.chat.currentId, modelId);
    if (!this.chat.answers.active) this.loadModel();
  }

  /** After running out of memory: a context that should fit, or null. */
  get smallerContext(): number | null {
    return this.#afterOutOfMemory((shape, id) => this.memory.smallerContext(shape, id));
  }

  /** After running out of memory: coarser weights that should fit, or null. */
  get smallerWeights(): QuantizedType | null {
    return this.#afterOutOfMemory((shape, id) => this.memory.smallerWeights(shape, id));
  }

  /** Of the selected model alone. */
  async loadWithContext(contextLength: number): Promise<void> {
    if (this.model.selected) await this.settings.setContextOf(this.model.selected.id, contextLength);
    this.loadModel();
  }

  /** Of the selected model alone. */
  async loadWithWeights(weights: QuantizedType): Promise<void> {
    if (this.model.selected) await this.settings.setWeightsOf(this.model.selected.id, weights);
    this.loadModel();
  }

  #afterOutOfMemory<Offer>(offer: (shape: ModelShape, modelId: string) => Offer | null): Offer | null {
    const { selected, error, status } = this.model;
    if (!selected || status !== 'failed' || error?.code !== 'out-of-memory') return null;
    const shape = this.library.model(selected.id)?.shape;
    return shape ? offer(shape, selected.id) : null;
  }

  async #opened(modelId: string): Promise<void> {
    await this.settings.set({ modelId });
    await this.useModel(modelId);
  }
}

export const [getApp, setApp] = createContext<App>();
