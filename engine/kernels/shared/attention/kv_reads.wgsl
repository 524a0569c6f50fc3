// A four of the cache as f32. `row` is entry · KV_HEADS + KV head, `unit` counts the fours of a head.
fn kv_key(row: u32, unit: u32) -> vec4f { return kv_unpack(kv_key_four(row, unit), unit); }
fn kv_value(row: u32, unit: u32) -> vec4f { return kv_unpack(kv_value_four(row, unit), unit); }
