// Has the engine read the chat that is shown, and what is typed and attached there, while its typist pauses: when the message is sent, little
// is left to read, and the answer begins at once. Only on a graphics card of its own, which has nothing else to do meanwhile.
import type { ContextPolicy, ReadAheadRequest } from '../../engine/protocol.ts';
import type { EngineClient } from '../services/engineClient.ts';
import type { Chat } from './chat.svelte.ts';
import type { Composer } from './composer.svelte.ts';
import type { DraftTokens } from './draftTokens.svelte.ts';
import { messagesToDraft } from './messageContent.ts';
import type { ModelState } from './model.svelte.ts';

export interface ReadAheadServices {
  engine: EngineClient;
  model: ModelState;
  chat: Chat;
  composer: Composer;
  draftTokens: DraftTokens;
  contextPolicy: () => ContextPolicy;
}

export class ReadAhead {
  readonly #services: ReadAheadServices;

  constructor(services: ReadAheadServices) {
    this.#services = services;
  }

  /** By itself, as the other knobs of sampling don't matter. */
  readonly #maxTokens = $derived.by(() => this.#services.chat.sampling.value.maxTokens);

  /** null where there is nothing to be sent yet, an answer is being written, or reading would be in the way. */
  readonly request: ReadAheadRequest | null = $derived.by(() => {
    const { model, chat, composer, draftTokens, contextPolicy } = this.#services;
    const { backend } = model;
    if (model.status !== 'ready' || chat.answers.active) return null;
    if (!backend || backend.kind !== 'webgpu' || backend.software) return null;
    const text = draftTokens.settled;
    if (!composer.canSend || composer.draft !== text) return null;
    const draft = { ...chat.drafts.get(chat.currentId), text };
    const { thinking } = chat.thinking.requestOf(chat.currentId);
    return {
      messages: messagesToDraft(draft, chat.thread, chat.systemPrompt.value),
      sampling: { maxTokens: this.#maxTokens },
      contextPolicy: contextPolicy(),
      ...(thinking !== undefined && { thinking }),
    };
  });

  /** The engine ends what it read before. */
  ask(request: ReadAheadRequest | null): void {
    if (request) void this.#services.engine.readAhead(request);
  }
}
