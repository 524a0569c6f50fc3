// Shared WGSL text by the name that `#import "name"` uses.
import chooseExperts from './shared/choose_experts.wgsl?raw';
import floatHalves from './shared/float_halves.wgsl?raw';
import floatsBf16 from './shared/floats_bf16.wgsl?raw';
import floatsF16 from './shared/floats_f16.wgsl?raw';
import floatsF32 from './shared/floats_f32.wgsl?raw';
import expertsSum from './shared/experts_sum.wgsl?raw';
import foldTile from './shared/fold_tile.wgsl?raw';
import int8Products from './shared/int8_products.wgsl?raw';
import joinParts from './shared/join_parts.wgsl?raw';
import joinSplits from './shared/join_splits.wgsl?raw';
import normScale from './shared/norm_scale.wgsl?raw';
import oneExpert from './shared/one_expert.wgsl?raw';
import quantizeBlock from './shared/quantize_block.wgsl?raw';
import quantizeTile from './shared/quantize_tile.wgsl?raw';
import residentAttention from './shared/resident_attention.wgsl?raw';
import residentChoose32 from './shared/resident_choose_32.wgsl?raw';
import residentChoose4 from './shared/resident_choose_4.wgsl?raw';
import residentExperts from './shared/resident_experts.wgsl?raw';
import residentLanes32 from './shared/resident_lanes_32.wgsl?raw';
import residentLanes4 from './shared/resident_lanes_4.wgsl?raw';
import residentRows from './shared/resident_rows.wgsl?raw';
import residentWords from './shared/resident_words.wgsl?raw';
import rowPair from './shared/row_pair.wgsl?raw';
import rowInt8 from './shared/row_int8.wgsl?raw';
import rowProduct from './shared/row_product.wgsl?raw';
import rowSum from './shared/row_sum.wgsl?raw';
import splitParts from './shared/split_parts.wgsl?raw';
import splitSums from './shared/split_sums.wgsl?raw';
import asPacked from './shared/as_packed.wgsl?raw';
import asStored from './shared/as_stored.wgsl?raw';
import asValues from './shared/as_values.wgsl?raw';
import inputFloat from './shared/input_float.wgsl?raw';
import inputInt8 from './shared/input_int8.wgsl?raw';
import inputPairs from './shared/input_pairs.wgsl?raw';
import inputPairsBroadcast from './shared/input_pairs_broadcast.wgsl?raw';
import pairProducts from './shared/pair_products.wgsl?raw';
import pairSums4 from './shared/pair_sums_4.wgsl?raw';
import pairSums6 from './shared/pair_sums_6.wgsl?raw';
import kvBytes from './shared/kv_bytes.wgsl?raw';
import kvEightsF16 from './shared/kv_eights_f16.wgsl?raw';
import kvEightsQ8 from './shared/kv_eights_q8.wgsl?raw';
import kvF16 from './shared/kv_f16.wgsl?raw';
import kvF16Pairs from './shared/kv_f16_pairs.wgsl?raw';
import kvF32 from './shared/kv_f32.wgsl?raw';
import kvF32Pairs from './shared/kv_f32_pairs.wgsl?raw';
import kvPutF16 from './shared/kv_put_f16.wgsl?raw';
import kvPutF16Pairs from './shared/kv_put_f16_pairs.wgsl?raw';
import kvPutF32 from './shared/kv_put_f32.wgsl?raw';
import kvPutF32Pairs from './shared/kv_put_f32_pairs.wgsl?raw';
import kvPutQ8 from './shared/kv_put_q8.wgsl?raw';
import kvQ8 from './shared/kv_q8.wgsl?raw';
import kvReads from './shared/kv_reads.wgsl?raw';
import kvRound from './shared/kv_round.wgsl?raw';
import kvSplits from './shared/kv_splits.wgsl?raw';
import raceRandom from './shared/race_random.wgsl?raw';
import samplerBins from './shared/sampler_bins.wgsl?raw';
import samplerNear from './shared/sampler_near.wgsl?raw';
import samplerScore from './shared/sampler_score.wgsl?raw';
import samplerSelection from './shared/sampler_selection.wgsl?raw';
import samplerSummary from './shared/sampler_summary.wgsl?raw';
import samplerToken from './shared/sampler_token.wgsl?raw';
import kScales from './shared/k_scales.wgsl?raw';
import packingInt8 from './shared/packing_int8.wgsl?raw';
import packingPairs from './shared/packing_pairs.wgsl?raw';
import packedBlock from './shared/packed_block.wgsl?raw';
import slotsDense from './shared/slots_dense.wgsl?raw';
import slotsGrouped from './shared/slots_grouped.wgsl?raw';
import slotsRouted from './shared/slots_routed.wgsl?raw';
import storedBlocks32 from './shared/stored_blocks32.wgsl?raw';
import storedF16 from './shared/stored_f16.wgsl?raw';
import storedF32 from './shared/stored_f32.wgsl?raw';
import storedKBlocks from './shared/stored_k_blocks.wgsl?raw';
import storedQ4_0 from './shared/stored_q4_0.wgsl?raw';
import storedQ4_1 from './shared/stored_q4_1.wgsl?raw';
import storedQ4K from './shared/stored_q4_k.wgsl?raw';
import storedQ5_0 from './shared/stored_q5_0.wgsl?raw';
import storedQ5_1 from './shared/stored_q5_1.wgsl?raw';
import storedQ5K from './shared/stored_q5_k.wgsl?raw';
import storedQ6K from './shared/stored_q6_k.wgsl?raw';
import storedQ8_0 from './shared/stored_q8_0.wgsl?raw';
import fragmentRows from './shared/fragment_rows.wgsl?raw';
import fragmentsLanes from './shared/fragments_lanes.wgsl?raw';
import fragmentsUnits from './shared/fragments_units.wgsl?raw';
import halfRows from './shared/half_rows.wgsl?raw';
import productsFloat from './shared/products_float.wgsl?raw';
import productsHalves from './shared/products_halves.wgsl?raw';
import share1 from './shared/share_1.wgsl?raw';
import share2 from './shared/share_2.wgsl?raw';
import share4 from './shared/share_4.wgsl?raw';
import slotTilesDense from './shared/slot_tiles_dense.wgsl?raw';
import slotTilesGrouped from './shared/slot_tiles_grouped.wgsl?raw';
import tileFloat from './shared/tile_float.wgsl?raw';
import tileHalves from './shared/tile_halves.wgsl?raw';
import tileInt8 from './shared/tile_int8.wgsl?raw';
import tileOf16 from './shared/tile_of_16.wgsl?raw';
import tileOf32 from './shared/tile_of_32.wgsl?raw';
import tileOf64 from './shared/tile_of_64.wgsl?raw';
import tileOf128 from './shared/tile_of_128.wgsl?raw';
import tokenTile1 from './shared/token_tile_1.wgsl?raw';
import tokenTile4 from './shared/token_tile_4.wgsl?raw';
import units1 from './shared/units_1.wgsl?raw';
import units2 from './shared/units_2.wgsl?raw';
import valuesBlock from './shared/values_block.wgsl?raw';
import weightsBf16 from './shared/weights_bf16.wgsl?raw';
import weightsF16 from './shared/weights_f16.wgsl?raw';
import weightsF32 from './shared/weights_f32.wgsl?raw';
import weightsQ4_0 from './shared/weights_q4_0.wgsl?raw';
import weightsQ4_1 from './shared/weights_q4_1.wgsl?raw';
import weightsQ4K from './shared/weights_q4_k.wgsl?raw';
import weightsQ5_0 from './shared/weights_q5_0.wgsl?raw';
import weightsQ5_1 from './shared/weights_q5_1.wgsl?raw';
import weightsQ5K from './shared/weights_q5_k.wgsl?raw';
import weightsQ6K from './shared/weights_q6_k.wgsl?raw';
import weightsQ8_0 from './shared/weights_q8_0.wgsl?raw';

