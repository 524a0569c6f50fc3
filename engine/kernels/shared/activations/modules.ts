// WGSL modules of activations: float, int8 in blocks, in pairs; the norm folded in.
import foldTile from './fold_tile.wgsl?raw';
import inputFloat from './input_float.wgsl?raw';
import inputInt8 from './input_int8.wgsl?raw';
import inputPairs from './input_pairs.wgsl?raw';
import inputPairsBroadcast from './input_pairs_broadcast.wgsl?raw';
import int8Products from './int8_products.wgsl?raw';
import normScale from './norm_scale.wgsl?raw';
import packingInt8 from './packing_int8.wgsl?raw';
import packingPairs from './packing_pairs.wgsl?raw';
import pairProducts from './pair_products.wgsl?raw';
import pairSums4 from './pair_sums_4.wgsl?raw';
import pairSums6 from './pair_sums_6.wgsl?raw';
import quantizeBlock from './quantize_block.wgsl?raw';
import quantizeTile from './quantize_tile.wgsl?raw';
import rowInt8 from './row_int8.wgsl?raw';

export const activations: Readonly<Record<string, string>> = {
  fold_tile: foldTile,
  input_float: inputFloat,
  input_int8: inputInt8,
  input_pairs: inputPairs,
  input_pairs_broadcast: inputPairsBroadcast,
  int8_products: int8Products,
  norm_scale: normScale,
  packing_int8: packingInt8,
  packing_pairs: packingPairs,
  pair_products: pairProducts,
  pair_sums_4: pairSums4,
  pair_sums_6: pairSums6,
  quantize_block: quantizeBlock,
  quantize_tile: quantizeTile,
  row_int8: rowInt8,
};
