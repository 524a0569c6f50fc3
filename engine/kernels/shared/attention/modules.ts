// WGSL modules of the cache, and how splits of a context meet.
import eightHeads from './eight_heads.wgsl?raw';
import joinParts from './join_parts.wgsl?raw';
import kvBytes from './kv_bytes.wgsl?raw';
import kvEightsF16 from './kv_eights_f16.wgsl?raw';
import kvEightsQ8 from './kv_eights_q8.wgsl?raw';
import kvF16 from './kv_f16.wgsl?raw';
import kvF16Pairs from './kv_f16_pairs.wgsl?raw';
import kvF32 from './kv_f32.wgsl?raw';
import kvF32Pairs from './kv_f32_pairs.wgsl?raw';
import kvPutF16 from './kv_put_f16.wgsl?raw';
import kvPutF16Pairs from './kv_put_f16_pairs.wgsl?raw';
import kvPutF32 from './kv_put_f32.wgsl?raw';
import kvPutF32Pairs from './kv_put_f32_pairs.wgsl?raw';
import kvPutQ8 from './kv_put_q8.wgsl?raw';
import kvQ8 from './kv_q8.wgsl?raw';
import kvReads from './kv_reads.wgsl?raw';
import kvRound from './kv_round.wgsl?raw';
import kvSplits from './kv_splits.wgsl?raw';
import splitParts from './split_parts.wgsl?raw';

export const attention: Readonly<Record<string, string>> = {
  eight_heads: eightHeads,
  join_parts: joinParts,
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
  split_parts: splitParts,
};
