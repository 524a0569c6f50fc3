// Cache of f16 in pairs for head sizes that 4 does not divide: two pairs, the last one empty at the end of a row.
#import "kv_reads"
alias KvStored = u32;
alias KvFour = vec2u;
fn kv_entries() -> u32 { return arrayLength(&keys) * 2u / (KV_HEADS * HEAD_DIM); }
fn kv_key_four(row: u32, unit: u32) -> KvFour {
  let at = row * (HEAD_DIM / 2u) + 2u * unit;
  return vec2u(keys[at], keys[at + 1u]);
}
fn kv_value_four(row: u32, unit: u32) -> KvFour {
  let at = row * (HEAD_DIM / 2u) + 2u * unit;
  return vec2u(values[at], values[at + 1u]);
}
fn kv_unpack(stored: KvFour, unit: u32) -> vec4f {
  return vec4f(unpack2x16float(stored.x), select(vec2f(), unpack2x16float(stored.y), 4u * unit + 2u < HEAD_DIM));
}
