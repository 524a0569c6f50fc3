// A prompt's way into the cache: what of it is there already, whether it is one that fits, and the steps that run the rest.
import { EngineError } from '../errors.ts';
import type { Qwen3Model } from '../qwen3/model.ts';
import type { Session } from './session.ts';

/** Tokens of the prompt whose keys and values the cache still holds. */
export function sharedTokens(cached: readonly number[], prompt: readonly number[]): number {
  const most = Math.min(cached.length, prompt.length);
  let count = 0;
  while (count < most && cached[count] === prompt[count]) count++;
  return count;
}

/** Those that an answer can do with. The last token always runs: its logits are needed. */
export function reusableTokens(cached: readonly number[], prompt: readonly number[]): number {
  return Math.min(sharedTokens(cached, prompt), prompt.length - 1);
}

/** @throws EngineError `token-out-of-range`, `prompt-too-long` */
export function checkPrompt(prompt: readonly number[], vocabularySize: number, contextLength: number): void {
  if (prompt.length === 0) throw new EngineError('token-out-of-range', 'The prompt is empty.');
  const wrong = prompt.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
  if (wrong !== undefined) {
    throw new EngineError(
      'token-out-of-range',
      `Token ${wrong} is outside the vocabulary of ${vocabularySize.toLocaleString('en')} tokens.`,
    );
  }
  if (prompt.length >= contextLength) {
    throw new EngineError(
      'prompt-too-long',
      `The conversation has ${prompt.length.toLocaleString('en')} tokens, and this model's context holds ` +
        `${contextLength.toLocaleString('en')}. Shorten it or start a new chat.`,
    );
  }
}

/**
 * Runs the tokens from `from` on through the model, in chunks, the last of them as `lastProgram`.
 * @returns false when aborted in between
 */
export async function prefill(
  session: Session,
  prompt: readonly number[],
  from: number,
  lastProgram: Qwen3Model['step'],
  signal?: AbortSignal,
): Promise<boolean> {
  const { backend, model } = session;
  session.cachedTokens = prompt.slice(0, from);
  for (let at = from; at < prompt.length; at += backend.maxTokens) {
    if (signal?.aborted) return false;
    const chunk = prompt.slice(at, at + backend.maxTokens);
    backend.setTokens(chunk, at);
    await backend.run(at + chunk.length === prompt.length ? lastProgram : model.prefill, chunk.length);
    session.cachedTokens.push(...chunk);
  }
  return true;
}
