// The one entry to this folder: which reader a model's files need. Knows no format beyond telling them apart.
import { EngineError } from '../errors.ts';
import type { Checkpoint } from './checkpoint.ts';
import { openGguf } from './gguf/openGguf.ts';
import { openHuggingFace } from './hugging-face/openHuggingFace.ts';
import type { ModelFiles } from './source.ts';

/**
 * Reads headers and texts, never weights, and checks all of it: a checkpoint that comes back has every tensor that the
 * model needs, inside its file and in the right shape.
 * @throws EngineError `not-a-model`, `unsupported-version`, `unsupported-architecture`, `unsupported-type`, `truncated`,
 * `bad-metadata`, `bad-tensors`, `bad-tokenizer`, `source-failed`
 */
export async function openCheckpoint(files: ModelFiles): Promise<Checkpoint> {
  const hasSafetensors = files.names.some((name) => name.endsWith('.safetensors'));
  if (files.names.includes('config.json') && hasSafetensors) return openHuggingFace(files);
  const ggufNames = files.names.filter((name) => /\.gguf$/i.test(name));
  const names = files.names.length === 1 ? files.names : ggufNames;
  if (names.length === 0)
    throw new EngineError(
      'not-a-model',
      'There is no model here: neither a GGUF file nor config.json with safetensors.',
    );
  return openGguf(names.map((name) => files.open(name)));
}
