// Eight values of a cache of q8 (kv_q8) with heads of 128, as halves: rows of 16 times 8 bytes, then the four scales of each.
#import "kv_bytes"
alias KvStored = vec2u;
struct KvEight { bytes: vec2u, scales: vec2u }
fn kv_entries() -> u32 { return arrayLength(&keys) / (KV_HEADS * 17u); }
fn kv_key_eight(row: u32, eight: u32) -> KvEight {
  return KvEight(keys[row * 16u + eight], keys[kv_entries() * KV_HEADS * 16u + row]);
}
fn kv_value_eight(row: u32, eight: u32) -> KvEight {
  return KvEight(values[row * 16u + eight], values[kv_entries() * KV_HEADS * 16u + row]);
}
fn kv_halves(stored: KvEight, eight: u32) -> vec4u {
  let scale = kv_scale(select(stored.scales.x, stored.scales.y, eight >= 8u), eight / 4u);
  return vec4u(half_words(kv_int8(stored.bytes.x) * scale), half_words(kv_int8(stored.bytes.y) * scale));
}
