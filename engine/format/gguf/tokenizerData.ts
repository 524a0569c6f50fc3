// The tokenizer, chat template and end tokens of GGUF metadata (spec 2.7).
import { EngineError } from '../../errors.ts';
import type { TokenizerData } from '../checkpoint.ts';
import type { Fields } from '../fields.ts';

/** All of these split text as Qwen2 does; very old files say nothing. */
const knownSplits = new Set(['qwen2', 'deepseek-r1-qwen', '']);

/** null: the file has no tokenizer. */
export function readGgufTokenizer(metadata: Fields, vocabularySize: number): TokenizerData | null {
  if (!metadata.has('tokenizer.ggml.model')) return null;
  const model = metadata.string('tokenizer.ggml.model');
  const split = metadata.string('tokenizer.ggml.pre', '');
  if (model !== 'gpt2' || !knownSplits.has(split))
    throw new EngineError('bad-tokenizer', `This model's tokenizer (${model}, ${split}) is not the one of Qwen3.`);
  const tokens = metadata.strings('tokenizer.ggml.tokens');
  if (tokens.length !== vocabularySize)
    throw new EngineError(
      'bad-tokenizer',
      `The tokenizer has ${tokens.length} tokens, but the model has ${vocabularySize}.`,
    );
  const tokenTypes = metadata.integers('tokenizer.ggml.token_type', null) ?? new Uint8Array(tokens.length).fill(1);
  if (tokenTypes.length !== tokens.length)
    throw new EngineError('bad-tokenizer', 'The tokenizer does not give every token a type.');
  return { tokens, tokenTypes, merges: metadata.strings('tokenizer.ggml.merges') };
}

/** Ids that the metadata names as ends of a text, a turn or a message. */
export function readGgufEndTokens(metadata: Fields): number[] {
  return ['eos', 'eot', 'eom']
    .map((name) => metadata.integer(`tokenizer.ggml.${name}_token_id`, null))
    .filter((id) => id !== null);
}
