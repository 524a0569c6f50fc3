// The answers that are asked for: one is generated at a time, in the order of their asking, whatever conversation is open.
import type { Id } from '../../main/ipc/contract.ts';
import type { Titles } from './titles.svelte.ts';
import type { Turn } from './turn.svelte.ts';

export class Turns {
  #all = $state.raw<readonly Turn[]>([]);
  readonly #titles: Titles;
  readonly #ended: (turn: Turn) => void;

  /** @param ended - Called with each turn that has ended and has an answer. */
  constructor(titles: Titles, ended: (turn: Turn) => void) {
    this.#titles = titles;
    this.#ended = ended;
  }

  /** The one that is generated now. */
  get active(): Turn | null {
    return this.#all[0] ?? null;
  }

  /** That of a conversation, generating or waiting. */
  of(conversationId: Id | null): Turn | null {
    return this.#all.find((turn) => turn.conversationId === conversationId) ?? null;
  }

  begin(turn: Turn): void {
    this.#all = [...this.#all, turn];
    if (this.#all.length === 1) void this.#work();
  }

  stop(conversationId: Id | null): void {
    const turn = this.of(conversationId);
    turn?.stop();
    if (turn?.phase === 'waiting') this.#leave(turn);
  }

  async #work(): Promise<void> {
    for (let turn = this.active; turn; turn = this.active) {
      await this.#titles.giveWay();
      await turn.run();
      this.#leave(turn);
      if (!turn.answer) continue;
      this.#ended(turn);
      if (turn.answer.status === 'complete' && !this.active) this.#titles.consider(turn.thread, turn.answer.id);
    }
  }

  #leave(turn: Turn): void {
    this.#all = this.#all.filter((other) => other !== turn);
  }
}
