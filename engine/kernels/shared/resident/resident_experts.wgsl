// The chosen experts and their sum in the resident layers.
fn gate_sum(second: bool, group: u32, lane: u32) -> f32 {
  if (second) { return experts_second_sum(group, HIDDEN_GROUPS, lane % 16u, lane / 16u, 0u); }
  return experts_first_sum(group, HIDDEN_GROUPS, lane % 16u, lane / 16u, 0u);
}

fn down_sum(second: bool, group: u32, tile: u32, lane: u32) -> f32 {
  if (second) { return down_second_experts(group, tile, TILES, INNER_GROUPS, USED, lane % 16u, lane / 16u); }
  return down_first_experts(group, tile, TILES, INNER_GROUPS, USED, lane % 16u, lane / 16u);
}

// silu(gate · x) ⊙ (up · x) of the chosen experts, a tile of gate and of up at a time.
fn gate_and_up(n: u32, workgroup: u32, lane: u32) {
  let layer = table[n];
  let tag = tag_after_attention(layer.number);
  take_hidden(lane, tag);
  // By other lanes than those that take blocks and squares, where there are enough.
  take_logits(layer.number, (lane + LANES / 4u) % LANES);
  workgroupBarrier();
  rank_experts(lane);
  workgroupBarrier();
  weigh_experts(lane);
  for (var u = 0u; u < INNER_UNITS; u++) {
    // Past the end the last one again: without a branch a unit's loads go out before the products of the one before.
    let unit = min(workgroup + u * WORKGROUPS, USED * INNER_TILES - 1u);
    let group = (chosen_ids[unit / INNER_TILES] * INNER_TILES + unit % INNER_TILES) * HIDDEN_GROUPS;
    leave_share(2u * u, gate_sum(is_second(layer.second, 16u), layer.gate + group, lane), lane % 16u, lane / 16u);
    leave_share(2u * u + 1u, gate_sum(is_second(layer.second, 32u), layer.up + group, lane), lane % 16u, lane / 16u);
  }
  workgroupBarrier();
  if (workgroup == 0u && lane < USED) {
    record[layer.record + lane] = chosen_ids[lane];
    record[layer.record + RECORD_WEIGHTS_AT + lane] = bitcast<u32>(chosen_weights[lane]);
  }
  let unit = workgroup + lane / 16u * WORKGROUPS;
  let there = lane < 16u * INNER_UNITS && unit < USED * INNER_TILES;
  var value = 0.0;
  if (there) {
    let scale = norm_scale();
    let gate = row_sum(lane / 16u * 2u, lane % 16u) * scale;
    value = gate / (1.0 + exp(-gate)) * row_sum(lane / 16u * 2u + 1u, lane % 16u) * scale;
  }
  show_tiles(lane, value, 0.0);
  if (lane >= whole_subgroups(16u * INNER_UNITS)) { return; }
  let stored = tile_block(lane, value);
  if (there && lane % 16u < BLOCK_WORDS) { put_block_word(INNER_AT, USED * INNER_TILES, unit, stored, lane % 16u, tag); }
}

// Down's weights come near while there is nothing else to do: a lane reads a word of each 32 bytes that its workgroup will want, as
// far as both types reach, and waits for them.
const SLOT_SECTORS = INNER_GROUPS * min(FIRST_WORDS, SECOND_WORDS) / 2u;
const SLOT_LANES = LANES / USED;
var<private> fetched: u32; // read at the kernel's end, so that a compiler leaves the reading in

fn fetch_down(layer: Layer, workgroup: u32, lane: u32) {
  let words = select(FIRST_WORDS, SECOND_WORDS, is_second(layer.second, 64u));
  let slot = min(lane / SLOT_LANES, USED - 1u);
  let first = (layer.down + (chosen_ids[slot] * TILES + min(workgroup, TILES - 1u)) * INNER_GROUPS) * words;
  for (var i = lane % SLOT_LANES; i < SLOT_SECTORS; i += SLOT_LANES) { fetched ^= down[first + 2u * i].x; }
}

// hidden += Σ over the chosen experts of weight · (down · products).
fn down_and_add(n: u32, workgroup: u32, lane: u32, alone: bool) {
  let layer = table[n];
  let tag = tag_after_attention(layer.number);
  let own = read_own(workgroup, lane, layer.norms + LAYER_NORMS);
  if (alone && lane < USED) {
    // As the dispatch before has chosen.
    chosen_ids[lane] = record[layer.record + lane];
    chosen_weights[lane] = bitcast<f32>(record[layer.record + RECORD_WEIGHTS_AT + lane]);
  }
  if (!alone) { fetch_down(layer, workgroup, lane); }
  take_input(INNER_AT, USED * INNER_TILES, INNER_TILES, INNER_GROUPS * 16u, lane, tag);
  workgroupBarrier();
  for (var u = 0u; u < HIDDEN_UNITS; u++) {
    let tile = workgroup + u * WORKGROUPS;
    if (tile < TILES) { leave_share(u, down_sum(is_second(layer.second, 64u), layer.down, tile, lane), lane % 16u, lane / 16u); }
  }
  workgroupBarrier();
  add_to_hidden(own, workgroup, lane, tag_after_experts(layer.number), layer.number == LAYERS - 1u);
}
