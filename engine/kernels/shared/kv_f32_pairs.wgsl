// Cache of f32 for head sizes that 4 does not divide: two pairs, the last one empty at the end of a row.
alias KvStored = vec2f;
const KV_ELEMENTS = 2u;
fn kv_key(row: u32, unit: u32) -> vec4f {
  let at = row * (HEAD_DIM / 2u) + 2u * unit;
  return vec4f(keys[at], select(vec2f(), keys[at + 1u], 4u * unit + 2u < HEAD_DIM));
}
fn kv_value(row: u32, unit: u32) -> vec4f {
  let at = row * (HEAD_DIM / 2u) + 2u * unit;
  return vec4f(values[at], select(vec2f(), values[at + 1u], 4u * unit + 2u < HEAD_DIM));
}
