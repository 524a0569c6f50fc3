// Cache of f32, four values at a time.
#import "kv_reads"
alias KvStored = vec4f;
alias KvFour = vec4f;
fn kv_entries() -> u32 { return arrayLength(&keys) / (KV_HEADS * UNITS); }
fn kv_key_four(row: u32, unit: u32) -> KvFour { return keys[row * UNITS + unit]; }
fn kv_value_four(row: u32, unit: u32) -> KvFour { return values[row * UNITS + unit]; }
fn kv_unpack(stored: KvFour, unit: u32) -> vec4f { return stored; }
