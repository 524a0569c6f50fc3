// `inspect FILE`: hyperparameters, tokenizer and tensors of a model file, without loading it.
import { EngineError } from '../../errors.ts';
import type { Checkpoint } from '../../format/checkpoint.ts';
import { openCheckpoint } from '../../format/openCheckpoint.ts';
import { nodeFiles } from '../nodeFiles.ts';
import { parse } from './options.ts';

export async function inspect(args: string[]): Promise<void> {
  const { values, positionals } = parse(args, { json: { type: 'boolean' } });
  if (positionals.length !== 1) throw new EngineError('source-failed', 'Name one file or folder to inspect.');
  const checkpoint = await openCheckpoint(await nodeFiles(positionals[0]));
  console.log(values.json ? JSON.stringify(asData(checkpoint)) : asText(checkpoint));
}

function asData(checkpoint: Checkpoint) {
  const { name, config, quantization, byteLength, endTokenIds, recommendedSampling, tokenizer } = checkpoint;
  const tensors = [...checkpoint.tensors.values()].map(({ parts: _, ...tensor }) => tensor);
  return {
    name,
    config,
    quantization,
    byteLength,
    endTokenIds,
    recommendedSampling,
    tokenizerSize: tokenizer?.tokens.length ?? null,
    hasChatTemplate: checkpoint.chatTemplate !== null,
    tensors,
  };
}

function asText(checkpoint: Checkpoint): string {
  const { tensors, config, ...rest } = asData(checkpoint);
  const facts = Object.entries({ ...rest, ...config });
  const width = Math.max(...facts.map(([key]) => key.length));
  const nameWidth = Math.max(...tensors.map(({ name }) => name.length));
  return [
    ...facts.map(
      ([key, value]) => `${key.padEnd(width)}  ${typeof value === 'object' ? JSON.stringify(value) : value}`,
    ),
    '',
    ...tensors.map(({ name, type, shape }) => `${name.padEnd(nameWidth)}  ${type.padEnd(6)}  [${shape.join(', ')}]`),
  ].join('\n');
}
