// What attention of the resident layers leaves: blocks for the output projection, or partial results of splits of the keys, which
// join_heads makes into them.
const ALL_COLUMNS = HEADS * HEAD_DIM;
const SPLIT_WORDS = ALL_COLUMNS + 2u * HEADS; // Σ weight · value; of each head the largest score, then Σ weight
const SLICE = 32u; // columns that a workgroup of join_heads takes at once; KEY_SPLITS ≤ LANES / SLICE

// From lanes whose columns follow each other.
fn put_attended(lane: u32, value: f32, column: u32, there: bool, tag: u32) {
  show_tiles(lane, value, 0.0);
  let stored = tile_block(lane, value);
  if (there && lane % 16u < BLOCK_WORDS) { put_block_word(ATTENDED_AT, Q_TILES, column / 16u, stored, lane % 16u, tag); }
}

// Joins the splits of all heads, SLICE columns a workgroup; nothing to do where there is one.
fn join_heads(n: u32, workgroup: u32, lane: u32) {
  if (splits_at(position_of_step()) == 1u) { return; }
  let tag = tag_after_attention(table[n].number);
  let split = lane / SLICE;
  for (var first = workgroup * SLICE; first < ALL_COLUMNS; first += WORKGROUPS * SLICE) {
    let column = first + lane % SLICE;
    let head = column / HEAD_DIM;
    let at = PARTIALS_AT + split * SPLIT_WORDS;
    var part = vec4f(); // sum, largest, total
    if (split < KEY_SPLITS && column < ALL_COLUMNS) {
      let most_at = at + ALL_COLUMNS + head;
      part = bitcast<vec4f>(take_at(vec4u(at + column, most_at, most_at + HEADS, most_at), tag));
    }
    workgroupBarrier(); // other lanes may still read what was gathered before
    gathered[lane] = part;
    workgroupBarrier();
    var value = 0.0;
    if (lane < SLICE && column < ALL_COLUMNS) {
      var most = LOWEST;
      for (var s = 0u; s < KEY_SPLITS; s++) { most = max(most, gathered[s * SLICE + lane].y); }
      var total = 0.0;
      for (var s = 0u; s < KEY_SPLITS; s++) {
        let other = gathered[s * SLICE + lane];
        let share = exp(other.y - most);
        value += share * other.x;
        total += share * other.z;
      }
      value /= total;
    }
    put_attended(lane, value, column, lane < SLICE && column < ALL_COLUMNS, tag);
  }
}
