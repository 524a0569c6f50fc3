// Where the ranking of all tokens (score descending, lower id first) is cut, by radix select in one workgroup: four passes look
// at 8 bits each of the value's key, three at 6 bits each of the id's. Imported after sampler_token and sampler_bins.

const PASSES = 7u;
const KEY_PASSES = 4u;

/** The last token that is kept. */
struct Place {
  key: u32,
  id_key: u32,
}

fn mul_high(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let cross = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (cross & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (cross >> 16u) + (other >> 16u);
}

/** Probabilities as whole numbers, so that sums don't depend on their order: `unit` for the likeliest token; 1 where unit is 0. */
fn weights_of(scores: vec4f, largest: f32, unit: f32) -> vec4u {
  if (unit == 0.0) { return vec4u(1u); }
  return vec4u(exp(scores - largest) * unit + 0.5);
}

/** Of masses that are `total` together, what a nucleus must reach. */
fn nucleus_target(total: u32) -> u32 { return max(1u, mul_high(total, parameters.top_p_share)); }

fn digit_shift(pass_index: u32) -> u32 {
  return select(24u - 8u * pass_index, 6u * (PASSES - 1u - pass_index), pass_index >= KEY_PASSES);
}

/** The tokens' bins in a pass. */
fn digits_of(keys: vec4u, ids: vec4u, pass_index: u32) -> vec4u {
  let of_id = pass_index >= KEY_PASSES;
  return (select(keys, ids, of_id) >> vec4u(digit_shift(pass_index))) & vec4u(select(255u, 63u, of_id));
}

/** True for tokens that agree with the place in all digits before this pass. */
fn agree(keys: vec4u, ids: vec4u, place: Place, pass_index: u32) -> vec4<bool> {
  if (pass_index == 0u) { return vec4<bool>(true); }
  let shift = vec4u(digit_shift(pass_index - 1u));
  if (pass_index < KEY_PASSES) { return ((keys ^ vec4u(place.key)) >> shift) == vec4u(0u); }
  let same = keys == vec4u(place.key);
  if (pass_index == KEY_PASSES) { return same; }
  return same & (((ids ^ vec4u(place.id_key)) >> shift) == vec4u(0u));
}

/** True for tokens up to and including the one at the place. */
fn within(keys: vec4u, ids: vec4u, place: Place) -> vec4<bool> {
  return (keys > vec4u(place.key)) | ((keys == vec4u(place.key)) & (ids >= vec4u(place.id_key)));
}

/**
 * The first place at which the weights reach `wanted`; that of no token when all together do not. Tokens weigh 1, or their mass
 * (unit > 0); with top-k on, the masses are those of the tokens that `limit` leaves, and what is wanted of them is found here.
 * Call it in uniform control flow.
 */
fn cut_ranking(lane: u32, kind: u32, limit: Place, largest: f32, unit: f32, wanted: u32) -> Place {
  var place = Place(0u, 0u);
  var remaining = wanted;
  for (var pass_index = 0u; pass_index < PASSES; pass_index++) {
    clear_bins(lane);
    for (var first = lane; first < parameters.sampleable; first += 4u * LANES) {
      let four = four_from(first, parameters.sampleable);
      let values = values_of(four, kind);
      let keys = ordered_keys(values);
      let ids = id_keys(four.ids);
      let counted = four.drawable & agree(keys, ids, place, pass_index) & within(keys, ids, limit);
      let bins = select(vec4u(NO_BIN), digits_of(keys, ids, pass_index), counted);
      add_to_bins(bins, weights_of(values, largest, unit));
    }
    if (pass_index == 0u && unit > 0.0 && parameters.top_k != 0u) { remaining = nucleus_target(sum_bins(lane)); }
    let found = find_bin(lane, remaining);
    if (found.bin == NO_BIN) { return Place(0u, 0u); }
    remaining = found.left;
    let digit = found.bin << digit_shift(pass_index);
    if (pass_index < KEY_PASSES) { place.key |= digit; } else { place.id_key |= digit; }
  }
  return place;
}
