// What qk_norm_rope writes into a cache of f16: pairs, clamped to what f16 holds.
alias KvPair = u32;
fn kv_pack(pair: vec2f) -> KvPair { return pack2x16float(clamp(pair, vec2f(-65504.0), vec2f(65504.0))); }
