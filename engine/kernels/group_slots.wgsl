// group_slots: the slots of a step of many tokens, grouped by the expert that they chose, four to an entry, so that the
// kernels unpack each block of an expert's weights once for four. In order of experts and slots: deterministic.
// in  step    position, tokens, ids (gpu/types.ts, stepState)
// in  ids     [tokens, USED] u32, the experts chosen
// out groups  [ENTRIES, 5]: expert, four slots (token · USED + choice); NO_SLOT for what is missing
// override USED, EXPERTS, ENTRIES (room in groups), LANES
// dispatch: one workgroup; a lane takes every LANES-th expert
@group(0) @binding(0) var<storage, read> step: array<u32>;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read_write> groups: array<u32>;
override USED: u32;
override EXPERTS: u32;
override ENTRIES: u32;
override LANES: u32 = 64u;
const NO_SLOT = 0xffffffffu;

var<workgroup> entries: array<u32, EXPERTS>; // of each expert

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  let slots = step[1] * USED;
  for (var expert = lane; expert < EXPERTS; expert += LANES) {
    var count = 0u;
    for (var slot = 0u; slot < slots; slot++) { count += u32(ids[slot] == expert); }
    entries[expert] = (count + 3u) / 4u;
  }
  workgroupBarrier();

  for (var expert = lane; expert < EXPERTS; expert += LANES) {
    var first = 0u;
    for (var before = 0u; before < expert; before++) { first += entries[before]; }
    var count = 0u;
    for (var slot = 0u; slot < slots; slot++) {
      if (ids[slot] == expert) {
        groups[(first + count / 4u) * 5u + 1u + count % 4u] = slot;
        count++;
      }
    }
    for (var missing = count; missing < entries[expert] * 4u; missing++) {
      groups[(first + missing / 4u) * 5u + 1u + missing % 4u] = NO_SLOT;
    }
    for (var entry = 0u; entry < entries[expert]; entry++) { groups[(first + entry) * 5u] = expert; }
  }

  var used = 0u;
  for (var expert = 0u; expert < EXPERTS; expert++) { used += entries[expert]; }
  for (var entry = used + lane; entry < ENTRIES; entry += LANES) { groups[entry * 5u] = NO_SLOT; }
}
