// Lets the model name a conversation after its first answer, while it has nothing else to do. Gives way to any answer.
import type { Id } from '../../main/ipc/contract.ts';
import { splitThinking } from '../chat/thinking.ts';
import type { EngineClient } from '../services/engineClient.ts';
import type { Conversations } from './conversations.svelte.ts';
import type { ModelState } from './model.svelte.ts';
import type { SettingsState } from './settings.svelte.ts';
import type { Thread } from './thread.svelte.ts';
import { messagesTo } from './messageContent.ts';

const request =
  'Write a title for our conversation so far: two to six words, in the language of my first message, without quotes ' +
  'or a full stop. Answer with the title alone.';
const longestTitle = 60;
const mostTokens = 24;

export class Titles {
  readonly #engine: EngineClient;
  readonly #model: ModelState;
  readonly #settings: SettingsState;
  readonly #conversations: Conversations;
  #abort: AbortController | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(engine: EngineClient, model: ModelState, settings: SettingsState, conversations: Conversations) {
    this.#engine = engine;
    this.#model = model;
    this.#settings = settings;
    this.#conversations = conversations;
  }

  /** A conversation has got an answer; names it if that was its first. */
  consider(thread: Thread, answerId: Id): void {
    const conversation = this.#conversations.get(thread.conversationId);
    const isFirst = thread.branchTo(answerId).filter(({ role }) => role === 'assistant').length === 1;
    // A model that ships with the app is too small to name anything.
    const able = this.#model.selected !== null && !this.#model.selected.embedded;
    if (!isFirst || !able || conversation?.titleSource !== 'auto' || this.#settings.value.modelTitles === false) return;
    this.#running = this.#suggest(thread, answerId);
  }

  /** Resolves when the engine is free. */
  async giveWay(): Promise<void> {
    this.#abort?.abort();
    await this.#running;
  }

  async #suggest(thread: Thread, answerId: Id): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    let words = '';
    try {
      const events = this.#engine.generate(
        {
          messages: [...messagesTo(thread, answerId), { role: 'user', content: request }],
          sampling: { ...this.#model.defaultsOf(thread.conversationId, false), mode: 'greedy', maxTokens: mostTokens },
          alternatives: 0,
          thinking: false,
        },
        abort.signal,
      );
      for await (const event of events) if (event.kind === 'token') words += event.text;
    } catch {
      return;
    }
    const title = titleIn(words);
    if (!abort.signal.aborted && title) await this.#conversations.suggestTitle(thread.conversationId, title);
  }
}

/** The title in what a model wrote, or null where there is none that one would want to read. */
export function titleIn(words: string): string | null {
  const line = splitThinking(words).answer.trim().split('\n')[0] ?? '';
  const title = line
    .replace(/^(title|titel|标题|タイトル)\s*[:：]\s*/i, '')
    .replace(/^["'“”„«»「『*#\s]+|["'“”„«»」』*\s.。]+$/g, '')
    .replace(/\s+/g, ' ');
  return title.length >= 2 && title.length <= longestTitle ? title : null;
}
