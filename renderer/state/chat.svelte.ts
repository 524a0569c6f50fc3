// Which conversation is open, and what belongs to it: its messages, what it is set to, its answers. Conversations that were
// opened once stay here, because answers go on in them.
import { SvelteMap } from 'svelte/reactivity';
import type { ConversationDetails, Id, Preset } from '../../main/ipc/contract.ts';
import { text } from '../text/text.ts';
import { Answers } from './answers.svelte.ts';
import type { Conversations } from './conversations.svelte.ts';
import { Drafts } from './drafts.svelte.ts';
import { Editing } from './editing.svelte.ts';
import { sentenceOf } from './notices.svelte.ts';
import { SamplingState } from './sampling.svelte.ts';
import { SystemPrompt } from './systemPrompt.svelte.ts';
import { ThinkingState } from './thinking.svelte.ts';
import { Thread, type MessageView } from './thread.svelte.ts';
import type { Titles } from './titles.svelte.ts';
import type { Turn, TurnServices } from './turn.svelte.ts';

export class Chat {
  /** null: a new chat that is stored with its first message. */
  currentId = $state<Id | null>(null);
  /** Counts up when the message field should take the focus. */
  focusRequests = $state(0);
  /** Called when a chat is asked for, also the one that is open. */
  onShow: () => void = () => {};
  /** A message to be brought into view: what a search found. */
  soughtId = $state<Id | null>(null);
  readonly systemPrompt: SystemPrompt;
  readonly sampling: SamplingState;
  readonly thinking: ThinkingState;
  readonly drafts: Drafts;
  readonly answers: Answers;
  readonly editing: Editing;

  readonly #threads = new SvelteMap<Id, Thread>();
  /** Conversations that are on their way from the store. */
  readonly #reads = new SvelteMap<Id, Promise<void>>();
  readonly #services: TurnServices;
  readonly #conversations: Conversations;

  constructor(services: TurnServices, conversations: Conversations, titles: Titles) {
    this.#services = services;
    this.#conversations = conversations;
    this.drafts = new Drafts(services.api);
    const currentId = () => this.currentId;
    const shownThread = () => this.thread;
    this.systemPrompt = new SystemPrompt({ ...services, isNewChat: () => this.currentId === null, shownThread });
    this.thinking = new ThinkingState(services.model, conversations, currentId);
    this.sampling = new SamplingState(services.model, this.thinking, conversations, currentId);
    const settingsOf = (id: Id) => ({ sampling: this.sampling.of(id), ...this.thinking.requestOf(id) });
    const forAnswers = { ...services, conversations, titles, shownThread, settingsOf };
    this.answers = new Answers(forAnswers);
    this.editing = new Editing(forAnswers, this.answers);
  }

  get thread(): Thread | null {
    return (this.currentId !== null && this.#threads.get(this.currentId)) || null;
  }

  /** The open conversation is still on its way from the store. */
  get opening(): boolean {
    return this.currentId !== null && this.#reads.has(this.currentId);
  }

  /** The turn of the open conversation, generating or waiting. */
  get turn(): Turn | null {
    return this.answers.of(this.currentId);
  }

  startNew(): void {
    this.onShow();
    this.currentId = null;
    this.editing.end();
    this.focusRequests++;
  }

  async open(id: Id): Promise<void> {
    this.onShow();
    this.currentId = id;
    this.editing.end();
    if (this.#threads.has(id)) return;
    const read = this.#reads.get(id) ?? this.#read(id);
    this.#reads.set(id, read);
    try {
      await read;
      this.#services.notices.resolve('open');
    } catch (error) {
      if (this.currentId === id) this.currentId = null;
      this.#services.notices.warn('open', text.errors.notOpened(sentenceOf(error)));
    } finally {
      this.#reads.delete(id);
    }
  }

  /** Opens a conversation where one of its messages is shown, in whichever branch. */
  async openAt(id: Id, messageId: Id): Promise<void> {
    await this.open(id);
    // Another one may have been opened meanwhile.
    const thread = this.currentId === id ? this.thread : null;
    const message = thread?.get(messageId);
    if (!thread || !message) return;
    if (!thread.branch.includes(message)) await this.showBranch(message);
    this.soughtId = messageId;
  }

  /** Shows the branch of a message, down to where it was last left. */
  async showBranch(message: MessageView): Promise<void> {
    const { thread } = this;
    const { api, notices } = this.#services;
    if (!thread || this.turn) return;
    try {
      const shown = await api.call('conversations:showBranch', { id: thread.conversationId, messageId: message.id });
      thread.leafId = shown.leafId;
      notices.resolve('settings');
    } catch (error) {
      notices.warn('settings', text.organise.notChanged(sentenceOf(error)));
    }
  }

  /** Sets up the chat that is stored with its first message. */
  prepareNew({ systemPrompt, sampling, thinking }: Pick<Preset, 'systemPrompt' | 'sampling' | 'thinking'>): void {
    this.systemPrompt.replaceDraft(systemPrompt);
    // First: the defaults that sampling differs from are those with or without thoughts.
    if (thinking) this.thinking.replace(thinking);
    this.sampling.replace(sampling);
  }

  /** What main has changed in a conversation that is open. */
  take({ systemPrompt, ...conversation }: ConversationDetails): void {
    this.#conversations.put(conversation);
    const thread = this.#threads.get(conversation.id);
    if (thread) thread.systemPrompt = systemPrompt;
  }

  async delete(id: Id): Promise<void> {
    this.answers.stop(id);
    const wasOpen = this.currentId === id;
    if (wasOpen) this.startNew();
    await this.#conversations.delete(id, () => {
      if (wasOpen) void this.open(id);
    });
  }

  /** What is open, as a conversation in the store: a new chat becomes one. @throws AppError when main refuses. */
  async storedThread(): Promise<Thread> {
    if (this.thread) return this.thread;
    const systemPrompt = this.systemPrompt.value;
    const conversation = await this.#conversations.create({
      modelId: this.#services.model.selected?.id ?? '',
      sampling: this.sampling.changes,
      ...(systemPrompt && { systemPrompt }),
      thinking: this.thinking.value,
    });
    const thread = new Thread(conversation.id, [], null, systemPrompt);
    this.#threads.set(conversation.id, thread);
    this.drafts.set(conversation.id, this.drafts.get(null) ?? { text: '' });
    this.drafts.set(null, null);
    this.sampling.takeDraft();
    this.thinking.takeDraft();
    this.systemPrompt.takeDraft();
    // Another conversation may have been opened meanwhile.
    this.currentId ??= conversation.id;
    return thread;
  }

  async #read(id: Id): Promise<void> {
    const { api } = this.#services;
    const [messages, details] = await Promise.all([
      api.call('messages:list', { conversationId: id }),
      api.call('conversations:get', { id }),
      this.drafts.read(id),
    ]);
    const { systemPrompt, ...conversation } = details;
    // What a search found may not be in the list yet.
    if (!this.#conversations.get(id)) this.#conversations.put(conversation);
    this.#threads.set(id, new Thread(id, messages, conversation.leafId, systemPrompt));
  }
}
