// Cache of f32, four values at a time. `row` is entry · KV_HEADS + KV head.
alias KvStored = vec4f;
const KV_ELEMENTS = 4u;
fn kv_key(row: u32, unit: u32) -> vec4f { return keys[row * UNITS + unit]; }
fn kv_value(row: u32, unit: u32) -> vec4f { return values[row * UNITS + unit]; }
