// What could come next in the chat that is shown, before and after each step of the sampler. Asked of the engine whenever
// the conversation, the place in it or a knob changes: one question at a time, the newest, and none during an answer.
import type { NextTokenDistribution, RecordedToken } from '../../engine/protocol.ts';
import { textOf } from '../inside/tokens.ts';
import { EngineFailure, type EngineClient, type LookRequest } from '../services/engineClient.ts';
import type { Chat } from './chat.svelte.ts';
import type { DraftTokens } from './draftTokens.svelte.ts';
import type { Inside } from './inside.svelte.ts';
import type { ModelState } from './model.svelte.ts';
import { sentenceOf } from './notices.svelte.ts';
import type { MessageView } from './thread.svelte.ts';
import { messagesTo, messagesToDraft } from './messageContent.ts';

/** The likeliest tokens that are asked for; the picture shows the first of them. */
const most = 24;
/** The engine is busy with a title or with loading: it is asked again after this time. */
const againAfterMs = 400;

/** The place before a token of an answer; the record holds the answer from its first token. */
export interface Place {
  answer: MessageView;
  record: readonly RecordedToken[];
  at: number;
}

export interface Question {
  request: LookRequest;
  /** What the token follows, for people. */
  after: string;
}

export interface NextTokenServices {
  engine: EngineClient;
  chat: Chat;
  model: ModelState;
  inside: Inside;
  draftTokens: DraftTokens;
}

export class NextToken {
  answer = $state.raw<{ distribution: NextTokenDistribution; after: string } | null>(null);
  problem = $state<string | null>(null);
  #place = $state.raw<Place | null>(null);
  readonly #services: NextTokenServices;
  #wanted: Question | null = null;
  /** The answer is not that of the newest question yet. */
  asking = $state(false);

  constructor(services: NextTokenServices) {
    this.#services = services;
  }

  /** Pictures a token of an answer; null: the token that comes next. */
  lookAt(place: Place | null): void {
    this.#place = place;
  }

  /** The place that is looked at, while its answer is shown with its probabilities. */
  get place(): Place | null {
    const { chat, inside } = this.#services;
    const place = this.#place;
    if (!place || !chat.thread?.branch.includes(place.answer)) return null;
    return inside.viewOf(place.answer.id) === 'probabilities' ? place : null;
  }

  /** null where nothing has been said, no model is loaded, or an answer is being written. */
  readonly question: Question | null = $derived.by(() => {
    const { chat, model } = this.#services;
    if (model.status !== 'ready' || chat.answers.active) return null;
    const context = this.#context();
    if (!context) return null;
    const { thinking } = chat.thinking.requestOf(chat.currentId);
    const { messages, answer, after } = context;
    const request = { messages, sampling: chat.sampling.value, most, answer };
    return { request: thinking === undefined ? request : { ...request, thinking }, after };
  });

  /** The newest question; null stops asking. */
  async ask(question: Question | null): Promise<void> {
    this.#wanted = question;
    if (this.asking) return;
    this.asking = true;
    try {
      for (let asked = this.#wanted; asked; asked = this.#wanted) {
        const isDone = await this.#look(asked);
        if (isDone && this.#wanted === asked) this.#wanted = null;
        if (!isDone) await new Promise((resolve) => setTimeout(resolve, againAfterMs));
      }
    } finally {
      this.asking = false;
    }
  }

  /** false where the engine had something else to do. */
  async #look({ request, after }: Question): Promise<boolean> {
    try {
      this.answer = { distribution: await this.#services.engine.look(request), after };
      this.problem = null;
    } catch (error) {
      if (error instanceof EngineFailure && (error.code === 'busy' || error.code === 'aborted')) return false;
      this.answer = null;
      this.problem = sentenceOf(error);
    }
    return true;
  }

  /** The place that was chosen, what follows the draft, or how the last message could be answered. */
  #context(): (Required<Pick<LookRequest, 'messages' | 'answer'>> & { after: string }) | null {
    const { chat, draftTokens } = this.#services;
    const { thread } = chat;
    const { place } = this;
    if (place && thread && place.answer.parentId !== null) {
      const before = place.record.slice(0, place.at);
      const messages = messagesTo(thread, place.answer.parentId);
      return { messages, answer: before.map(({ token }) => token.id), after: textOf(before) };
    }
    const typed = draftTokens.settled.trim();
    if (typed !== '') {
      const draft = { ...chat.drafts.get(chat.currentId), text: typed };
      return { messages: messagesToDraft(draft, thread, chat.systemPrompt.value), answer: [], after: typed };
    }
    const last = thread?.branch.findLast(({ role }) => role === 'user');
    return thread && last ? { messages: messagesTo(thread, last.id), answer: [], after: last.text } : null;
  }
}
