// Cache of f32 for head sizes that 4 does not divide: two pairs, the last one empty at the end of a row.
#import "kv_reads"
alias KvStored = vec2f;
alias KvFour = vec4f;
fn kv_entries() -> u32 { return arrayLength(&keys) * 2u / (KV_HEADS * HEAD_DIM); }
fn kv_key_four(row: u32, unit: u32) -> KvFour {
  let at = row * (HEAD_DIM / 2u) + 2u * unit;
  return vec4f(keys[at], keys[at + 1u]);
}
fn kv_value_four(row: u32, unit: u32) -> KvFour {
  let at = row * (HEAD_DIM / 2u) + 2u * unit;
  return vec4f(values[at], values[at + 1u]);
}
fn kv_unpack(stored: KvFour, unit: u32) -> vec4f {
  return vec4f(stored.xy, select(vec2f(), stored.zw, 4u * unit + 2u < HEAD_DIM));
}
