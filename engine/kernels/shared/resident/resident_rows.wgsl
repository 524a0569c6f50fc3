// Matrix products of the resident layers: activations come from the exchange into workgroup memory, 16 · SPLITS lanes share a
// tile of 16 rows, a lane takes one row and every SPLITS-th run of BLOCKS blocks, as the kernels of single tokens do.
const PAIRED = SUBGROUP >= 32u; // two lanes of a subgroup have shares of the same row
const SHARES = select(SPLITS, SPLITS / 2u, PAIRED); // of a row's sum, left in workgroup memory
var<workgroup> input: array<vec4u, INPUT_BLOCKS>;
var<workgroup> input_scales: array<vec2f, INPUT_BLOCKS>; // scale, scale·Σ values
var<workgroup> squares: array<f32, SQUARES>;
var<workgroup> shares: array<f32, MOST_SUMS * 16u * SHARES>;

fn dot_block(weights: PackedBlock, block: u32) -> f32 {
  return dot_scaled(weights, input[block * 2u], input[block * 2u + 1u],
    vec4f(input_scales[block * 2u], input_scales[block * 2u + 1u]));
}

// Blocks of the exchange, `of_slot` a slot, into slots of `room` blocks. Known after the next barrier.
fn take_input(at: u32, blocks: u32, of_slot: u32, room: u32, lane: u32, tag: u32) {
  for (var i = lane; i < blocks; i += LANES) {
    let taken = take_block(at, blocks, i, tag);
    let ones = vec4u(0x01010101u);
    let sum = dot4I8Packed(taken.values.x, ones.x) + dot4I8Packed(taken.values.y, ones.y)
      + dot4I8Packed(taken.values.z, ones.z) + dot4I8Packed(taken.values.w, ones.w);
    let to = i / of_slot * room + i % of_slot;
    input[to] = taken.values;
    input_scales[to] = vec2f(taken.scale, taken.scale * f32(sum));
  }
}

// Σ hidden² of the tiles, by subgroups; norm_scale adds them up after the next barrier. All lanes come to the shuffles, with 0 where
// they have nothing: where some might have left the loop, a driver keeps account of who is there, in the whole kernel, for a third of
// its time (engine/LOG.md).
fn take_squares(lane: u32, tag: u32) {
  for (var first = 0u; first < SQUARES * SUBGROUP; first += LANES) {
    // By other lanes than those that take blocks, where there are enough.
    let i = first + (lane + LANES / 2u) % LANES;
    var square = 0.0;
    if (i < TILES) { square = take_float(SQUARES_AT + i, tag); }
    for (var step = 1u; step < SUBGROUP; step *= 2u) { square += subgroupShuffleXor(square, step); }
    if (i % SUBGROUP == 0u && i < SQUARES * SUBGROUP) { squares[i / SUBGROUP] = square; }
  }
}

fn take_hidden(lane: u32, tag: u32) {
  take_input(HIDDEN_AT, TILES, TILES, TILES, lane, tag);
  take_squares(lane, tag);
}

// Lanes of the subgroups that so many lanes are in.
fn whole_subgroups(lanes: u32) -> u32 { return (lanes + SUBGROUP - 1u) / SUBGROUP * SUBGROUP; }

fn norm_scale() -> f32 {
  var sum = 0.0;
  for (var i = 0u; i < SQUARES; i++) { sum += squares[i]; }
  return inverseSqrt(sum / f32(HIDDEN) + EPSILON);
}

// The share of a row's sum `sum` that a lane has.
fn leave_share(sum: u32, share: f32, row: u32, split: u32) {
  if (PAIRED) {
    let both = share + subgroupShuffleXor(share, 16u);
    if ((split & 1u) == 0u) { shares[(sum * SHARES + split / 2u) * 16u + row] = both; }
  } else {
    shares[(sum * SHARES + split) * 16u + row] = share;
  }
}

fn row_sum(sum: u32, row: u32) -> f32 {
  var all = 0.0;
  for (var i = 0u; i < SHARES; i++) { all += shares[(sum * SHARES + i) * 16u + row]; }
  return all;
}

// Whether a matrix of the layer is of the second type; known beforehand where it is so in no layer.
fn is_second(layer: u32, role: u32) -> bool { return (SECOND_EVER & role) != 0u && (layer & role) != 0u; }

fn dense_sum(second: bool, first_group: u32, groups: u32, lane: u32) -> f32 {
  if (second) { return dense_second_sum(first_group, groups, lane % 16u, lane / 16u, 0u); }
  return dense_first_sum(first_group, groups, lane % 16u, lane / 16u, 0u);
}

