// The middle of a kernel of tiles: 8 fragments of 16 rows of weights times TILE rows of activations, as halves, by matrix units
// (slot fragments). Two fragments of rows, f and f + 4, and half of the tile belong to each of 8 subgroups of 32 lanes (slot
// share). 64 columns at a time.
//   in  input  [rows, GROUPS · 256] halves (half_rows.wgsl)
// The kernel has tile_block(fragment, row, block), tile_row(t) and store_four(t, row, first, second): four consecutive rows
// of the first 64 and the same of the others.
#import "packed_block"
#import "half_rows"
#import "tile_of"
#import "fragments"
#import "share"
@group(0) @binding(0) var<storage, read> input: array<vec4u>;
@group(0) @binding(1) var<storage, read> input_scales: array<vec4u>; // not used in this form
alias Block = PackedBlock;
override GROUPS: u32; // of 256 columns in a row, the last one filled up with zeros
var<workgroup> staged: array<Fragment, 8u + TILE / 16u>; // of weights, then of activations

fn piece_place(t: u32) -> u32 { return tile_row(t) * GROUPS * 32u; }

fn four_pairs(words: vec2u, offset: f32, scale: f32, minimum: f32) -> vec4u {
  return vec4u(
    half_pair(words.x, offset, scale, minimum), half_pair(words.x >> 8u, offset, scale, minimum),
    half_pair(words.y, offset, scale, minimum), half_pair(words.y >> 8u, offset, scale, minimum));
}

fn stage_block(block: Block, fragment: u32, at: u32) {
  let scale = block.scale * WEIGHT_SCALE;
  let minimum = block.minimum * WEIGHT_SCALE;
  staged[fragment][at] = four_pairs(block.low.xy, block.offset, scale.x, minimum);
  staged[fragment][at + 1u] = four_pairs(block.low.zw, block.offset, scale.x, minimum);
  staged[fragment][at + 2u] = four_pairs(block.high.xy, block.offset, scale.y, minimum);
  staged[fragment][at + 3u] = four_pairs(block.high.zw, block.offset, scale.y, minimum);
}

fn multiply_part(part: u32, fragment: u32, share_at: u32, sums: ptr<function, Share>) {
  multiply_share(right_columns(fragment, part), right_columns(fragment + 4u, part), share_at, part, sums);
}

fn multiply_tile(lane: u32) {
  enter_fragments(lane);
  let subgroup = lane / 32u;
  let fragment = subgroup % 4u;
  let first_token = (subgroup / 4u) * (TILE / 2u);
  let share_at = 8u + first_token / 16u;
  // The fragment, its row, and the block of 32 columns that this lane brings.
  let brought = (lane / 16u) % 8u;
  let row = lane & 15u;
  let half = lane / 128u;
  let place = row * PITCH + half * 4u;
  var sums: Share;
  load_pieces(lane, 0u);
  var block = tile_block(brought, row, half);
  for (var step = 0u; step < GROUPS * 4u; step++) {
    stage_block(block, brought, place);
    stage_pieces(lane);
    workgroupBarrier();
    // On their way while the products are made.
    let next = min(step + 1u, GROUPS * 4u - 1u);
    load_pieces(lane, next);
    block = tile_block(brought, row, next * 2u + half);
    multiply_part(0u, fragment, share_at, &sums);
    multiply_part(1u, fragment, share_at, &sums);
    multiply_part(2u, fragment, share_at, &sums);
    multiply_part(3u, fragment, share_at, &sums);
    workgroupBarrier();
  }
  store_share(lane, first_token, &sums);
}

// A product's row is one of activations, its columns rows of weights. Each subgroup has a fragment's room for two of them.
fn store_fragments(lane: u32, first_token: u32, first: Sums, second: Sums) {
  let subgroup = lane / 32u;
  store_rows(subgroup, 0u, first);
  store_rows(subgroup, 1u, second);
  workgroupBarrier();
  for (var i = lane & 31u; i < 64u; i += 32u) {
    let at = (i / 4u) * PITCH + i % 4u;
    store_four(first_token + i / 4u, (subgroup % 4u) * 16u + (i % 4u) * 4u,
      bitcast<vec4f>(staged[subgroup][at]), bitcast<vec4f>(staged[subgroup][at + 4u]));
  }
  workgroupBarrier();
}
