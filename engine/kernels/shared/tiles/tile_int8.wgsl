// The middle of a kernel of tiles: 128 rows of weights times TILE rows of activations by integer dots. Both come to workgroup
// memory 32 columns at a time; a lane holds the sums of four rows of the first 64, the same four of the others, and TOKENS rows
// of activations.
//   in  input         [rows, GROUPS · 16] × 16 int8 (quantize_rows)
//   in  input_scales  [rows, GROUPS · 8] × (scale, scale·Σ of values 0–15; the same of 16–31)
// The kernel has tile_block(fragment, row, block), tile_row(t) and store_four(t, row, first, second).
#import "packed_block"
#import "tile_of"
requires packed_4x8_integer_dot_product;
@group(0) @binding(0) var<storage, read> input: array<vec4u>;
@group(0) @binding(1) var<storage, read> input_scales: array<vec4f>;
alias Block = PackedBlock;
override GROUPS: u32; // of 256 columns in a row, the last one filled up with zeros
const TOKENS = TILE * 16u / LANES; // TILE ≤ 64
const PITCH = 17u; // of a run of 16 rows, every fourth of 64: rows that lanes stage and read together start in different banks
const STAGED = 8u * PITCH;
var<workgroup> low_weights: array<vec4u, STAGED>;
var<workgroup> high_weights: array<vec4u, STAGED>;
var<workgroup> scales_of_weights: array<vec4f, STAGED>; // of low and high, minimum
var<workgroup> low_values: array<vec4u, TILE>;
var<workgroup> high_values: array<vec4u, TILE>;
var<workgroup> scales_of_values: array<vec4f, TILE>; // of low and high, both sums

fn place_of(row: u32) -> u32 { return ((row / 64u) * 4u + row % 4u) * PITCH + (row % 64u) / 4u; }

// Values less the offset of their type, which leaves int8.
fn less(words: vec4u, offset: f32) -> vec4u {
  if (offset == 0.0) { return words; }
  return ((words | vec4u(0x80808080u)) - vec4u(u32(offset) * 0x01010101u)) ^ vec4u(0x80808080u);
}

fn dot16(weights: vec4u, values: vec4u) -> f32 {
  return f32(dot4I8Packed(weights.x, values.x) + dot4I8Packed(weights.y, values.y)
    + dot4I8Packed(weights.z, values.z) + dot4I8Packed(weights.w, values.w));
}

fn row_product(row: u32, t: u32) -> f32 {
  let weights = scales_of_weights[row];
  let values = scales_of_values[t];
  return weights.x * values.x * dot16(low_weights[row], low_values[t])
    + weights.y * values.y * dot16(high_weights[row], high_values[t]) - weights.z * values.z;
}

fn multiply_tile(lane: u32) {
  let rows_at = lane % 16u;
  let tokens_at = (lane / 16u) * TOKENS;
  // The other lanes bring the first half of each block of activations (with its scales) or the second.
  let item = (lane + 128u) % LANES;
  let values_at = tile_row(min(item / 2u, TILE - 1u)) * GROUPS * 8u;
  let place = place_of(lane % 128u);
  var sums: array<array<vec4f, TOKENS>, 2>;
  for (var t = 0u; t < TOKENS; t++) {
    sums[0][t] = vec4f();
    sums[1][t] = vec4f();
  }
  var found: Block;
  if (lane < 128u) { found = tile_block(lane / 16u, lane % 16u, 0u); }
  var values = input[values_at * 2u + (item & 1u)];
  var scales = input_scales[values_at];
  for (var block = 0u; block < GROUPS * 8u; block++) {
    if (lane < 128u) {
      low_weights[place] = less(found.low, found.offset);
      high_weights[place] = less(found.high, found.offset);
      scales_of_weights[place] = vec4f(found.scale, found.minimum, 0.0);
    }
    if (item < 2u * TILE) {
      if ((item & 1u) == 0u) {
        low_values[item / 2u] = values;
        scales_of_values[item / 2u] = vec4f(scales.x, scales.z, scales.y + scales.w, 0.0);
      } else {
        high_values[item / 2u] = values;
      }
    }
    workgroupBarrier();
    // On their way while the products are made.
    let next = min(block + 1u, GROUPS * 8u - 1u);
    if (lane < 128u) { found = tile_block(lane / 16u, lane % 16u, next); }
    values = input[(values_at + next) * 2u + (item & 1u)];
    scales = input_scales[values_at + next];
    for (var half = 0u; half < 2u; half++) {
      let row = half * 4u * PITCH + rows_at;
      for (var t = 0u; t < TOKENS; t++) {
        let token = tokens_at + t;
        sums[half][t] += vec4f(
          row_product(row, token), row_product(row + PITCH, token),
          row_product(row + 2u * PITCH, token), row_product(row + 3u * PITCH, token));
      }
    }
    workgroupBarrier();
  }
  for (var t = 0u; t < TOKENS; t++) { store_four(tokens_at + t, rows_at * 4u, sums[0][t], sums[1][t]); }
}
