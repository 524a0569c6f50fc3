// The system prompt of the chat that is open: kept with its conversation, or here until the chat is stored.
import type { Api } from '../services/api.ts';
import { text } from '../text/text.ts';
import { sentenceOf, type Notices } from './notices.svelte.ts';
import type { Thread } from './thread.svelte.ts';

export interface SystemPromptServices {
  api: Api;
  notices: Notices;
  isNewChat: () => boolean;
  shownThread: () => Thread | null;
}

export class SystemPrompt {
  /** Written before the chat's first message. */
  #draft = $state('');
  readonly #services: SystemPromptServices;

  constructor(services: SystemPromptServices) {
    this.#services = services;
  }

  /** '' if there is none. */
  get value(): string {
    const { isNewChat, shownThread } = this.#services;
    return isNewChat() ? this.#draft : (shownThread()?.systemPrompt ?? '');
  }

  async set(systemPrompt: string): Promise<void> {
    const { api, notices, isNewChat, shownThread } = this.#services;
    if (isNewChat()) this.#draft = systemPrompt;
    const thread = shownThread();
    if (!thread) return;
    const before = thread.systemPrompt;
    thread.systemPrompt = systemPrompt;
    try {
      await api.call('conversations:setSystemPrompt', { id: thread.conversationId, systemPrompt });
      notices.resolve('system-prompt');
    } catch (error) {
      thread.systemPrompt = before;
      notices.warn('system-prompt', text.organise.notChanged(sentenceOf(error)));
    }
  }

  /** Of the chat that is stored with its first message. */
  replaceDraft(systemPrompt: string): void {
    this.#draft = systemPrompt;
  }

  /** The draft goes into the conversation that was just made from it. */
  takeDraft(): void {
    this.#draft = '';
  }
}
