// How a context is dealt out to the SPLITS workgroups of a KV head: whole tiles of keys, so that a short context fills the first
// ones and leaves the others without any.
const KV_TILE = 64u;
override SPLITS: u32;

fn keys_a_split(length: u32) -> u32 { return (length + SPLITS * KV_TILE - 1u) / (SPLITS * KV_TILE) * KV_TILE; }
