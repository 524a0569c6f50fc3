// Which rows a workgroup works on: up to four slots that chose the same expert (token_tile_4).
//   in  slots  [ENTRIES] experts, then [ENTRIES, 4] slots (group_slots); NO_SLOT where there is none, never as the first
const NO_SLOT = 0xffffffffu;
override ENTRIES: u32;
fn expert_of(entry: u32) -> u32 { return slots[entry]; }
fn slot_of(entry: u32, t: u32) -> u32 { return slots[ENTRIES + entry * 4u + t]; }

// A missing slot stands for the first one, so that its sums are of something.
fn tokens_of(entry: u32) -> Rows {
  let at = ENTRIES + entry * 4u;
  let found = vec4u(slots[at], slots[at + 1u], slots[at + 2u], slots[at + 3u]);
  return select(found, found.xxxx, found == vec4u(NO_SLOT)) / USED;
}
