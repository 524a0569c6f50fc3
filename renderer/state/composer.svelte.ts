// The message field of the chat that is open: what is typed and attached there, and sending it.
import type { EngineClient } from '../services/engineClient.ts';
import type { Api } from '../services/api.ts';
import type { Id } from '../../main/ipc/contract.ts';
import { text } from '../text/text.ts';
import { Attachments } from './attachments.svelte.ts';
import type { Chat } from './chat.svelte.ts';
import type { Conversations } from './conversations.svelte.ts';
import type { ModelState } from './model.svelte.ts';
import { sentenceOf, type Notices } from './notices.svelte.ts';
import type { MessageView } from './thread.svelte.ts';

export interface ComposerServices {
  api: Api;
  engine: EngineClient;
  model: ModelState;
  notices: Notices;
  conversations: Conversations;
  chat: Chat;
}

export class Composer {
  readonly attachments: Attachments;
  #sending = false;
  readonly #services: ComposerServices;

  constructor(services: ComposerServices) {
    const { chat } = services;
    this.#services = services;
    this.attachments = new Attachments({
      ...services,
      drafts: chat.drafts,
      shownConversation: () => chat.currentId,
    });
  }

  get draft(): string {
    const { drafts, currentId } = this.#services.chat;
    return drafts.get(currentId)?.text ?? '';
  }

  set draft(typed: string) {
    const { drafts, currentId } = this.#services.chat;
    drafts.set(currentId, { ...drafts.get(currentId), text: typed });
  }

  /** Something is typed or attached, and every file is read. */
  get canSend(): boolean {
    const hasContent = this.draft.trim() !== '' || this.attachments.all.length > 0;
    return hasContent && this.attachments.reading.length === 0;
  }

  /** Stores the draft as the user's turn and asks for an answer. */
  async send(): Promise<void> {
    const { api, notices, conversations, chat } = this.#services;
    const draft = chat.drafts.get(chat.currentId);
    if (!draft || !this.canSend || this.#sending || chat.turn || chat.opening) return;
    this.#sending = true;
    try {
      const thread = await chat.storedThread();
      const parentId = draft.parentId === undefined ? thread.leafId : draft.parentId;
      const message = await api.call('messages:append', {
        conversationId: thread.conversationId,
        parentId,
        role: 'user',
        text: draft.text.trim(),
        attachments: [...(draft.attachments ?? [])],
      });
      this.#clearDraft(thread.conversationId, draft.text);
      notices.resolve('send');
      thread.add(message);
      chat.answers.ask(thread, message.id);
      if (parentId === null) await conversations.refresh();
      else conversations.touch(thread.conversationId, message.id, message.createdAt);
    } catch (error) {
      notices.warn('send', text.errors.notStored(sentenceOf(error)));
    } finally {
      this.#sending = false;
    }
  }

  /** Sends these words as they are. */
  async sendText(words: string): Promise<void> {
    this.draft = words;
    await this.send();
  }

  /** Puts the question above an answer back into the message field, to be sent in its place. */
  editAbove(answer: MessageView): void {
    const { chat } = this.#services;
    const question = answer.parentId === null ? undefined : chat.thread?.get(answer.parentId);
    if (!question) return;
    const { text: words, parentId, attachments } = question;
    chat.drafts.set(chat.currentId, { text: words, parentId, attachments });
    chat.focusRequests++;
  }

  /** What was typed while the message was being stored stays. */
  #clearDraft(conversationId: Id, sent: string): void {
    const { drafts } = this.#services.chat;
    const now = drafts.get(conversationId)?.text ?? '';
    drafts.set(conversationId, now.startsWith(sent) && now !== sent ? { text: now.slice(sent.length) } : null);
  }
}
