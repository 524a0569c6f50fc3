// Cache of f16 in pairs (pack2x16float, no shader-f16), four values at a time.
#import "kv_reads"
alias KvStored = vec2u;
alias KvFour = vec2u;
fn kv_entries() -> u32 { return arrayLength(&keys) / (KV_HEADS * UNITS); }
fn kv_key_four(row: u32, unit: u32) -> KvFour { return keys[row * UNITS + unit]; }
fn kv_value_four(row: u32, unit: u32) -> KvFour { return values[row * UNITS + unit]; }
fn kv_unpack(stored: KvFour, unit: u32) -> vec4f {
  return vec4f(unpack2x16float(stored.x), unpack2x16float(stored.y));
}
