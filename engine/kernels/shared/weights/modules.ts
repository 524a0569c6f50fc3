// WGSL modules of the types of weights, as stored and as the GPU keeps them.
import asPacked from './as_packed.wgsl?raw';
import asStored from './as_stored.wgsl?raw';
import asValues from './as_values.wgsl?raw';
import floatHalves from './float_halves.wgsl?raw';
import floatsBf16 from './floats_bf16.wgsl?raw';
import floatsF16 from './floats_f16.wgsl?raw';
import floatsF32 from './floats_f32.wgsl?raw';
import kScales from './k_scales.wgsl?raw';
import packedBlock from './packed_block.wgsl?raw';
import storedBlocks32 from './stored_blocks32.wgsl?raw';
import storedF16 from './stored_f16.wgsl?raw';
import storedF32 from './stored_f32.wgsl?raw';
import storedKBlocks from './stored_k_blocks.wgsl?raw';
import storedQ4_0 from './stored_q4_0.wgsl?raw';
import storedQ4_1 from './stored_q4_1.wgsl?raw';
import storedQ4K from './stored_q4_k.wgsl?raw';
import storedQ5_0 from './stored_q5_0.wgsl?raw';
import storedQ5_1 from './stored_q5_1.wgsl?raw';
import storedQ5K from './stored_q5_k.wgsl?raw';
import storedQ6K from './stored_q6_k.wgsl?raw';
import storedQ8_0 from './stored_q8_0.wgsl?raw';
import valuesBlock from './values_block.wgsl?raw';
import weightsBf16 from './weights_bf16.wgsl?raw';
import weightsF16 from './weights_f16.wgsl?raw';
import weightsF32 from './weights_f32.wgsl?raw';
import weightsQ4_0 from './weights_q4_0.wgsl?raw';
import weightsQ4_1 from './weights_q4_1.wgsl?raw';
import weightsQ4K from './weights_q4_k.wgsl?raw';
import weightsQ5_0 from './weights_q5_0.wgsl?raw';
import weightsQ5_1 from './weights_q5_1.wgsl?raw';
import weightsQ5K from './weights_q5_k.wgsl?raw';
import weightsQ6K from './weights_q6_k.wgsl?raw';
import weightsQ8_0 from './weights_q8_0.wgsl?raw';

export const weights: Readonly<Record<string, string>> = {
  as_packed: asPacked,
  as_stored: asStored,
  as_values: asValues,
  float_halves: floatHalves,
  floats_bf16: floatsBf16,
  floats_f16: floatsF16,
  floats_f32: floatsF32,
  k_scales: kScales,
  packed_block: packedBlock,
  stored_blocks32: storedBlocks32,
  stored_f16: storedF16,
  stored_f32: storedF32,
  stored_k_blocks: storedKBlocks,
  stored_q4_0: storedQ4_0,
  stored_q4_1: storedQ4_1,
  stored_q4_k: storedQ4K,
  stored_q5_0: storedQ5_0,
  stored_q5_1: storedQ5_1,
  stored_q5_k: storedQ5K,
  stored_q6_k: storedQ6K,
  stored_q8_0: storedQ8_0,
  values_block: valuesBlock,
  weights_bf16: weightsBf16,
  weights_f16: weightsF16,
  weights_f32: weightsF32,
  weights_q4_0: weightsQ4_0,
  weights_q4_1: weightsQ4_1,
  weights_q4_k: weightsQ4K,
  weights_q5_0: weightsQ5_0,
  weights_q5_1: weightsQ5_1,
  weights_q5_k: weightsQ5K,
  weights_q6_k: weightsQ6K,
  weights_q8_0: weightsQ8_0,
};
