// The answers that are asked for, in whatever conversation. Each is a turn; one is generated at a time, in the order in which
// they were asked for.
import type { RecordedToken } from '../../engine/protocol.ts';
import type { Id } from '../../main/ipc/contract.ts';
import { text } from '../text/text.ts';
import type { Conversations } from './conversations.svelte.ts';
import type { MessageView, Thread } from './thread.svelte.ts';
import type { Titles } from './titles.svelte.ts';
import { Turn, type TurnServices, type TurnSettings, type TurnStart } from './turn.svelte.ts';

export interface AnswerServices extends TurnServices {
  conversations: Conversations;
  titles: Titles;
  shownThread: () => Thread | null;
  settingsOf: (conversationId: Id) => TurnSettings;
}

export class Answers {
  #turns = $state.raw<readonly Turn[]>([]);
  readonly #services: AnswerServices;

  constructor(services: AnswerServices) {
    this.#services = services;
  }

  /** The turn that is generated now. */
  get active(): Turn | null {
    return this.#turns[0] ?? null;
  }

  /** The turn of a conversation, generating or waiting. */
  of(conversationId: Id | null): Turn | null {
    return this.#turns.find((turn) => turn.conversationId === conversationId) ?? null;
  }

  /** Asks for an answer to a message, and shows the branch in which it will stand. */
  ask(thread: Thread, messageId: Id, start: TurnStart = {}): void {
    thread.leafId = start.continued?.id ?? messageId;
    const settings = this.#services.settingsOf(thread.conversationId);
    this.#turns = [...this.#turns, new Turn(thread, messageId, settings, this.#services, start)];
    if (this.#turns.length === 1) void this.#work();
  }

  /** An answer to a message of the chat that is shown. */
  answerTo(messageId: Id | null): void {
    this.#askHere(messageId);
  }

  /** A new answer beside the old one, under the same message. */
  regenerate(answer: MessageView): void {
    this.#askHere(answer.parentId);
  }

  /** A new answer beside this one that begins with these tokens and goes on from them. */
  branchFrom(answer: MessageView, branch: readonly RecordedToken[]): void {
    this.#askHere(answer.parentId, { branch });
  }

  /** Goes on writing where an answer ended. */
  continue(answer: MessageView): void {
    if (this.canContinue(answer)) this.#askHere(answer.parentId, { continued: answer });
  }

  /** The answer ended too early or was edited, and nothing follows it. */
  canContinue(answer: MessageView): boolean {
    if (answer.role !== 'assistant' || answer.parentId === null || answer.text.trim() === '') return false;
    if (this.#services.shownThread()?.hasNext(answer)) return false;
    const wasCut = answer.status !== 'complete' || answer.generation?.stopReason === 'length';
    return wasCut || answer.generation === null;
  }

  /** Ends a conversation's answer with what has arrived; one that still waits is not begun. */
  stop(conversationId: Id | null): void {
    const turn = this.of(conversationId);
    turn?.stop();
    if (turn?.phase === 'waiting') this.#remove(turn);
  }

  #askHere(messageId: Id | null, start?: TurnStart): void {
    const thread = this.#services.shownThread();
    if (thread && messageId !== null && !this.of(thread.conversationId)) this.ask(thread, messageId, start);
  }

  async #work(): Promise<void> {
    const { titles } = this.#services;
    for (let turn = this.active; turn; turn = this.active) {
      await titles.giveWay();
      await turn.run();
      this.#remove(turn);
      if (!turn.answer) continue;
      this.#ended(turn.thread, turn.answer);
      if (turn.answer.status === 'complete' && !this.active) titles.consider(turn.thread, turn.answer.id);
    }
  }

  #ended(thread: Thread, answer: MessageView): void {
    const { conversations, notices } = this.#services;
    conversations.touch(thread.conversationId, thread.leafId ?? answer.id, Date.now());
    if (answer.status === 'complete') notices.announce(text.chat.finished);
  }

  #remove(turn: Turn): void {
    this.#turns = this.#turns.filter((other) => other !== turn);
  }
}
