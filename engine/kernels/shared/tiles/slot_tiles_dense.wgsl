// Which slots a workgroup of tiles works on: TILE consecutive tokens, all through the one expert there is.
//   in  slots  position, tokens, ids of the step (gpu/types.ts, stepState)
const NO_SLOT = 0xffffffffu;
fn expert_in(entry: u32) -> u32 { return 0u; }
fn slot_in(entry: u32, t: u32) -> u32 {
  let slot = entry * TILE + t;
  return select(NO_SLOT, slot, slot < slots[1]);
}
fn present_slot(entry: u32, t: u32) -> u32 { return min(entry * TILE + t, slots[1] - 1u); }
