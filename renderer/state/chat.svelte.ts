// Which conversation is open, and what is said and asked for in it. A message that is sent while another conversation is
// answered is stored at once and waits for its turn.
import { SvelteMap } from 'svelte/reactivity';
import type { RecordedToken } from '../../engine/protocol.ts';
import type { ConversationDetails, Id, Preset } from '../../main/ipc/contract.ts';
import { text } from '../text/text.ts';
import { Attachments } from './attachments.svelte.ts';
import type { Conversations } from './conversations.svelte.ts';
import { Drafts } from './drafts.svelte.ts';
import { sentenceOf } from './notices.svelte.ts';
import { SamplingState } from './sampling.svelte.ts';
import { ThinkingState } from './thinking.svelte.ts';
import { Thread, type MessageView } from './thread.svelte.ts';
import type { Titles } from './titles.svelte.ts';
import { Turn, type TurnServices, type TurnSettings } from './turn.svelte.ts';
import { Turns } from './turns.svelte.ts';

export class Chat {
  /** null: a new chat that is stored with its first message. */
  currentId = $state<Id | null>(null);
  opening = $state(false);
  /** Counts up when the message field should take the focus. */
  focusRequests = $state(0);
  /** Called when a chat is asked for, also the one that is open. */
  onShow: () => void = () => {};
  /** The message that is being edited in its place. */
  editingId = $state<Id | null>(null);
  /** A message to be brought into view: what a search found. */
  soughtId = $state<Id | null>(null);
  readonly sampling: SamplingState;
  readonly thinking: ThinkingState;
  readonly drafts: Drafts;
  readonly attachments: Attachments;

  /** Of the chat that is stored with its first message. */
  #newSystemPrompt = $state('');
  readonly #threads = new SvelteMap<Id, Thread>();
  #sending = false;
  readonly #services: TurnServices;
  readonly #conversations: Conversations;
  readonly #turns: Turns;

  constructor(services: TurnServices, conversations: Conversations, titles: Titles) {
    this.#services = services;
    this.#conversations = conversations;
    this.#turns = new Turns(titles, (turn) => this.#ended(turn));
    this.drafts = new Drafts(services.api);
    const currentId = () => this.currentId;
    this.thinking = new ThinkingState(services.model, conversations, currentId);
    this.sampling = new SamplingState(services.model, this.thinking, conversations, currentId);
    this.attachments = new Attachments({ ...services, drafts: this.drafts, shownConversation: currentId });
  }

