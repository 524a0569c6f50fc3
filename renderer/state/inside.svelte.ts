// What is known of the tokens of answers: held while an answer is written, read from the store when it is looked at; and
// which answers are looked at how. Experts are recorded while any of their views is open.
import { SvelteMap } from 'svelte/reactivity';
import { decodeTokenRecord, encodeTokenRecord, type RecordedToken } from '../../engine/protocol.ts';
import type { Id, TokenPiece } from '../../main/ipc/contract.ts';
import type { Api } from '../services/api.ts';
import { fromBase64, toBase64 } from '../services/base64.ts';

export type InsideView = 'probabilities' | 'experts';
/** `none`: nothing was kept. `unreadable`: what was kept cannot be read. */
export type Known = readonly RecordedToken[] | 'reading' | 'none' | 'unreadable';

export class Inside {
  readonly #api: Api;
  readonly #known = new SvelteMap<Id, Known>();
  readonly #views = new SvelteMap<Id, InsideView>();

  constructor(api: Api) {
    this.#api = api;
  }

  viewOf(id: Id): InsideView | null {
    return this.#views.get(id) ?? null;
  }

  get recordsExperts(): boolean {
    return [...this.#views.values()].includes('experts');
  }

  toggle(id: Id, view: InsideView): void {
    if (this.#views.get(id) === view) this.#views.delete(id);
    else {
      this.#views.set(id, view);
      void this.read(id);
    }
  }

  known(id: Id): Known {
    return this.#known.get(id) ?? 'reading';
  }

  /** What a turn has just recorded. */
  keep(id: Id, record: readonly RecordedToken[]): void {
    this.#known.set(id, record);
  }

  async read(id: Id): Promise<Known> {
    const before = this.#known.get(id);
    if (Array.isArray(before)) return before as readonly RecordedToken[];
    this.#known.set(id, 'reading');
    const found = await this.#stored(id);
    this.#known.set(id, found);
    return found;
  }

  async #stored(id: Id): Promise<Known> {
    try {
      const stored = await this.#api.call('answers:tokens', { id });
      return stored === null ? 'none' : decodeTokenRecord(fromBase64(stored));
    } catch {
      return 'unreadable';
    }
  }
}

/** More is refused by the contract. */
const longestPiece = 4 * 1024 * 1024;
/** Fit into a piece, however many layers and experts a model has. */
export const mostTokensInPiece = 1000;

/** As it is stored, with the place of its first token; null where there is nothing, or too much for one piece. */
export function pieceOf(record: readonly RecordedToken[], from: number): TokenPiece | null {
  if (record.length === 0) return null;
  const bytes = encodeTokenRecord(record);
  return bytes.length > longestPiece ? null : { from, record: toBase64(bytes) };
}
