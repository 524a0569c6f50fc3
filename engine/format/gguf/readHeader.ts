// Reads one GGUF file's header: its metadata and its tensor table, checked against the file's length. Knows no architecture.
import { EngineError } from '../../errors.ts';
import type { WeightSource } from '../source.ts';
import { rowBytes, tensorTypeOfId, tensorTypes, type TensorType } from '../tensorTypes.ts';
import { HeaderBytes, MoreBytesNeeded } from './headerBytes.ts';

export interface GgufTensor {
  name: string;
  type: TensorType;
  /** Innermost first, as in the file. */
  dims: number[];
  /** From the start of the file. */
  offset: number;
  byteLength: number;
}

export interface GgufHeader {
  source: WeightSource;
  metadata: ReadonlyMap<string, unknown>;
  tensors: GgufTensor[];
}

/** A Qwen3 header is about 6 MB, nearly all of it vocabulary. */
const firstRead = 8 * 2 ** 20;
const longestHeader = 128 * 2 ** 20;
const mostEntries = 65_536;
const longestKey = 65_535;
const longestTensorName = 63;

/**
 * Reads as much of the file as its header needs, never its tensors.
 * @throws EngineError `not-a-model`, `unsupported-version`, `unsupported-type`, `truncated`, `bad-metadata`, `bad-tensors`
 */
export async function readHeader(source: WeightSource): Promise<GgufHeader> {
  let bytes = new Uint8Array(0);
  let wanted = firstRead;
  for (;;) {
    const length = Math.min(source.byteLength, wanted);
    const grown = new Uint8Array(length);
    grown.set(bytes);
    grown.set(await source.read(bytes.length, length - bytes.length), bytes.length);
    bytes = grown;
    try {
      return parseHeader(source, bytes);
    } catch (error) {
      if (!(error instanceof MoreBytesNeeded)) throw error;
      if (error.byteLength > longestHeader)
        throw new EngineError('bad-metadata', `The header of ${source.name} is longer than that of any model.`);
      wanted = Math.max(error.byteLength, 2 * bytes.length);
    }
  }
}

function parseHeader(source: WeightSource, bytes: Uint8Array): GgufHeader {
  const header = new HeaderBytes(source.name, source.byteLength, bytes);
  checkMagic(header, bytes, source.byteLength);
  const tensorCount = header.size('number of tensors');
  const keyCount = header.size('number of keys');
  if (tensorCount > mostEntries || keyCount > mostEntries)
    throw new EngineError(
      'bad-metadata',
      `The header of ${source.name} announces ${keyCount} keys and ${tensorCount} tensors, more than any model has.`,
    );

  const metadata = new Map<string, unknown>();
  for (let index = 0; index < keyCount; index++) {
    const key = header.string('key', longestKey);
    if (metadata.has(key)) throw new EngineError('bad-metadata', `${source.name} has the key "${key}" twice.`);
    metadata.set(key, header.value(header.uint32(), key));
  }
  const alignment = metadata.get('general.alignment') ?? 32;
  if (typeof alignment !== 'number' || !Number.isInteger(Math.log2(alignment)) || alignment < 1 || alignment > 2 ** 30)
    throw new EngineError('bad-metadata', `The alignment in ${source.name} must be a power of two.`);

  const tensors: GgufTensor[] = [];
  for (let index = 0; index < tensorCount; index++) tensors.push(readTensor(header, alignment));
  const dataOffset = Math.ceil(header.offset / alignment) * alignment;
  for (const tensor of tensors) tensor.offset += dataOffset;
  checkPlacement(source, tensors);
  return { source, metadata, tensors };
}

function checkMagic(header: HeaderBytes, bytes: Uint8Array, fileLength: number): void {
  const isMagic = bytes.length >= 4 && String.fromCharCode(...bytes.subarray(0, 4)) === 'GGUF';
  if (fileLength < 4 || !isMagic)
    throw new EngineError('not-a-model', `${header.fileName} is not a GGUF model: it does not start with "GGUF".`);
  header.offset = 4;
  const version = header.uint32();
  if (version !== 0 && (version & 0xffff) === 0)
    throw new EngineError('unsupported-version', `${header.fileName} is a big-endian GGUF file; convert it first.`);
  if (version !== 2 && version !== 3)
    throw new EngineError('unsupported-version', `${header.fileName} is GGUF version ${version}; 2 and 3 can be read.`);
}

function readTensor(header: HeaderBytes, alignment: number): GgufTensor {
  const name = header.string('tensor name', longestTensorName);
  const dimensionCount = header.uint32();
  if (dimensionCount < 1 || dimensionCount > 4)
    throw new EngineError('bad-tensors', `The tensor ${name} has ${dimensionCount} dimensions; 1 to 4 are possible.`);
  const dims: number[] = [];
  for (let index = 0; index < dimensionCount; index++) dims.push(header.size(`width of ${name}`));
  const typeId = header.uint32();
  const type = tensorTypeOfId(typeId);
  if (!type)
    throw new EngineError('unsupported-type', `The tensor ${name} is ${nameOfType(typeId)}, which no kernel reads.`);
  const offset = header.size(`offset of ${name}`);

  const columns = dims[0];
  const rows = dims.slice(1).reduce((product, width) => product * width, 1);
  const byteLength = rowBytes(type, columns) * rows;
  if (columns === 0 || rows === 0 || !(byteLength <= Number.MAX_SAFE_INTEGER))
    throw new EngineError('bad-tensors', `The tensor ${name} has the impossible size ${dims.join(' × ')}.`);
  if (columns % tensorTypes[type].values !== 0)
    throw new EngineError(
      'bad-tensors',
      `The tensor ${name} has rows of ${columns} values, which is no whole number of ${type} blocks.`,
    );
  if (offset % alignment !== 0)
    throw new EngineError('bad-tensors', `The tensor ${name} does not start at a multiple of ${alignment} bytes.`);
  return { name, type, dims, offset, byteLength };
}

/** Every tensor lies inside the file, has a name of its own and shares no byte with another. */
function checkPlacement(source: WeightSource, tensors: GgufTensor[]): void {
  const names = new Set<string>();
  for (const { name, offset, byteLength } of tensors) {
    if (names.has(name)) throw new EngineError('bad-tensors', `${source.name} has the tensor ${name} twice.`);
    names.add(name);
    if (offset + byteLength > source.byteLength)
      throw new EngineError(
        'truncated',
        `${source.name} is incomplete: it ends before the tensor ${name} does. Download it again.`,
      );
  }
  const inOrder = [...tensors].sort((left, right) => left.offset - right.offset);
  for (let index = 1; index < inOrder.length; index++) {
    const before = inOrder[index - 1];
    const tensor = inOrder[index];
    if (before.offset + before.byteLength > tensor.offset)
      throw new EngineError('bad-tensors', `The tensors ${before.name} and ${tensor.name} overlap in ${source.name}.`);
  }
}

const otherTypes: Record<number, string> = {
  9: 'Q8_1', 15: 'Q8_K', 16: 'IQ2_XXS', 17: 'IQ2_XS', 18: 'IQ3_XXS', 19: 'IQ1_S', 21: 'IQ3_S', 22: 'IQ2_S',
  24: 'I8', 25: 'I16', 26: 'I32', 27: 'I64', 28: 'F64', 29: 'IQ1_M', 34: 'TQ1_0', 35: 'TQ2_0', 40: 'NVFP4', 41: 'Q1_0',
}; // prettier-ignore

const nameOfType = (id: number): string => `of the type ${otherTypes[id] ?? `number ${id}`}`;
