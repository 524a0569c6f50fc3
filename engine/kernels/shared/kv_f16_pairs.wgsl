// Cache of f16 in pairs for head sizes that 4 does not divide: two pairs, the last one empty at the end of a row.
alias KvStored = u32;
const KV_ELEMENTS = 2u;
fn kv_unpack(low: u32, high: u32, unit: u32) -> vec4f {
  return vec4f(unpack2x16float(low), select(vec2f(), unpack2x16float(high), 4u * unit + 2u < HEAD_DIM));
}
fn kv_key(row: u32, unit: u32) -> vec4f {
  let at = row * (HEAD_DIM / 2u) + 2u * unit;
  return kv_unpack(keys[at], keys[at + 1u], unit);
}
fn kv_value(row: u32, unit: u32) -> vec4f {
  let at = row * (HEAD_DIM / 2u) + 2u * unit;
  return kv_unpack(values[at], values[at + 1u], unit);
}
