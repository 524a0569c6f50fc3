// What answers go on from: a loaded model on its back end, and what its cache holds.
import type { Backend } from '../backend/backend.ts';
import type { Qwen3Model } from '../qwen3/model.ts';

export interface Session {
  readonly backend: Backend;
  readonly model: Qwen3Model;
  /** Tokens whose keys and values the cache holds, from position 0 on. */
  cachedTokens: number[];
}
