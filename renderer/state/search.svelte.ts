// What is typed into the search field and what main finds for it: newest query wins, more pages on demand.
import type { SearchPage, SearchResult } from '../../main/ipc/contract.ts';
import type { Api } from '../services/api.ts';
import { text } from '../text/text.ts';
import { sentenceOf } from './notices.svelte.ts';

const pageSize = 20;
/** Typing pauses longer than this between words, not between letters. */
const waitMs = 90;

export class Search {
  #query = $state('');
  results = $state.raw<readonly SearchResult[]>([]);
  total = $state(0);
  /** Messages of a large import that the search does not know yet. */
  notIndexed = $state(0);
  /** The query that the results answer. */
  answered = $state('');
  error = $state<string | null>(null);
  readonly #api: Api;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api) {
    this.#api = api;
  }

  get query(): string {
    return this.#query;
  }

  set query(typed: string) {
    this.#query = typed;
    clearTimeout(this.#timer);
    if (this.active) this.#timer = setTimeout(() => void this.#find(0), waitMs);
    else this.clear();
  }

  get active(): boolean {
    return this.#query.trim() !== '';
  }

  /** The results belong to what is typed now. */
  get settled(): boolean {
    return this.answered === this.#query.trim() || this.error !== null;
  }

  more(): Promise<void> {
    return this.#find(this.results.length);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#query = '';
    this.answered = '';
    this.results = [];
    this.total = 0;
    this.error = null;
  }

  async #find(offset: number): Promise<void> {
    const query = this.#query.trim();
    try {
      const page: SearchPage = await this.#api.call('search:find', { query, offset, limit: pageSize });
      if (query !== this.#query.trim()) return;
      this.results = offset === 0 ? page.results : [...this.results, ...page.results];
      this.total = page.total;
      this.notIndexed = page.notIndexed;
      this.answered = query;
      this.error = null;
    } catch (error) {
      if (query !== this.#query.trim()) return;
      this.error = text.search.failed(sentenceOf(error));
    }
  }
}