  get thread(): Thread | null {
    return (this.currentId !== null && this.#threads.get(this.currentId)) || null;
  }

  get draft(): string {
    return this.drafts.get(this.currentId)?.text ?? '';
  }

  set draft(typed: string) {
    this.drafts.set(this.currentId, { ...this.drafts.get(this.currentId), text: typed });
  }

  get systemPrompt(): string {
    return this.currentId === null ? this.#newSystemPrompt : (this.thread?.systemPrompt ?? '');
  }

  /** The answer that is being generated now, in whichever conversation. */
  get active(): Turn | null {
    return this.#turns.active;
  }

  /** The turn of a conversation, generating or waiting. */
  turnOf(conversationId: Id | null): Turn | null {
    return this.#turns.of(conversationId);
  }

  get turn(): Turn | null {
    return this.turnOf(this.currentId);
  }

  startNew(): void {
    this.onShow();
    this.currentId = null;
    this.editingId = null;
    this.focusRequests++;
  }

  async open(id: Id): Promise<void> {
    this.onShow();
    this.currentId = id;
    this.editingId = null;
    if (this.#threads.has(id)) return;
    this.opening = true;
    try {
      await Promise.all([this.#read(id), this.drafts.read(id)]);
      this.#services.notices.resolve('open');
    } catch (error) {
      if (this.currentId === id) this.currentId = null;
      this.#services.notices.warn('open', text.errors.notOpened(sentenceOf(error, text.errors.unexpected)));
    } finally {
      this.opening = false;
    }
  }

  /** Opens a conversation where one of its messages is shown, in whichever branch. */
  async openAt(id: Id, messageId: Id): Promise<void> {
    await this.open(id);
    const thread = this.#threads.get(id);
    const message = thread?.get(messageId);
    if (!thread || !message) return;
    if (!thread.branch.includes(message)) await this.showBranch(message);
    this.soughtId = messageId;
  }

  /** Something is typed or attached, and every file is read. */
  get canSend(): boolean {
    const typed = this.draft.trim() !== '' || this.attachments.all.length > 0;
    return typed && this.attachments.reading.length === 0;
  }

  /** Stores the draft as the user's turn and asks for an answer. */
  async send(): Promise<void> {
    const draft = this.drafts.get(this.currentId);
    if (!draft || !this.canSend || this.#sending || this.turn || this.opening) return;
    this.#sending = true;
    try {
      const thread = await this.#threadToSendIn();
      const parentId = draft.parentId === undefined ? thread.leafId : draft.parentId;
      const message = await this.#services.api.call('messages:append', {
        conversationId: thread.conversationId,
        parentId,
        role: 'user',
        text: draft.text.trim(),
        attachments: [...(draft.attachments ?? [])],
      });
      this.#clearDraft(thread.conversationId, draft.text);
      this.#services.notices.resolve('send');
      thread.add(message);
      this.#answer(thread, message.id);
      if (parentId === null) await this.#conversations.refresh();
      else this.#conversations.touch(thread.conversationId, message.id, message.createdAt);
    } catch (error) {
      this.#services.notices.warn('send', text.errors.notStored(sentenceOf(error, text.errors.unexpected)));
    } finally {
      this.#sending = false;
    }
  }

  /** Sends these words as they are. */
  async sendText(words: string): Promise<void> {
    this.draft = words;
    await this.send();
  }

  /** A new answer beside the old one, under the same message. */
  regenerate(answer: MessageView): void {
    if (answer.parentId !== null) this.answerTo(answer.parentId);
  }

  answerTo(messageId: Id): void {
    if (this.thread && !this.turn) this.#answer(this.thread, messageId);
  }

  /** The answer ended too early or was edited, and nothing follows it. */
  canContinue(answer: MessageView): boolean {
    if (answer.role !== 'assistant' || answer.text.trim() === '' || this.thread?.hasNext(answer)) return false;
    const wasCut = answer.status !== 'complete' || answer.generation?.stopReason === 'length';
    return answer.parentId !== null && (wasCut || answer.generation === null);
  }

  /** Goes on writing where an answer ended. */
  continue(answer: MessageView): void {
    const { thread } = this;
    if (!thread || this.turn || answer.parentId === null || !this.canContinue(answer)) return;
    thread.leafId = answer.id;
    this.#turns.begin(
      new Turn(thread, answer.parentId, this.#settingsOf(thread), this.#services, { continued: answer }),
    );
  }

  /** A new answer beside this one that begins with these tokens and goes on from them. */
  branchFrom(answer: MessageView, branch: readonly RecordedToken[]): void {
    const { thread } = this;
    if (!thread || this.turn || answer.parentId === null) return;
    thread.leafId = answer.parentId;
    this.#turns.begin(new Turn(thread, answer.parentId, this.#settingsOf(thread), this.#services, { branch }));
  }

  /** Another version beside a message, as a branch; a changed question is answered again. */
  async edit(message: MessageView, words: string): Promise<void> {
    const { thread } = this;
    const edited = message.role === 'user' ? words.trim() : words;
    if (!thread || this.turn || edited.trim() === '') return;
    if (edited === message.text) {
      this.editingId = null;
      return;
    }
    try {
      const added = await this.#services.api.call('messages:edit', { id: message.id, text: edited });
      this.#services.notices.resolve('edit');
      this.editingId = null;
      thread.add(added);
      this.#conversations.touch(thread.conversationId, added.id, added.createdAt);
      if (added.role === 'user') this.#answer(thread, added.id);
    } catch (error) {
      const reason = sentenceOf(error, text.errors.unexpected);
      this.#services.notices.warn('edit', text.messageActions.notEdited(reason));
    }
  }

  /** Puts the question above an answer back into the message field, to be sent in its place. */
  editAbove(answer: MessageView): void {
    const question = answer.parentId === null ? undefined : this.thread?.get(answer.parentId);
    if (!question) return;
    const { text: words, parentId, attachments } = question;
    this.drafts.set(this.currentId, { text: words, parentId, attachments });
    this.focusRequests++;
  }

  stop(conversationId: Id | null = this.currentId): void {
    this.#turns.stop(conversationId);
  }

  /** Shows the branch of a message, down to where it was last left. */
  async showBranch(message: MessageView): Promise<void> {
    const { thread } = this;
    if (!thread || this.turn) return;
    try {
      const shown = await this.#services.api.call('conversations:showBranch', {
        id: thread.conversationId,
        messageId: message.id,
      });
      thread.leafId = shown.leafId;
      this.#services.notices.resolve('settings');
    } catch (error) {
      const reason = sentenceOf(error, text.errors.unexpected);
      this.#services.notices.warn('settings', text.organise.notChanged(reason));
    }
  }

  async setSystemPrompt(systemPrompt: string): Promise<void> {
    const { thread } = this;
    if (!thread) {
      this.#newSystemPrompt = systemPrompt;
      return;
    }
    const before = thread.systemPrompt;
    thread.systemPrompt = systemPrompt;
    try {
      await this.#services.api.call('conversations:setSystemPrompt', { id: thread.conversationId, systemPrompt });
      this.#services.notices.resolve('system-prompt');
    } catch (error) {
      thread.systemPrompt = before;
      const reason = sentenceOf(error, text.errors.unexpected);
      this.#services.notices.warn('system-prompt', text.organise.notChanged(reason));
    }
  }

  /** Sets up the chat that is stored with its first message. */
  prepareNew({ systemPrompt, sampling, thinking }: Pick<Preset, 'systemPrompt' | 'sampling' | 'thinking'>): void {
    this.#newSystemPrompt = systemPrompt;
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
    this.stop(id);
    const wasOpen = this.currentId === id;
    if (wasOpen) this.startNew();
    await this.#conversations.delete(id, () => {
      if (wasOpen) void this.open(id);
    });
  }

  #answer(thread: Thread, messageId: Id): void {
    thread.leafId = messageId;
    this.#turns.begin(new Turn(thread, messageId, this.#settingsOf(thread), this.#services));
  }

  #settingsOf({ conversationId }: Thread): TurnSettings {
    return { sampling: this.sampling.of(conversationId), ...this.thinking.requestOf(conversationId) };
  }

  #ended({ answer, conversationId, thread }: Turn): void {
    this.#conversations.touch(conversationId, thread.leafId ?? answer!.id, Date.now());
    if (answer!.status === 'complete') this.#services.notices.announce(text.chat.finished);
  }

  async #threadToSendIn(): Promise<Thread> {
    if (this.currentId !== null) return this.thread ?? (await this.#read(this.currentId));
    const systemPrompt = this.#newSystemPrompt;
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
    this.#newSystemPrompt = '';
    this.currentId = conversation.id;
    return thread;
  }

  async #read(id: Id): Promise<Thread> {
    const [messages, details] = await Promise.all([
      this.#services.api.call('messages:list', { conversationId: id }),
      this.#services.api.call('conversations:get', { id }),
    ]);
    const { systemPrompt, ...conversation } = details;
    // What a search found may not be in the list yet.
    if (!this.#conversations.get(id)) this.#conversations.put(conversation);
    const thread = new Thread(id, messages, conversation.leafId, systemPrompt);
    this.#threads.set(id, thread);
    return thread;
  }

  /** What was typed while the message was being stored stays. */
  #clearDraft(conversationId: Id, sent: string): void {
    const now = this.drafts.get(conversationId)?.text ?? '';
    this.drafts.set(conversationId, now.startsWith(sent) && now !== sent ? { text: now.slice(sent.length) } : null);
  }
}
