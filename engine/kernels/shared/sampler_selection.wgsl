// Radix select of sample_select: where the ranking of tokens (score descending, lower id first) is cut. Four passes look at
// 8 bits each of the score's key, two at 9 bits each of the id's. A kernel that imports this binds `selection`,
// array<atomic<u32>>: places of both stages (top-k, top-p), then a histogram for each stage and pass.

const BINS = 512u;
const PASSES = 6u;
const KEY_PASSES = 4u;
/** Words of a place, and places of a stage: one before each pass, and the final one. */
const PLACE = 4u;
const PLACES = 7u;
const FIRST_HISTOGRAM = 2u * PLACES * PLACE;

/** The last token that is kept, as far as the passes so far have found it: its keys, and the weight still to take. */
struct Place {
  key: u32,
  id_key: u32,
  remaining: u32,
}

var<workgroup> weights_of_lanes: array<u32, LANES>;
var<workgroup> found: Place;

fn mul_high(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let cross = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (cross & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (cross >> 16u) + (other >> 16u);
}

fn digit_shift(pass_index: u32) -> u32 {
  return select(24u - 8u * pass_index, 9u * (PASSES - 1u - pass_index), pass_index >= KEY_PASSES);
}

/** The token's bin in a pass. */
fn digit_of(key: u32, ids: u32, pass_index: u32) -> u32 {
  let of_id = pass_index >= KEY_PASSES;
  return (select(key, ids, of_id) >> digit_shift(pass_index)) & select(255u, 511u, of_id);
}

/** True when the token agrees with the place in all digits before this pass. */
fn agrees(key: u32, ids: u32, place: Place, pass_index: u32) -> bool {
  if (pass_index == 0u) { return true; }
  if (pass_index < KEY_PASSES) { return (key ^ place.key) >> digit_shift(pass_index - 1u) == 0u; }
  return key == place.key && (pass_index == KEY_PASSES || (ids ^ place.id_key) >> 9u == 0u);
}

/** True for tokens up to and including the one at the final place. */
fn within(key: u32, ids: u32, place: Place) -> bool {
  return key > place.key || (key == place.key && ids >= place.id_key);
}

fn load_place(stage: u32, index: u32) -> Place {
  let at = (stage * PLACES + index) * PLACE;
  return Place(atomicLoad(&selection[at]), atomicLoad(&selection[at + 1u]), atomicLoad(&selection[at + 2u]));
}

fn store_place(stage: u32, index: u32, place: Place) {
  let at = (stage * PLACES + index) * PLACE;
  atomicStore(&selection[at], place.key);
  atomicStore(&selection[at + 1u], place.id_key);
  atomicStore(&selection[at + 2u], place.remaining);
}

fn histogram_at(stage: u32, pass_index: u32) -> u32 { return FIRST_HISTOGRAM + (stage * PASSES + pass_index) * BINS; }

/**
 * The place before pass `index` ≥ 1, out of the place and the histogram of the pass before it. All workgroups that need it
 * find it for themselves, by the same integers. Call it in uniform control flow.
 */
fn next_place(stage: u32, index: u32, lane: u32) -> Place {
  let previous = index - 1u;
  let bins_a_lane = BINS / LANES;
  let histogram = histogram_at(stage, previous);
  // Lane 0 holds the highest bins.
  let top = histogram + BINS - lane * bins_a_lane;
  var own = 0u;
  for (var i = 1u; i <= bins_a_lane; i++) { own += atomicLoad(&selection[top - i]); }
  workgroupBarrier();
  weights_of_lanes[lane] = own;
  workgroupBarrier();
  var before = 0u;
  var total = 0u;
  for (var other = 0u; other < LANES; other++) {
    if (other < lane) { before += weights_of_lanes[other]; }
    total += weights_of_lanes[other];
  }
  var place = load_place(stage, previous);
  if (previous == 0u) {
    place = Place(0u, 0u, parameters.top_k);
    if (stage == 1u) { place.remaining = max(1u, mul_high(total, parameters.top_p_share)); }
    place.remaining = min(place.remaining, total);
  }
  if (before < place.remaining && place.remaining <= before + own) {
    var left = place.remaining - before;
    var bin = top - 1u;
    loop {
      let weight = atomicLoad(&selection[bin]);
      if (weight >= left) { break; }
      left -= weight;
      bin--;
    }
    let digit = (bin - histogram) << digit_shift(previous);
    found = Place(place.key, place.id_key, left);
    if (previous < KEY_PASSES) { found.key |= digit; } else { found.id_key |= digit; }
  }
  workgroupBarrier();
  return found;
}
