// The sampling values of the chat that is open: the model's defaults, for answers with or without thoughts, under what was
// changed there.
import type { FullSampling as Sampling } from '../../engine/protocol.ts';
import type { Id } from '../../main/ipc/contract.ts';
import { differences, isDifferent } from '../sampling/controls.ts';
import type { Conversations } from './conversations.svelte.ts';
import type { ModelState } from './model.svelte.ts';
import type { ThinkingState } from './thinking.svelte.ts';

export class SamplingState {
  /** Changes made before the chat's first message. */
  #draft = $state.raw<Partial<Sampling>>({});
  readonly #model: ModelState;
  readonly #thinking: ThinkingState;
  readonly #conversations: Conversations;
  readonly #currentId: () => Id | null;

  constructor(model: ModelState, thinking: ThinkingState, conversations: Conversations, currentId: () => Id | null) {
    this.#model = model;
    this.#thinking = thinking;
    this.#conversations = conversations;
    this.#currentId = currentId;
  }

  get defaults(): Sampling {
    return this.#defaultsOf(this.#currentId());
  }

  /** What differs from the defaults. */
  get changes(): Partial<Sampling> {
    const id = this.#currentId();
    return id === null ? this.#draft : (this.#conversations.get(id)?.sampling ?? {});
  }

  get value(): Sampling {
    return { ...this.defaults, ...this.changes };
  }

  of(conversationId: Id): Sampling {
    return { ...this.#defaultsOf(conversationId), ...this.#conversations.get(conversationId)?.sampling };
  }

  isChanged(key: keyof Sampling): boolean {
    return isDifferent(this.value, this.defaults, key);
  }

  set(change: Partial<Sampling>): void {
    this.#store(differences({ ...this.value, ...change }, this.defaults));
  }

  /** These are what differs from the model's defaults, and nothing else does. */
  replace(changes: Partial<Sampling>): void {
    this.#store(differences({ ...this.defaults, ...changes }, this.defaults));
  }

  reset(): void {
    this.#store({});
  }

  /** The draft goes into the conversation that was just made from it. */
  takeDraft(): void {
    this.#draft = {};
  }

  #defaultsOf(id: Id | null): Sampling {
    return this.#model.defaultsOf(id, this.#thinking.thinks(id));
  }

  #store(changes: Partial<Sampling>): void {
    const id = this.#currentId();
    if (id === null) this.#draft = changes;
    else this.#conversations.setSampling(id, changes);
  }
}
