// Whether an answer begins inside a thought: some templates write the opening mark themselves.
import type { Tokenizer } from './tokenizer.ts';

/** True when the turn that a prompt ends with has an opening thinking mark and no closing one after it. */
export function opensThinking(tokenizer: Tokenizer, promptIds: readonly number[]): boolean {
  if (!tokenizer.thinking) return false;
  for (let index = promptIds.length - 1; index >= 0; index--) {
    const id = promptIds[index];
    if (id === tokenizer.thinking.open) return true;
    if (id === tokenizer.thinking.close || tokenizer.isControl(id)) return false;
  }
  return false;
}
