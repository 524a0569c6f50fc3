// A subgroup's share of a tile of 128 rows of activations (tile_halves): 4 of its fragments, times two of weights. One
// member each, because drivers keep arrays of fragments in memory.
struct Share {
  first_0: Sums,
  second_0: Sums,
  first_1: Sums,
  second_1: Sums,
  first_2: Sums,
  second_2: Sums,
  first_3: Sums,
  second_3: Sums,
}
var<private> piece_0: vec4u;
var<private> piece_1: vec4u;
var<private> piece_2: vec4u;
var<private> piece_3: vec4u;

fn load_pieces(lane: u32, step: u32) {
  piece_0 = input[piece_place(lane / 8u) + step * 8u + lane % 8u];
  piece_1 = input[piece_place(lane / 8u + 32u) + step * 8u + lane % 8u];
  piece_2 = input[piece_place(lane / 8u + 64u) + step * 8u + lane % 8u];
  piece_3 = input[piece_place(lane / 8u + 96u) + step * 8u + lane % 8u];
}

fn stage_pieces(lane: u32) {
  let place = ((lane / 8u) % 16u) * PITCH + lane % 8u;
  staged[8u + lane / 128u][place] = piece_0;
  staged[10u + lane / 128u][place] = piece_1;
  staged[12u + lane / 128u][place] = piece_2;
  staged[14u + lane / 128u][place] = piece_3;
}

// `at`: the share's first fragment.
fn multiply_share(first: Right, second: Right, at: u32, part: u32, sums: ptr<function, Share>) {
  let left_0 = left_rows(at, part);
  let left_1 = left_rows(at + 1u, part);
  let left_2 = left_rows(at + 2u, part);
  let left_3 = left_rows(at + 3u, part);
  sums.first_0 = add_product(left_0, first, sums.first_0);
  sums.second_0 = add_product(left_0, second, sums.second_0);
  sums.first_1 = add_product(left_1, first, sums.first_1);
  sums.second_1 = add_product(left_1, second, sums.second_1);
  sums.first_2 = add_product(left_2, first, sums.first_2);
  sums.second_2 = add_product(left_2, second, sums.second_2);
  sums.first_3 = add_product(left_3, first, sums.first_3);
  sums.second_3 = add_product(left_3, second, sums.second_3);
}

fn store_share(lane: u32, first_token: u32, sums: ptr<function, Share>) {
  store_fragments(lane, first_token, sums.first_0, sums.second_0);
  store_fragments(lane, first_token + 16u, sums.first_1, sums.second_1);
  store_fragments(lane, first_token + 32u, sums.first_2, sums.second_2);
  store_fragments(lane, first_token + 48u, sums.first_3, sums.second_3);
}
