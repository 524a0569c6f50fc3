// Which rows a workgroup works on: TOKENS consecutive tokens, all through the one expert there is.
const NO_SLOT = 0xffffffffu;
fn expert_of(entry: u32) -> u32 { return 0u; }
fn slot_of(entry: u32, t: u32) -> u32 { return entry * TOKENS + t; }
fn tokens_of(entry: u32) -> Rows { return rows_from(entry * TOKENS); }
