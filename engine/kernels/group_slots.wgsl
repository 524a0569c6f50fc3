// group_slots: the slots of a step of many tokens, grouped by the expert that they chose, TILE to an entry, so that the kernels
// unpack each block of an expert's weights once for all of them. In order of experts and slots: deterministic.
// in  step    position, tokens, ids (gpu/types.ts, stepState)
// in  ids     [tokens, USED] u32, the experts chosen
// out groups  [ENTRIES] expert of each entry, then [ENTRIES, TILE] its slots (token · USED + choice); NO_SLOT for what is missing
// override USED, EXPERTS, ENTRIES (room in groups), TILE, LANES (a power of two)
// dispatch: x: experts; each counts all slots for itself, so that no workgroup waits for another
@group(0) @binding(0) var<storage, read> step: array<u32>;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read_write> groups: array<u32>;
override USED: u32;
override EXPERTS: u32;
override ENTRIES: u32;
override TILE: u32;
override LANES: u32 = 256u;
const NO_SLOT = 0xffffffffu;

var<workgroup> counts: array<atomic<u32>, EXPERTS>; // slots of each expert
var<workgroup> entries_before: atomic<u32>; // of the experts before this one
var<workgroup> found_before: array<u32, LANES>; // this expert's slots up to and with each lane's share

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let expert = workgroup.x;
  let slots = step[1] * USED;
  for (var slot = lane; slot < slots; slot += LANES) { atomicAdd(&counts[ids[slot]], 1u); }
  // Neighbouring slots, so that lanes in order have slots in order.
  let share = (slots + LANES - 1u) / LANES;
  let begin = min(lane * share, slots);
  let end = min(begin + share, slots);
  var own = 0u;
  for (var slot = begin; slot < end; slot++) { own += u32(ids[slot] == expert); }
  found_before[lane] = own;
  workgroupBarrier();
  var before = 0u;
  for (var other = lane; other < expert; other += LANES) { before += (atomicLoad(&counts[other]) + TILE - 1u) / TILE; }
  if (before > 0u) { atomicAdd(&entries_before, before); }
  for (var distance = 1u; distance < LANES; distance *= 2u) {
    var further = 0u;
    if (lane >= distance) { further = found_before[lane - distance]; }
    workgroupBarrier();
    found_before[lane] += further;
    workgroupBarrier();
  }

  let first = atomicLoad(&entries_before);
  let entries = (found_before[LANES - 1u] + TILE - 1u) / TILE;
  let room = ENTRIES + first * TILE;
  var to = room + found_before[lane] - own;
  for (var slot = begin; slot < end; slot++) {
    if (ids[slot] == expert) {
      groups[to] = slot;
      to++;
    }
  }
  for (var missing = found_before[LANES - 1u] + lane; missing < entries * TILE; missing += LANES) {
    groups[room + missing] = NO_SLOT;
  }
  for (var entry = lane; entry < entries; entry += LANES) { groups[first + entry] = expert; }
  if (expert + 1u < EXPERTS) { return; }
  for (var entry = first + entries + lane; entry < ENTRIES; entry += LANES) { groups[entry] = NO_SLOT; }
}
