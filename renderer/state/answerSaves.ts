// Stores an answer while it grows, one request at a time, and ends it: its text, and of the record of its tokens what is not
// stored yet. What cannot be stored is said in a banner and tried again with what comes next.
import type { RecordedToken } from '../../engine/protocol.ts';
import type { Id, Message, Payload } from '../../main/ipc/contract.ts';
import type { Api } from '../services/api.ts';
import { text } from '../text/text.ts';
import { mostTokensInPiece, pieceOf } from './inside.svelte.ts';
import { sentenceOf, type Notices } from './notices.svelte.ts';

type Progress = Omit<Payload<'answers:save'>, 'id' | 'tokens'>;
type End = Omit<Payload<'answers:finish'>, 'id' | 'tokens'>;

export interface Stored {
  text: string;
  /** Tokens of the record. */
  tokens: number;
}

export class AnswerSaves {
  readonly #id: Id;
  readonly #services: { api: Api; notices: Notices };
  #savedText: string;
  #savedTokens: number;
  #saving: Promise<void> = Promise.resolve();

  constructor(id: Id, stored: Stored, services: { api: Api; notices: Notices }) {
    this.#id = id;
    this.#savedText = stored.text;
    this.#savedTokens = stored.tokens;
    this.#services = services;
  }

  /** Nothing of it is stored, or on the way. */
  get isEmpty(): boolean {
    return this.#savedText === '';
  }

  save(progress: Progress, record: readonly RecordedToken[]): void {
    if (progress.text === this.#savedText) return;
    this.#savedText = progress.text;
    const { api, notices } = this.#services;
    const known = record.length;
    const save = async () => {
      do {
        const from = this.#savedTokens;
        const to = Math.min(known, from + mostTokensInPiece);
        const tokens = pieceOf(record.slice(from, to), from);
        await api.call('answers:save', { id: this.#id, ...progress, ...(tokens && { tokens }) });
        this.#savedTokens = to;
      } while (this.#savedTokens < known);
    };
    this.#saving = this.#saving.then(save).then(
      () => notices.resolve('answer'),
      (error) => this.#warn(error),
    );
  }

  /** The answer as it is stored; null where that failed. */
  async finish(end: End, record: readonly RecordedToken[]): Promise<Message | null> {
    await this.#saving;
    // As one piece it is smaller, if it can be sent as one.
    const tokens = pieceOf(record, 0) ?? pieceOf(record.slice(this.#savedTokens), this.#savedTokens);
    const { api, notices } = this.#services;
    try {
      const finished = await api.call('answers:finish', { id: this.#id, ...end, ...(tokens && { tokens }) });
      notices.resolve('answer');
      return finished;
    } catch (error) {
      this.#warn(error);
      return null;
    }
  }

  #warn(error: unknown): void {
    const reason = sentenceOf(error);
    this.#services.notices.warn('answer', text.errors.answerNotSaved(reason));
  }
}
