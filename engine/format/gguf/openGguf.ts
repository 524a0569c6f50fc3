// A GGUF file, or all parts of a split one (spec 2.6), as a checkpoint.
import { EngineError } from '../../errors.ts';
import type { Checkpoint, CheckpointTensor } from '../checkpoint.ts';
import { checkConfig } from '../checkConfig.ts';
import { checkTensors } from '../checkTensors.ts';
import { endTokens } from '../endTokens.ts';
import { Fields } from '../fields.ts';
import { quantizationOfFileType, quantizationOfTensors } from '../quantization.ts';
import { samplingOfGguf } from '../recommendedSampling.ts';
import type { WeightSource } from '../source.ts';
import { readGgufConfig } from './config.ts';
import { readHeader, type GgufHeader } from './readHeader.ts';
import { readGgufEndTokens, readGgufTokenizer } from './tokenizerData.ts';

/** `sources`: one file, or all parts of a split file in any order. */
export async function openGguf(sources: WeightSource[]): Promise<Checkpoint> {
  const headers: GgufHeader[] = [];
  for (const source of sources) headers.push(await readHeader(source));
  const parts = orderParts(headers);
  const first = parts[0];
  const metadata = new Fields((key) => first.metadata.get(key));
  const tensors = collectTensors(parts);

  const embedding = tensors.get('token_embd.weight');
  const config = checkConfig(readGgufConfig(metadata, embedding?.shape[0] ?? 0));
  checkTensors(config, tensors);
  const tokenizer = readGgufTokenizer(metadata, config.vocabularySize);
  return {
    name: metadata.string('general.name', '') || first.source.name.replace(/^.*[\\/]/, '').replace(/\.gguf$/i, ''),
    config,
    tensors,
    tokenizer,
    chatTemplate: metadata.string('tokenizer.chat_template', null),
    endTokenIds: endTokens(readGgufEndTokens(metadata), tokenizer, config.vocabularySize),
    recommendedSampling: samplingOfGguf(metadata),
    byteLength: [...tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
    quantization:
      quantizationOfFileType(metadata.integer('general.file_type', null)) ?? quantizationOfTensors(tensors.values()),
  };
}

function orderParts(headers: GgufHeader[]): GgufHeader[] {
  const parts = headers.map((header) => {
    const fields = new Fields((key) => header.metadata.get(key));
    return {
      header,
      position: fields.integer('split.no', 0),
      count: fields.count('split.count', 1),
      tensorCount: fields.integer('split.tensors.count', null),
    };
  });
  parts.sort((left, right) => left.position - right.position);
  const { count, tensorCount } = parts[0];
  if (parts.some((part) => part.count !== count) || parts.length > count)
    throw new EngineError('bad-metadata', 'These GGUF files are not the parts of one model.');
  const missing = Array.from({ length: Math.min(count, 100_000) }, (_, index) => index).find(
    (index) => parts[index]?.position !== index,
  );
  if (missing !== undefined)
    throw new EngineError(
      'truncated',
      `This model is split into ${count} files and part ${missing + 1} is missing. Put all parts in one folder.`,
    );
  const found = headers.reduce((sum, header) => sum + header.tensors.length, 0);
  if (count > 1 && tensorCount !== null && found !== tensorCount)
    throw new EngineError('bad-tensors', `The parts of this model hold ${found} tensors; it has ${tensorCount}.`);
  return parts.map((part) => part.header);
}

function collectTensors(parts: GgufHeader[]): Map<string, CheckpointTensor> {
  const tensors = new Map<string, CheckpointTensor>();
  for (const { source, tensors: table } of parts)
    for (const { name, type, dims, offset, byteLength } of table) {
      if (tensors.has(name)) throw new EngineError('bad-tensors', `Two parts of this model have the tensor ${name}.`);
      const shape = [...dims].reverse();
      tensors.set(name, { name, type, shape, byteLength, parts: [{ source, offset, byteLength }] });
    }
  return tensors;
}
