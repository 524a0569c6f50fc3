// Which conversation is open, what is typed in each, and which answers are under way. One answer is generated at a time;
// a message sent in another conversation meanwhile is stored at once and waits for its turn.
import { SvelteMap } from 'svelte/reactivity';
import type { Id } from '../../main/ipc/contract.ts';
import { text } from '../text/english.ts';
import type { Conversations } from './conversations.svelte.ts';
import { sentenceOf } from './notices.svelte.ts';
import { SamplingState } from './sampling.svelte.ts';
import { Thread, type MessageView } from './thread.svelte.ts';
import { Turn, type TurnServices } from './turn.svelte.ts';

/** What is typed and not sent; `parentId` is set when it replaces an earlier message. */
interface Draft {
  text: string;
  parentId?: Id | null;
}

const newChat = 'new';

export class Chat {
  /** null: a new chat that is stored with its first message. */
  currentId = $state<Id | null>(null);
  opening = $state(false);
  /** Counts up when the message field should take the focus. */
  focusRequests = $state(0);
  /** Called when a chat is asked for, also the one that is open. */
  onShow: () => void = () => {};
  readonly sampling: SamplingState;

  readonly #threads = new SvelteMap<Id, Thread>();
  #drafts = $state.raw<Readonly<Record<string, Draft>>>({});
  #turns = $state.raw<readonly Turn[]>([]);
  #sending = false;
  readonly #services: TurnServices;
  readonly #conversations: Conversations;

  constructor(services: TurnServices, conversations: Conversations) {
    this.#services = services;
    this.#conversations = conversations;
    this.sampling = new SamplingState(services.model, conversations, () => this.currentId);
  }

  get thread(): Thread | null {
    return (this.currentId !== null && this.#threads.get(this.currentId)) || null;
  }

  get draft(): string {
    return this.#drafts[this.currentId ?? newChat]?.text ?? '';
  }

  set draft(typed: string) {
    this.#setDraft(this.currentId, { ...this.#drafts[this.currentId ?? newChat], text: typed });
  }

  /** The answer that is being generated now, in whichever conversation. */
  get active(): Turn | null {
    return this.#turns[0] ?? null;
  }

  /** The turn of a conversation, generating or waiting. */
  turnOf(conversationId: Id | null): Turn | null {
    return this.#turns.find((turn) => turn.conversationId === conversationId) ?? null;
  }

  get turn(): Turn | null {
    return this.turnOf(this.currentId);
  }

  startNew(): void {
    this.onShow();
    this.currentId = null;
    this.focusRequests++;
  }

  async open(id: Id): Promise<void> {
    this.onShow();
    this.currentId = id;
    if (this.#threads.has(id)) return;
    this.opening = true;
    try {
      await this.#read(id);
      this.#services.notices.resolve('open');
    } catch (error) {
      if (this.currentId === id) this.currentId = null;
      this.#services.notices.warn('open', text.errors.notOpened(sentenceOf(error, text.errors.unexpected)));
    } finally {
      this.opening = false;
    }
  }

  /** Stores the draft as the user's turn and asks for an answer. */
  async send(): Promise<void> {
    const draft = this.#drafts[this.currentId ?? newChat];
    if (!draft || draft.text.trim() === '' || this.#sending || this.turn || this.opening) return;
    this.#sending = true;
    try {
      const thread = await this.#threadToSendIn();
      const parentId = draft.parentId === undefined ? thread.leafId : draft.parentId;
      const message = await this.#services.api.call('messages:append', {
        conversationId: thread.conversationId,
        parentId,
        role: 'user',
        text: draft.text.trim(),
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

  /** A new answer beside the old one, under the same user turn. */
  regenerate(answer: MessageView): void {
    if (answer.parentId !== null) this.answerTo(answer.parentId);
  }

  answerTo(userMessageId: Id): void {
    if (this.thread && !this.turn) this.#answer(this.thread, userMessageId);
  }

  /** Puts the question above an answer back into the message field, to be sent in its place. */
  editAbove(answer: MessageView): void {
    const question = answer.parentId === null ? undefined : this.thread?.get(answer.parentId);
    if (!question) return;
    this.#setDraft(this.currentId, { text: question.text, parentId: question.parentId });
    this.focusRequests++;
  }

  stop(conversationId: Id | null = this.currentId): void {
    const turn = this.turnOf(conversationId);
    turn?.stop();
    if (turn?.phase === 'waiting') this.#turns = this.#turns.filter((other) => other !== turn);
  }

  /** Shows another answer to the same message. */
  async showAnswer(answer: MessageView): Promise<void> {
    const { thread } = this;
    if (!thread || this.turn) return;
    thread.leafId = thread.leafUnder(answer).id;
    try {
      await this.#services.api.call('conversations:setLeaf', { id: thread.conversationId, leafId: thread.leafId });
      this.#services.notices.resolve('settings');
    } catch (error) {
      const reason = sentenceOf(error, text.errors.unexpected);
      this.#services.notices.warn('settings', text.errors.settingNotSaved(reason));
    }
  }

  async delete(id: Id): Promise<void> {
    this.stop(id);
    const wasOpen = this.currentId === id;
    if (wasOpen) this.startNew();
    await this.#conversations.delete(id, () => {
      if (wasOpen) void this.open(id);
    });
  }

  #answer(thread: Thread, userMessageId: Id): void {
    thread.leafId = userMessageId;
    const turn = new Turn(thread, userMessageId, this.sampling.of(thread.conversationId), this.#services);
    this.#turns = [...this.#turns, turn];
    if (this.#turns.length === 1) void this.#work();
  }

  async #work(): Promise<void> {
    for (let turn = this.active; turn; turn = this.active) {
      await turn.run();
      this.#turns = this.#turns.filter((other) => other !== turn);
      if (!turn.answer) continue;
      this.#conversations.touch(turn.conversationId, turn.thread.leafId ?? turn.answer.id, Date.now());
      if (turn.answer.status === 'complete') this.#services.notices.announce(text.chat.finished);
    }
  }

  async #threadToSendIn(): Promise<Thread> {
    if (this.currentId !== null) return this.thread ?? (await this.#read(this.currentId));
    const { changes } = this.sampling;
    const modelId = this.#services.model.selected?.id ?? '';
    const conversation = await this.#conversations.create(modelId, changes);
    const thread = new Thread(conversation.id, [], null);
    this.#threads.set(conversation.id, thread);
    this.#setDraft(conversation.id, this.#drafts[newChat] ?? { text: '' });
    this.#setDraft(null, null);
    this.sampling.takeDraft();
    this.currentId = conversation.id;
    return thread;
  }

  async #read(id: Id): Promise<Thread> {
    const messages = await this.#services.api.call('messages:list', { conversationId: id });
    const thread = new Thread(id, messages, this.#conversations.get(id)?.leafId ?? null);
    this.#threads.set(id, thread);
    return thread;
  }

  /** What was typed while the message was being stored stays. */
  #clearDraft(conversationId: Id, sent: string): void {
    const now = this.#drafts[conversationId]?.text ?? '';
    this.#setDraft(conversationId, now.startsWith(sent) && now !== sent ? { text: now.slice(sent.length) } : null);
  }

  #setDraft(conversationId: Id | null, draft: Draft | null): void {
    const { [conversationId ?? newChat]: _replaced, ...others } = this.#drafts;
    this.#drafts = draft ? { ...others, [conversationId ?? newChat]: draft } : others;
  }
}
