// The safetensors container: a JSON header with names, types, shapes and offsets, then the bytes.
import { EngineError } from '../../errors.ts';
import { isJsonObject } from '../fields.ts';
import type { WeightSource } from '../source.ts';
import { rowBytes, type TensorType } from '../tensorTypes.ts';

export interface SafetensorsTensor {
  name: string;
  type: TensorType;
  /** Outermost first. */
  shape: number[];
  source: WeightSource;
  /** From the start of the file. */
  offset: number;
  byteLength: number;
}

const longestHeader = 100_000_000;

/** @throws EngineError `truncated`, `not-a-model`, `bad-tensors`, `unsupported-type` */
export async function readSafetensors(source: WeightSource): Promise<SafetensorsTensor[]> {
  if (source.byteLength < 8) throw new EngineError('truncated', `${source.name} ends in the middle of its header.`);
  const prefix = await source.read(0, 8);
  const view = new DataView(prefix.buffer, prefix.byteOffset, 8);
  const headerLength = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (headerLength > longestHeader)
    throw new EngineError('not-a-model', `${source.name} is not a safetensors file: its header would be too long.`);
  if (8 + headerLength > source.byteLength)
    throw new EngineError('truncated', `${source.name} ends in the middle of its header.`);
  const header = parseHeader(source.name, await source.read(8, headerLength));
  const tensors: SafetensorsTensor[] = [];
  for (const [name, entry] of Object.entries(header))
    if (name !== '__metadata__') tensors.push(readEntry(source, 8 + headerLength, name, entry));
  checkPlacement(source.name, tensors);
  return tensors;
}

function parseHeader(fileName: string, bytes: Uint8Array): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isJsonObject(header)) return header;
  } catch {
    // Both ways of being no JSON object end in the refusal below.
  }
  throw new EngineError('not-a-model', `${fileName} is not a safetensors file: its header is no JSON object.`);
}

function readEntry(source: WeightSource, dataOffset: number, name: string, entry: unknown): SafetensorsTensor {
  const { dtype, shape, data_offsets: offsets } = isJsonObject(entry) ? entry : {};
  const isSize = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
  const isWellFormed =
    typeof dtype === 'string' &&
    Array.isArray(shape) &&
    shape.every(isSize) &&
    Array.isArray(offsets) &&
    offsets.length === 2 &&
    offsets.every(isSize);
  if (!isWellFormed) throw new EngineError('bad-tensors', `${source.name} describes the tensor ${name} wrongly.`);
  if (dtype !== 'BF16' && dtype !== 'F16' && dtype !== 'F32')
    throw new EngineError(
      'unsupported-type',
      `The tensor ${name} is of the type ${dtype}; BF16, F16 and F32 are read.`,
    );

  const [start, end] = offsets as [number, number];
  const byteLength = rowBytes(
    dtype,
    (shape as number[]).reduce((product, width) => product * width, 1),
  );
  if (end - start !== byteLength)
    throw new EngineError('bad-tensors', `The tensor ${name} has ${end - start} bytes; its shape needs ${byteLength}.`);
  if (dataOffset + end > source.byteLength)
    throw new EngineError('truncated', `${source.name} is incomplete: it ends before the tensor ${name} does.`);
  return { name, type: dtype, shape: shape as number[], source, offset: dataOffset + start, byteLength };
}

function checkPlacement(fileName: string, tensors: SafetensorsTensor[]): void {
  const inOrder = [...tensors].sort((left, right) => left.offset - right.offset);
  for (let index = 1; index < inOrder.length; index++) {
    const before = inOrder[index - 1];
    const tensor = inOrder[index];
    if (before.offset + before.byteLength > tensor.offset)
      throw new EngineError('bad-tensors', `The tensors ${before.name} and ${tensor.name} overlap in ${fileName}.`);
  }
}
