// Keys and values of the cache, four elements at a time, kept as f32.
alias KvFour = vec4f;
fn kv_unpack(stored: KvFour) -> vec4f { return stored; }
fn kv_pack_four(elements: vec4f) -> KvFour { return elements; }
