// A subgroup's share of a tile of 64 rows of activations (tile_halves): 2 of its fragments, times two of weights. One
// member each, because drivers keep arrays of fragments in memory.
struct Share {
  first_0: Sums,
  second_0: Sums,
  first_1: Sums,
  second_1: Sums,
}
var<private> piece_0: vec4u;
var<private> piece_1: vec4u;

fn load_pieces(lane: u32, step: u32) {
  piece_0 = input[piece_place(lane / 8u) + step * 8u + lane % 8u];
  piece_1 = input[piece_place(lane / 8u + 32u) + step * 8u + lane % 8u];
}

fn stage_pieces(lane: u32) {
  let place = ((lane / 8u) % 16u) * PITCH + lane % 8u;
  staged[8u + lane / 128u][place] = piece_0;
  staged[10u + lane / 128u][place] = piece_1;
}

// `at`: the share's first fragment.
fn multiply_share(first: Right, second: Right, at: u32, part: u32, sums: ptr<function, Share>) {
  let left_0 = left_rows(at, part);
  let left_1 = left_rows(at + 1u, part);
  sums.first_0 = add_product(left_0, first, sums.first_0);
  sums.second_0 = add_product(left_0, second, sums.second_0);
  sums.first_1 = add_product(left_1, first, sums.first_1);
  sums.second_1 = add_product(left_1, second, sums.second_1);
}

fn store_share(lane: u32, first_token: u32, sums: ptr<function, Share>) {
  store_fragments(lane, first_token, sums.first_0, sums.second_0);
  store_fragments(lane, first_token + 16u, sums.first_1, sums.second_1);
}
