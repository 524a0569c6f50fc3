// The end of attention_1token: joins the parts that the splits of a head have left.

// Joins the parts of `used` splits of a head, which begin at `at`, into its row of `rows`. Lanes: a split each, for its share; then 128
// columns × 2, each with every other four of the splits, all under way before the first is looked at: a word takes half a microsecond.
fn join_parts(lane: u32, at: u32, head: u32, used: u32) {
  var own = vec2f(LOWEST, 0.0);
  if (lane < used) {
    let words = at + lane * PART_WORDS + HEAD_DIM;
    own = settle(vec4u(take_word(words), take_word(words + 1u), EMPTY, EMPTY), words, 1u, 2u).xy;
  }
  let column = lane % 128u;
  let half = lane / 128u;
  let start = at + half * 4u * PART_WORDS + min(column, HEAD_DIM - 1u);
  let stride = 8u * PART_WORDS;
  // Of the splits from half · 4 on, none where there is nothing for this lane.
  let left = select(0u, max(used, half * 4u) - half * 4u, column < HEAD_DIM);
  var a = vec4u();
  var b = vec4u();
  var c = vec4u();
  var d = vec4u();
  if (left > 0u) { a = take_words(start, PART_WORDS); }
  if (left > 8u) { b = take_words(start + stride, PART_WORDS); }
  if (left > 16u) { c = take_words(start + 2u * stride, PART_WORDS); }
  if (left > 24u) { d = take_words(start + 3u * stride, PART_WORDS); }
  workgroupBarrier();
  if (lane < 32u) { squares[lane] = own.x; }
  workgroupBarrier();
  var largest = LOWEST;
  for (var i = 0u; i < 32u; i++) { largest = max(largest, squares[i]); }
  let share = exp(own.x - largest);
  if (lane < 32u) {
    pieces[lane] = share * own.y;
    weights[lane / 4u][lane % 4u] = share;
  }
  workgroupBarrier();
  var total = 0.0;
  for (var i = 0u; i < 32u; i++) { total += pieces[i]; }
  let sum = dot(weights[half], settle(a, start, PART_WORDS, left))
    + dot(weights[half + 2u], settle(b, start + stride, PART_WORDS, max(left, 8u) - 8u))
    + dot(weights[half + 4u], settle(c, start + 2u * stride, PART_WORDS, max(left, 16u) - 16u))
    + dot(weights[half + 6u], settle(d, start + 3u * stride, PART_WORDS, max(left, 24u) - 24u));
  workgroupBarrier();
  pieces[lane] = sum;
  workgroupBarrier();
  if (lane < HEAD_DIM) { rows[(head * HEAD_DIM + lane) / 4u][lane % 4u] = (pieces[lane] + pieces[lane + 128u]) / total; }
  workgroupBarrier();
}

// `count` tiles of 16 columns of `rows` from `first` on, as int8 blocks; of the workgroup's heads, which begin at tile `at`.
fn store_blocks(lane: u32, at: u32, first: u32, count: u32) {
  if (lane >= count) { return; }
  let tile = first + lane;
  let stored = quantize_block(rows[tile * 4u], rows[tile * 4u + 1u], rows[tile * 4u + 2u], rows[tile * 4u + 3u]);
  for (var i = 0u; i < 4u; i++) { atomicStore(&attended[(at + tile) * 4u + i], stored.words[i]); }
  atomicStore(&attended[SCALES_AT + (at + tile) * 2u], bitcast<u32>(stored.scale));
  atomicStore(&attended[SCALES_AT + (at + tile) * 2u + 1u], bitcast<u32>(stored.sum));
}

// Those heads whose bit is set. All lanes must come here with the same bits.
fn join_heads(lane: u32, heads: u32, head_row: u32, used: u32) {
  for (var head = 0u; head < HEADS; head++) {
    if ((heads & (1u << head)) == 0u) { continue; }
    join_parts(lane, PARTS_AT + (head_row + head) * SPLITS * PART_WORDS, head, used);
    store_blocks(lane, head_row * HEAD_DIM / 16u, head * HEAD_DIM / 16u, HEAD_DIM / 16u);
  }
}
