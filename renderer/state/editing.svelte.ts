// The message that is being edited in its place. What is saved becomes another version beside it, as a branch.
import type { Id } from '../../main/ipc/contract.ts';
import { text } from '../text/text.ts';
import type { Answers, AnswerServices } from './answers.svelte.ts';
import { sentenceOf } from './notices.svelte.ts';
import type { MessageView } from './thread.svelte.ts';

export class Editing {
  messageId = $state<Id | null>(null);
  readonly #services: Pick<AnswerServices, 'api' | 'notices' | 'conversations' | 'shownThread'>;
  readonly #answers: Answers;

  constructor(services: AnswerServices, answers: Answers) {
    this.#services = services;
    this.#answers = answers;
  }

  start(message: MessageView): void {
    this.messageId = message.id;
  }

  end(): void {
    this.messageId = null;
  }

  /** A changed question is answered again. What cannot be stored stays in its field. */
  async save(message: MessageView, typed: string): Promise<void> {
    const { api, notices, conversations, shownThread } = this.#services;
    const thread = shownThread();
    const words = message.role === 'user' ? typed.trim() : typed;
    if (!thread || this.#answers.of(thread.conversationId) || words.trim() === '') return;
    if (words === message.text) {
      this.end();
      return;
    }
    try {
      const added = await api.call('messages:edit', { id: message.id, text: words });
      notices.resolve('edit');
      this.end();
      thread.add(added);
      conversations.touch(thread.conversationId, added.id, added.createdAt);
      if (added.role === 'user') this.#answers.ask(thread, added.id);
    } catch (error) {
      notices.warn('edit', text.messageActions.notEdited(sentenceOf(error)));
    }
  }
}
