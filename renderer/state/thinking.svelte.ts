// Whether the model of the open chat thinks before it answers, and how long it may: kept with each conversation.
import type { GenerateRequest } from '../../engine/protocol.ts';
import type { Id, Thinking } from '../../main/ipc/contract.ts';
import type { Conversations } from './conversations.svelte.ts';
import type { ModelState } from './model.svelte.ts';

export class ThinkingState {
  /** Chosen before the chat's first message. */
  #draft = $state.raw<Thinking>({});
  readonly #model: ModelState;
  readonly #conversations: Conversations;
  readonly #currentId: () => Id | null;

  constructor(model: ModelState, conversations: Conversations, currentId: () => Id | null) {
    this.#model = model;
    this.#conversations = conversations;
    this.#currentId = currentId;
  }

  /** What the open chat is set to. */
  get value(): Thinking {
    return this.#of(this.#currentId());
  }

  /** The model of the open chat can be told to think or not to. */
  get canSwitch(): boolean {
    return this.#model.thinkingOf(this.#currentId()) === 'optional';
  }

  get isOn(): boolean {
    return this.thinks(this.#currentId());
  }

  /** Answers of a conversation begin with thoughts: where nothing was chosen, as Qwen's templates do. */
  thinks(conversationId: Id | null): boolean {
    const kind = this.#model.thinkingOf(conversationId);
    return kind === 'always' || (kind === 'optional' && this.#of(conversationId).on !== false);
  }

  /** As the engine is told. */
  requestOf(conversationId: Id | null): Pick<GenerateRequest, 'thinking' | 'thinkingBudget'> {
    const { budget } = this.#of(conversationId);
    const thinks = this.thinks(conversationId);
    return {
      ...(this.#model.thinkingOf(conversationId) === 'optional' && { thinking: thinks }),
      ...(thinks && budget !== undefined && { thinkingBudget: budget }),
    };
  }

  /** Tokens; null: no limit. */
  setBudget(budget: number | null): void {
    const { budget: _before, ...rest } = this.value;
    this.#store(budget === null ? rest : { ...rest, budget });
  }

  replace(thinking: Thinking): void {
    this.#store(thinking);
  }

  toggle(): void {
    this.#store({ ...this.value, on: !this.isOn });
  }

  /** The draft goes into the conversation that was just made from it. */
  takeDraft(): void {
    this.#draft = {};
  }

  #of(conversationId: Id | null): Thinking {
    return conversationId === null ? this.#draft : (this.#conversations.get(conversationId)?.thinking ?? {});
  }

  #store(thinking: Thinking): void {
    const id = this.#currentId();
    if (id === null) this.#draft = thinking;
    else void this.#conversations.setThinking(id, thinking);
  }
}