export const sharedModules: Readonly<Record<string, string>> = {
  choose_experts: chooseExperts,
  float_halves: floatHalves,
  floats_bf16: floatsBf16,
  floats_f16: floatsF16,
  floats_f32: floatsF32,
  experts_sum: expertsSum,
  fold_tile: foldTile,
  int8_products: int8Products,
  join_parts: joinParts,
  join_splits: joinSplits,
  norm_scale: normScale,
  one_expert: oneExpert,
  quantize_block: quantizeBlock,
  quantize_tile: quantizeTile,
  resident_attention: residentAttention,
  resident_choose_32: residentChoose32,
  resident_choose_4: residentChoose4,
  resident_experts: residentExperts,
  resident_lanes_32: residentLanes32,
  resident_lanes_4: residentLanes4,
  resident_rows: residentRows,
  resident_words: residentWords,
  row_int8: rowInt8,
  row_pair: rowPair,
  row_product: rowProduct,
  row_sum: rowSum,
  split_parts: splitParts,
  split_sums: splitSums,
  as_packed: asPacked,
  as_stored: asStored,
  as_values: asValues,
  input_float: inputFloat,
  input_int8: inputInt8,
  input_pairs: inputPairs,
  input_pairs_broadcast: inputPairsBroadcast,
  pair_products: pairProducts,
  pair_sums_4: pairSums4,
  pair_sums_6: pairSums6,
  packing_int8: packingInt8,
  packing_pairs: packingPairs,
  kv_bytes: kvBytes,
  kv_eights_f16: kvEightsF16,
  kv_eights_q8: kvEightsQ8,
  kv_f16: kvF16,
  kv_f16_pairs: kvF16Pairs,
  kv_f32: kvF32,
  kv_f32_pairs: kvF32Pairs,
  kv_put_f16: kvPutF16,
  kv_put_f16_pairs: kvPutF16Pairs,
  kv_put_f32: kvPutF32,
  kv_put_f32_pairs: kvPutF32Pairs,
  kv_put_q8: kvPutQ8,
  kv_q8: kvQ8,
  kv_reads: kvReads,
  kv_round: kvRound,
  kv_splits: kvSplits,
  race_random: raceRandom,
  sampler_bins: samplerBins,
  sampler_near: samplerNear,
  sampler_score: samplerScore,
  sampler_selection: samplerSelection,
  sampler_summary: samplerSummary,
  sampler_token: samplerToken,
  k_scales: kScales,
  packed_block: packedBlock,
  slots_dense: slotsDense,
  slots_grouped: slotsGrouped,
  slots_routed: slotsRouted,
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
  fragment_rows: fragmentRows,
  fragments_lanes: fragmentsLanes,
  fragments_units: fragmentsUnits,
  half_rows: halfRows,
  products_float: productsFloat,
  products_halves: productsHalves,
  share_1: share1,
  share_2: share2,
  share_4: share4,
  slot_tiles_dense: slotTilesDense,
  slot_tiles_grouped: slotTilesGrouped,
  tile_float: tileFloat,
  tile_halves: tileHalves,
  tile_int8: tileInt8,
  tile_of_16: tileOf16,
  tile_of_32: tileOf32,
  tile_of_64: tileOf64,
  tile_of_128: tileOf128,
  token_tile_1: tokenTile1,
  token_tile_4: tokenTile4,
  units_1: units1,
  units_2: units2,
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
