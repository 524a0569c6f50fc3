// A subgroup's share of a tile of 32 rows of activations (tile_halves): 1 of its fragments, times two of weights. One
// member each, because drivers keep arrays of fragments in memory.
struct Share {
  first_0: Sums,
  second_0: Sums,
}
var<private> piece_0: vec4u;

fn load_pieces(lane: u32, step: u32) {
  piece_0 = input[piece_place(lane / 8u) + step * 8u + lane % 8u];
}

fn stage_pieces(lane: u32) {
  let place = ((lane / 8u) % 16u) * PITCH + lane % 8u;
  staged[8u + lane / 128u][place] = piece_0;
}

// `at`: the share's first fragment.
fn multiply_share(first: Right, second: Right, at: u32, part: u32, sums: ptr<function, Share>) {
  let left_0 = left_rows(at, part);
  sums.first_0 = add_product(left_0, first, sums.first_0);
  sums.second_0 = add_product(left_0, second, sums.second_0);
}

fn store_share(lane: u32, first_token: u32, sums: ptr<function, Share>) {
  store_fragments(lane, first_token, sums.first_0, sums.second_0);
}
