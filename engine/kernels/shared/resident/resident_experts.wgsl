// Router, chosen experts and their sum in the resident layers.
var<workgroup> router_sums: array<f32, ROUTER_UNITS * LANES / SUBGROUP>;
var<workgroup> chosen_ids: array<u32, USED>;
var<workgroup> chosen_weights: array<f32, USED>;

fn slot_id(slot: u32) -> u32 { return chosen_ids[slot]; }
fn slot_share(slot: u32) -> f32 { return chosen_weights[slot]; }

// A workgroup an expert, four columns a lane: logit = rms · (weight · hidden ⊙ norm), in f32.
fn route(n: u32, workgroup: u32, lane: u32) {
  if (workgroup >= EXPERTS) { return; }
  let layer = table[n];
  let tag = tag_after_attention(layer.number);
  var weights: array<vec4f, ROUTER_UNITS * ROUTER_FOURS>;
  for (var u = 0u; u < ROUTER_UNITS; u++) {
    let expert = min(workgroup + u * WORKGROUPS, EXPERTS - 1u);
    let at = (layer.router + expert / 16u * HIDDEN_GROUPS) * 1024u + expert % 16u;
    for (var f = 0u; f < ROUTER_FOURS; f++) {
      weights[u * ROUTER_FOURS + f] = bitcast<vec4f>(dense[at + min(lane + f * LANES, HIDDEN / 4u - 1u) * 16u]);
    }
  }
  var columns: array<vec4f, ROUTER_FOURS>;
  for (var f = 0u; f < ROUTER_FOURS; f++) {
    columns[f] = vec4f();
    let four = lane + f * LANES;
    if (four < HIDDEN / 4u) { columns[f] = bitcast<vec4f>(take_four(ROUTED_AT + four, HIDDEN / 4u, tag)); }
  }
  take_squares(lane, tag);
  for (var u = 0u; u < ROUTER_UNITS; u++) {
    var sum = 0.0;
    for (var f = 0u; f < ROUTER_FOURS; f++) { sum += dot(weights[u * ROUTER_FOURS + f], columns[f]); }
    sum = subgroupAdd(sum);
    if (lane % SUBGROUP == 0u) { router_sums[u * (LANES / SUBGROUP) + lane / SUBGROUP] = sum; }
  }
  workgroupBarrier();
  let expert = workgroup + lane * WORKGROUPS;
  if (lane < ROUTER_UNITS && expert < EXPERTS) {
    var sum = 0.0;
    for (var i = 0u; i < LANES / SUBGROUP; i++) { sum += router_sums[lane * (LANES / SUBGROUP) + i]; }
    put_float(LOGITS_AT + expert, sum * norm_scale(), tag);
  }
}

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
  choose(LANES - 1u - lane, tag);
  workgroupBarrier();
  if (workgroup == 0u && lane < USED) {
    record[layer.record + lane] = chosen_ids[lane];
    record[layer.record + RECORD_WEIGHTS_AT + lane] = bitcast<u32>(chosen_weights[lane]);
  }
  for (var u = 0u; u < INNER_UNITS; u++) {
    let unit = workgroup + u * WORKGROUPS;
    if (unit < USED * INNER_TILES) {
      let group = (chosen_ids[unit / INNER_TILES] * INNER_TILES + unit % INNER_TILES) * HIDDEN_GROUPS;
      leave_share(2u * u, gate_sum(is_second(layer.second, 16u), layer.gate + group, lane), lane % 16u, lane / 16u);
      leave_share(2u * u + 1u, gate_sum(is_second(layer.second, 32u), layer.up + group, lane), lane % 16u, lane / 16u);
    }
  }
  workgroupBarrier();
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

// hidden += Σ over the chosen experts of weight · (down · products).
fn down_and_add(n: u32, workgroup: u32, lane: u32, alone: bool) {
  let layer = table[n];
  let tag = tag_after_attention(layer.number);
  let own = read_own(workgroup, lane, layer.norms + LAYER_NORMS);
  if (alone) { choose(LANES - 1u - lane, tag); }
  take_input(INNER_AT, USED * INNER_TILES, INNER_TILES, INNER_GROUPS * 16u, lane, tag);
  workgroupBarrier();
  for (var u = 0u; u < HIDDEN_UNITS; u++) {
    let tile = workgroup + u * WORKGROUPS;
    if (tile < TILES) { leave_share(u, down_sum(is_second(layer.second, 64u), layer.down, tile, lane), lane % 16u, lane / 16u); }
  }
  workgroupBarrier();
  add_to_hidden(own, workgroup, lane, tag_after_experts(layer.number), false, layer.number == LAYERS - 1u);
}
