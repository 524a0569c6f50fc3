// Keys and values of the cache, four elements at a time, kept as f16 in pairs: no shader-f16 needed.
alias KvFour = vec2u;
fn kv_unpack(stored: KvFour) -> vec4f { return vec4f(unpack2x16float(stored.x), unpack2x16float(stored.y)); }
fn kv_pack_four(elements: vec4f) -> KvFour {
  let held = clamp(elements, vec4f(-65504.0), vec4f(65504.0));
  return vec2u(pack2x16float(held.xy), pack2x16float(held.zw));
}
