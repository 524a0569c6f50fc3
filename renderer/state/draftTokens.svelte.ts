// The draft once its typist pauses, and how many tokens the loaded model reads it as.
import type { EngineClient } from '../services/engineClient.ts';

const pauseMs = 300;

export class DraftTokens {
  /** What was in the message field at the last pause. */
  settled = $state('');
  /** Of `settled`; null while it is being counted, or where no model is loaded. */
  tokens = $state<number | null>(null);
  readonly #engine: EngineClient;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  /** Called whenever the draft or the loaded model changes. An empty draft is settled at once. */
  follow(draft: string, modelId: string | null): void {
    clearTimeout(this.#timer);
    if (draft.trim() === '') this.#settle('', null);
    else this.#timer = setTimeout(() => this.#settle(draft, modelId), pauseMs);
  }

  #settle(draft: string, modelId: string | null): void {
    this.settled = draft;
    this.tokens = null;
    if (draft === '' || modelId === null) return;
    this.#engine.count({ text: draft.trim() }).then(
      ({ tokens }) => {
        if (this.settled === draft) this.tokens = tokens;
      },
      // A model that cannot be asked has no number to show.
      () => undefined,
    );
  }
}
