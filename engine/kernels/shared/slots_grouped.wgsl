// Which rows a workgroup works on: up to TOKENS slots that chose the same expert.
//   in  slots  [entries, 1 + TOKENS]: expert, then slots (group_slots); NO_SLOT where there is none
const NO_SLOT = 0xffffffffu;
fn expert_of(entry: u32) -> u32 { return slots[entry * (u32(TOKENS) + 1u)]; }
fn slot_of(entry: u32, t: u32) -> u32 { return slots[entry * (u32(TOKENS) + 1u) + 1u + t]; }
