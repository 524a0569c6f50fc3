// Which slots a workgroup of tiles works on: up to TILE that chose the same expert.
//   in  slots  as group_slots left them: the expert of each of ENTRIES tiles, then their slots, TILE each
const NO_SLOT = 0xffffffffu;
override ENTRIES: u32;
fn expert_in(entry: u32) -> u32 { return slots[entry]; }
fn slot_in(entry: u32, t: u32) -> u32 { return slots[ENTRIES + entry * TILE + t]; }

// A missing slot stands for the first one, so that its sums are of something.
fn present_slot(entry: u32, t: u32) -> u32 {
  let slot = slot_in(entry, t);
  return select(slot, slot_in(entry, 0u), slot == NO_SLOT);
}
