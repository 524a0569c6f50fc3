// Which rows a workgroup works on: one slot, through the expert chosen for it (token_tile_1).
//   in  slots  expert ids [tokens · USED]
const NO_SLOT = 0xffffffffu;
fn expert_of(entry: u32) -> u32 { return slots[entry]; }
fn slot_of(entry: u32, t: u32) -> u32 { return entry; }
fn tokens_of(entry: u32) -> Rows { return entry / USED; }