// q, k and v: qkv = rms · (weight · hidden ⊙ norm).
fn project(n: u32, workgroup: u32, lane: u32) {
  let layer = table[n];
  take_hidden(lane, tag_before(layer.number));
  workgroupBarrier();
  for (var u = 0u; u < PROJECT_UNITS; u++) {
    let tile = workgroup + u * WORKGROUPS;
    if (tile < Q_TILES) {
      leave_share(u, dense_sum(is_second(layer.second, 1u), layer.q + tile * HIDDEN_GROUPS, HIDDEN_GROUPS, lane), lane % 16u, lane / 16u);
    } else if (tile < Q_TILES + KV_TILES) {
      let first = layer.k + (tile - Q_TILES) * HIDDEN_GROUPS;
      leave_share(u, dense_sum(is_second(layer.second, 2u), first, HIDDEN_GROUPS, lane), lane % 16u, lane / 16u);
    } else if (tile < Q_TILES + 2u * KV_TILES) {
      let first = layer.v + (tile - Q_TILES - KV_TILES) * HIDDEN_GROUPS;
      leave_share(u, dense_sum(is_second(layer.second, 4u), first, HIDDEN_GROUPS, lane), lane % 16u, lane / 16u);
    }
  }
  workgroupBarrier();
  let tile = workgroup + lane / 16u * WORKGROUPS;
  if (lane < 16u * PROJECT_UNITS && tile < Q_TILES + 2u * KV_TILES) {
    put_float(QKV_AT + tile * 16u + lane % 16u, row_sum(lane / 16u, lane % 16u) * norm_scale(), tag_after_attention(layer.number));
  }
}

// A workgroup keeps its tiles of the hidden state exactly, in words that no other reads.
struct Own { hidden: f32, norm: f32 }

fn read_own(workgroup: u32, lane: u32, norm_at: u32) -> Own {
  let tile = workgroup + lane / 16u * WORKGROUPS;
  if (lane >= 16u * HIDDEN_UNITS || tile >= TILES) { return Own(0.0, 0.0); }
  let column = tile * 16u + lane % 16u;
  return Own(bitcast<f32>(atomicLoad(&exchange[OWN_AT + column])), norms[norm_at + column]);
}

// hidden += the rows' sums; leaves what the next norm's consumers need.
fn add_to_hidden(own: Own, workgroup: u32, lane: u32, tag: u32, last: bool) {
  let tile = workgroup + lane / 16u * WORKGROUPS;
  let there = lane < 16u * HIDDEN_UNITS && tile < TILES;
  var value = 0.0;
  if (there) { value = own.hidden + row_sum(lane / 16u, lane % 16u); }
  let normed = value * own.norm;
  if (lane < 16u * HIDDEN_UNITS) { routed[lane] = normed; }
  show_tiles(lane, normed, value * value);
  if (lane >= whole_subgroups(16u * HIDDEN_UNITS)) { return; }
  let stored = tile_block(lane, normed);
  let square = tile_sum(lane, value * value);
  if (!there) { return; }
  let i = lane % 16u;
  let column = tile * 16u + i;
  if (last) {
    if (i < 4u) { folded[tile * 4u + i] = component(stored.words, i); }
    if (i == 4u) { folded[FOLDED_SCALES_AT + tile * 2u] = bitcast<u32>(stored.scale); }
    if (i == 5u) { folded[FOLDED_SCALES_AT + tile * 2u + 1u] = bitcast<u32>(stored.sum); }
    if (i == 6u) { folded[FOLDED_SUMS_AT + tile] = bitcast<u32>(square); }
    return;
  }
  if (i < BLOCK_WORDS) { put_block_word(HIDDEN_AT, TILES, tile, stored, i, tag); }
  if (i == BLOCK_WORDS) { put_float(SQUARES_AT + tile, square, tag); }
  atomicStore(&exchange[OWN_AT + column], bitcast<u32>(value));
}

// The output projection, and the router.
fn project_output(n: u32, workgroup: u32, lane: u32) {
  let layer = table[n];
  let own = read_own(workgroup, lane, layer.norms + HIDDEN);
  let weights = router_weights(layer.router, workgroup, lane);
  take_input(ATTENDED_AT, Q_TILES, Q_TILES, Q_TILES, lane, tag_after_attention(layer.number));
  workgroupBarrier();
  for (var u = 0u; u < HIDDEN_UNITS; u++) {
    let tile = workgroup + u * WORKGROUPS;
    if (tile < TILES) {
      leave_share(u, dense_sum(is_second(layer.second, 8u), layer.output + tile * ATTENDED_GROUPS, ATTENDED_GROUPS, lane), lane % 16u, lane / 16u);
    }
  }
  workgroupBarrier();
  add_to_hidden(own, workgroup, lane, tag_after_attention(layer.number), false);
  workgroupBarrier();
  add_to_logits(layer.number, workgroup, lane, weights);
}
