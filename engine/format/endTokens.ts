// Which tokens end an answer (spec 3.3): those that the files name and those that llama.cpp knows by their text.
import { EngineError } from '../errors.ts';
import type { TokenizerData } from './checkpoint.ts';

const endTexts = new Set([
  '<|im_end|>',
  '<|endoftext|>',
  '<|eot_id|>',
  '<|eom_id|>',
  '<|end|>',
  '<|end_of_text|>',
  '<end_of_turn>',
  '<|fim_pad|>',
  '<|repo_name|>',
  '<|file_sep|>',
]);

/**
 * Sorted ids, each once.
 * @throws EngineError `bad-metadata` for a named id outside the vocabulary.
 */
export function endTokens(named: number[], tokenizer: TokenizerData | null, vocabularySize: number): number[] {
  const ids = new Set(named);
  for (const id of ids)
    if (id >= vocabularySize)
      throw new EngineError(
        'bad-metadata',
        `The end token ${id} is outside the vocabulary of ${vocabularySize} tokens.`,
      );
  tokenizer?.tokens.forEach((token, id) => {
    const type = tokenizer.tokenTypes[id];
    if ((type === 3 || type === 4) && endTexts.has(token)) ids.add(id);
  });
  return [...ids].sort((left, right) => left - right);
}
