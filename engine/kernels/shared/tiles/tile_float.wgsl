// The middle of a kernel of tiles: 128 rows of weights times TILE rows of activations in f32. Both come to workgroup memory 32
// columns at a time; a lane holds the sums of four rows of the first 64, the same four of the others, and TOKENS rows of
// activations.
//   in  input  [rows, COLUMNS] f32
// The kernel has tile_block(fragment, row, block), tile_row(t) and store_four(t, row, first, second).
#import "values_block"
#import "tile_of"
@group(0) @binding(0) var<storage, read> input: array<vec4f>;
@group(0) @binding(1) var<storage, read> input_scales: array<vec4f>; // not used in this form
override GROUPS: u32; // of 256 columns in a row, the last one filled up with zero weights
override COLUMNS: u32; // a multiple of 4
const TOKENS = TILE * 16u / LANES; // TILE ≤ 32
const PITCH = 9u; // fours in 32 columns, and one so that rows start in different banks
var<workgroup> staged_weights: array<vec4f, 128u * PITCH>;
var<workgroup> staged_values: array<vec4f, TILE * PITCH>;

// Row 4a + b of each 64 lies in run b of 16, so that lanes, four rows each, read neighbours together.
fn place_of(row: u32) -> u32 { return ((row / 64u) * 64u + (row % 4u) * 16u + (row % 64u) / 4u) * PITCH; }

fn four_at(row: u32, four: u32) -> vec4f {
  if (four * 4u >= COLUMNS) { return vec4f(); }
  return input[row + four];
}

fn multiply_tile(lane: u32) {
  let rows_at = lane % 16u;
  let tokens_at = (lane / 16u) * TOKENS;
  // The other lanes bring a four of an activation each.
  let item = (lane + 128u) % LANES;
  let value_row = tile_row(min(item / 8u, TILE - 1u)) * (COLUMNS / 4u);
  var sums: array<array<vec4f, TOKENS>, 2>;
  for (var t = 0u; t < TOKENS; t++) {
    sums[0][t] = vec4f();
    sums[1][t] = vec4f();
  }
  var found: Block;
  if (lane < 128u) { found = tile_block(lane / 16u, lane % 16u, 0u); }
  var values = four_at(value_row, item % 8u);
  for (var block = 0u; block * 32u < COLUMNS; block++) {
    if (lane < 128u) {
      for (var i = 0u; i < 8u; i++) { staged_weights[place_of(lane) + i] = found[i]; }
    }
    if (item < 8u * TILE) { staged_values[(item / 8u) * PITCH + item % 8u] = values; }
    workgroupBarrier();
    // On their way while the products are made.
    let next = min(block + 1u, (COLUMNS - 1u) / 32u);
    if (lane < 128u) { found = tile_block(lane / 16u, lane % 16u, next); }
    values = four_at(value_row, next * 8u + item % 8u);
    for (var i = 0u; i < 8u; i++) {
      for (var half = 0u; half < 2u; half++) {
        let row = (half * 64u + rows_at) * PITCH + i;
        for (var t = 0u; t < TOKENS; t++) {
          let values = staged_values[(tokens_at + t) * PITCH + i];
          sums[half][t] += vec4f(
            dot(staged_weights[row], values), dot(staged_weights[row + 16u * PITCH], values),
            dot(staged_weights[row + 32u * PITCH], values), dot(staged_weights[row + 48u * PITCH], values));
        }
      }
    }
    workgroupBarrier();
  }
  for (var t = 0u; t < TOKENS; t++) { store_four(tokens_at + t, rows_at * 4u, sums[0][t], sums[1][t]); }
}
