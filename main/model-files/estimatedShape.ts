// The memory shape of a model that is not there yet: its tensors from the catalogue's numbers, their types from the rules of
// llama.cpp's quantiser. Exact for Q4_K_M, Q8_0 and BF16; within a few percent for the others, which publishers vary.
import { expectedTensors } from '../../engine/format/checkTensors.ts';
import { weightSizes, type ModelShape } from '../../engine/format/memoryNeeds.ts';
import type { TypedTensor } from '../../engine/format/quantize/quantizedTypeOf.ts';
import { rowBytes, tensorTypes, type TensorType } from '../../engine/format/tensorTypes.ts';
import type { DownloadableModel } from './catalogue.ts';

/** Base type, and the type of what is kept more finely. */
const mixes: Record<string, readonly [base: TensorType, finer: TensorType]> = {
  BF16: ['BF16', 'BF16'],
  Q8_0: ['Q8_0', 'Q8_0'],
  Q6_K: ['Q6_K', 'Q6_K'],
  Q5_K_M: ['Q5_K', 'Q6_K'],
  Q4_K_M: ['Q4_K', 'Q6_K'],
};

export interface EstimatedModel {
  shape: ModelShape;
  /** Bytes of all tensors in the file. */
  tensorBytes: number;
}

/** undefined for a quantisation whose rules are not known. */
export function estimateModel(
  { shape, contextLength }: Pick<DownloadableModel, 'shape' | 'contextLength'>,
  quantization: string,
): EstimatedModel | undefined {
  const mix = mixes[quantization];
  if (mix === undefined) return undefined;
  const { tiedHead, ...sizes } = shape;
  const sparse = sizes.expertCount > 0;
  const tensors = expectedTensors(
    {
      ...sizes,
      architecture: sparse ? 'qwen3moe' : 'qwen3',
      contextLength,
      normEpsilon: 1e-6,
      ropeTheta: 1e6,
      yarn: null,
      normalizeExpertWeights: true,
      routedScale: 1,
    },
    () => sparse,
    tiedHead,
  );
  const typed = new Map<string, TypedTensor>();
  let tensorBytes = 0;
  for (const [name, dimensions] of tensors) {
    const type = typeOf(name, dimensions.length, sizes.layerCount, tiedHead, mix);
    typed.set(name, { name, type, shape: dimensions });
    const columns = dimensions[dimensions.length - 1];
    tensorBytes += rowBytes(type, columns) * dimensions.slice(0, -1).reduce((product, width) => product * width, 1);
  }
  return { shape: { ...sizes, contextLength, ...weightSizes(typed) }, tensorBytes };
}

function typeOf(
  name: string,
  dimensions: number,
  layerCount: number,
  tiedHead: boolean,
  [base, finer]: readonly [TensorType, TensorType],
): TensorType {
  const quantised = tensorTypes[base].values > 1;
  if (dimensions === 1 || (name.includes('ffn_gate_inp') && quantised)) return 'F32';
  if (name === 'output.weight' || (name === 'token_embd.weight' && tiedHead)) return finer;
  const layer = /^blk\.(\d+)\.(attn_v|ffn_down(?:_exps)?)\.weight$/.exec(name);
  return layer !== null && keepsMoreBits(Number(layer[1]), layerCount) ? finer : base;
}

function keepsMoreBits(layer: number, layerCount: number): boolean {
  const eighth = Math.floor(layerCount / 8);
  return layer < eighth || layer >= Math.floor((7 * layerCount) / 8) || (layer - eighth) % 3 === 2;
}
