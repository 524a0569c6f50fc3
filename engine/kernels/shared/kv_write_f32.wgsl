// What qk_norm_rope writes into a cache of f32.
alias KvPair = vec2f;
fn kv_pack(pair: vec2f) -> KvPair { return pair; }
