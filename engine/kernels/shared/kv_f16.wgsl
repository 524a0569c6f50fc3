// Cache of f16 in pairs (pack2x16float, no shader-f16), four values at a time. `row` is entry · KV_HEADS + KV head.
alias KvStored = vec2u;
const KV_ELEMENTS = 4u;
fn kv_unpack(stored: vec2u) -> vec4f { return vec4f(unpack2x16float(stored.x), unpack2x16float(stored.y)); }
fn kv_key(row: u32, unit: u32) -> vec4f { return kv_unpack(keys[row * UNITS + unit]); }
fn kv_value(row: u32, unit: u32) -> vec4f { return kv_unpack(values[row * UNITS + unit]); }
