// tokenizer.json to the same tokenizer data that GGUF holds: vocabulary by id, merges, types of added tokens (spec 2.7).
import { EngineError } from '../../errors.ts';
import type { TokenizerData } from '../checkpoint.ts';
import { isJsonObject } from '../fields.ts';

/** Rows of the model beyond the tokenizer's last token become unused fillers. */
export function readHuggingFaceTokenizer(json: Record<string, unknown>, vocabularySize: number): TokenizerData {
  const model = isJsonObject(json['model']) ? json['model'] : {};
  const vocabulary = model['vocab'];
  if (model['type'] !== 'BPE' || model['byte_fallback'] === true || model['ignore_merges'] === true)
    throw new EngineError('bad-tokenizer', 'This tokenizer.json is not the byte-level tokenizer of Qwen3.');
  if (!isJsonObject(vocabulary) || !Array.isArray(model['merges']))
    throw new EngineError('bad-tokenizer', 'This tokenizer.json has no vocabulary or no merges.');
  checkSplit(json['pre_tokenizer']);

  const tokens = Array.from({ length: vocabularySize }, (_, id) => `[PAD${id}]`);
  const tokenTypes = new Uint8Array(vocabularySize).fill(unused);
  const place = (id: unknown, token: unknown, type: number) => {
    if (!Number.isInteger(id) || Number(id) < 0 || Number(id) >= vocabularySize || typeof token !== 'string')
      throw new EngineError('bad-tokenizer', `The token ${String(token)} is outside the model's vocabulary.`);
    tokens[Number(id)] = token;
    tokenTypes[Number(id)] = type;
  };
  for (const [token, id] of Object.entries(vocabulary)) place(id, token, normal);
  for (const added of Array.isArray(json['added_tokens']) ? json['added_tokens'] : []) {
    const { id, content, special } = isJsonObject(added) ? added : {};
    const isControl = special === true || /^<\|.*\|>$/.test(String(content));
    place(id, content, isControl ? control : userDefined);
  }
  return { tokens, tokenTypes, merges: model['merges'].map(mergeText) };
}

const normal = 1;
const control = 3;
const userDefined = 4;
const unused = 5;

/** Older files write "left right", newer ones ["left", "right"]. */
function mergeText(merge: unknown): string {
  if (typeof merge === 'string') return merge;
  if (Array.isArray(merge) && merge.length === 2 && merge.every((half) => typeof half === 'string'))
    return merge.join(' ');
  throw new EngineError('bad-tokenizer', 'This tokenizer.json has a merge that is no pair of tokens.');
}

/** What tells the Qwen2 split from others: digits one at a time, and no marks among the letters. */
const qwenSplit =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

function checkSplit(preTokenizer: unknown): void {
  const steps = isJsonObject(preTokenizer) ? (preTokenizer['pretokenizers'] ?? [preTokenizer]) : [];
  const split = (Array.isArray(steps) ? steps : []).filter(isJsonObject).find((step) => step['type'] === 'Split');
  const pattern = isJsonObject(split?.['pattern']) ? split['pattern']['Regex'] : undefined;
  if (pattern !== qwenSplit)
    throw new EngineError('bad-tokenizer', 'This tokenizer.json splits text in another way than Qwen3 does.');
}
