// Eight values of a cache of f16 with heads of 128, as halves. `row` is entry · KV_HEADS + KV head, `eight` counts within it.
alias KvStored = vec4u;
alias KvEight = vec4u;
fn kv_entries() -> u32 { return arrayLength(&keys) / (KV_HEADS * 16u); }
fn kv_key_eight(row: u32, eight: u32) -> KvEight { return keys[row * 16u + eight]; }
fn kv_value_eight(row: u32, eight: u32) -> KvEight { return values[row * 16u + eight]; }
fn kv_halves(stored: KvEight, eight: u32) -> vec4u { return stored; }
