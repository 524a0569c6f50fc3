// Cache of q8: int8 in blocks of 32 with a scale each. As words: [context, KV_HEADS, UNITS] fours of bytes, the lowest first; then
// [context, KV_HEADS, ⌈UNITS / 16⌉] pairs of scales, each the upper half of an f32 (kv_put_q8 makes them).
#import "kv_reads"
#import "kv_bytes"
alias KvStored = u32;
struct KvFour { bytes: u32, scales: u32 }
fn kv_scale_words() -> u32 { return (UNITS + 15u) / 16u; }
fn kv_entries() -> u32 { return arrayLength(&keys) / (KV_HEADS * (UNITS + kv_scale_words())); }
fn kv_scales_at(row: u32, unit: u32) -> u32 {
  return kv_entries() * KV_HEADS * UNITS + row * kv_scale_words() + unit / 16u;
}
fn kv_key_four(row: u32, unit: u32) -> KvFour { return KvFour(keys[row * UNITS + unit], keys[kv_scales_at(row, unit)]); }
fn kv_value_four(row: u32, unit: u32) -> KvFour { return KvFour(values[row * UNITS + unit], values[kv_scales_at(row, unit)]); }
fn kv_unpack(stored: KvFour, unit: u32) -> vec4f { return kv_int8(stored.bytes) * kv_scale(stored.scales, unit / 8u); }
