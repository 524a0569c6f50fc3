// The end of attention_1token: joins the parts that splits have left, which is a matter of latency: a word takes half a microsecond.
// With FEW_SPLITS one workgroup does it for all heads at once; with more, several take a head each (shared/attention/split_parts.wgsl).
const FEW_SPLITS = 8u;

// The shares of four splits of a head, which lie one after another.
fn shares_from(at: u32) -> vec4f { return vec4f(squares[at], squares[at + 1u], squares[at + 2u], squares[at + 3u]); }

// Joins the parts of `used` splits of all heads into `pieces`; those of the first head begin at `at`. Lanes: 8 heads × 32 splits, for their
// shares; then a lane takes four columns, of four splits at a time.
fn join_all(lane: u32, at: u32, heads: u32, used: u32) {
  let head = lane / 32u;
  let split = lane % 32u;
  var own = vec2f(LOWEST, 0.0);
  if (head < heads && split < used) {
    let words = at + (head * SPLITS + split) * PART_WORDS + HEAD_DIM;
    own = settle(vec4u(take_word(words), take_word(words + 1u), EMPTY, EMPTY), words, 1u, 2u).xy;
  }
  squares[lane] = own.x;
  workgroupBarrier();
  var largest = LOWEST;
  for (var i = 0u; i < 32u; i++) { largest = max(largest, squares[head * 32u + i]); }
  let share = exp(own.x - largest);
  pieces[lane] = share * own.y;
  workgroupBarrier();
  var total = 0.0;
  for (var i = 0u; i < 32u; i++) { total += pieces[head * 32u + i]; }
  squares[lane] = select(0.0, share / total, split < used);
  workgroupBarrier();
  let columns = vec4u(lane, lane + 256u, lane + 512u, lane + 768u);
  let of_head = min(columns / HEAD_DIM, vec4u(heads - 1u));
  let column_at = at + of_head * SPLITS * PART_WORDS + columns % HEAD_DIM;
  let there = columns < vec4u(heads * HEAD_DIM);
  var sum = vec4f();
  for (var first = 0u; first < used; first += 4u) {
    let start = column_at + first * PART_WORDS;
    let count = select(vec4u(), vec4u(used - first), there);
    let a = take_if(there.x, start.x);
    let b = take_if(there.y, start.y);
    let c = take_if(there.z, start.z);
    let d = take_if(there.w, start.w);
    sum += vec4f(
      dot(shares_from(of_head.x * 32u + first), settle(a, start.x, PART_WORDS, count.x)),
      dot(shares_from(of_head.y * 32u + first), settle(b, start.y, PART_WORDS, count.y)),
      dot(shares_from(of_head.z * 32u + first), settle(c, start.z, PART_WORDS, count.z)),
      dot(shares_from(of_head.w * 32u + first), settle(d, start.w, PART_WORDS, count.w)));
  }
  for (var i = 0u; i < 4u; i++) {
    if (there[i]) { pieces[JOINED + columns[i]] = sum[i]; }
  }
  workgroupBarrier();
}

// Where all columns are there, which is known before, without a branch.
fn take_if(there: bool, at: u32) -> vec4u {
  if ((HEAD_DIM == 128u && GROUP % HEADS == 0u) || there) { return take_words(at, PART_WORDS); }
  return vec4u(EMPTY);
}

// Joins the parts of `used` splits of a head, which begin at `at`, into its row of `pieces`. Lanes: a split each, for its share; then 128
// columns × 2, each with every other four of the splits, all under way before the first is looked at.
fn join_head(lane: u32, at: u32, head: u32, used: u32) {
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
    squares[32u + lane] = share;
  }
  workgroupBarrier();
  var total = 0.0;
  for (var i = 0u; i < 32u; i++) { total += pieces[i]; }
  let shares_at = 32u + 4u * half;
  let sum = dot(shares_from(shares_at), settle(a, start, PART_WORDS, left))
    + dot(shares_from(shares_at + 8u), settle(b, start + stride, PART_WORDS, max(left, 8u) - 8u))
    + dot(shares_from(shares_at + 16u), settle(c, start + 2u * stride, PART_WORDS, max(left, 16u) - 16u))
    + dot(shares_from(shares_at + 24u), settle(d, start + 3u * stride, PART_WORDS, max(left, 24u) - 24u));
  workgroupBarrier();
  pieces[lane] = sum;
  workgroupBarrier();
  if (lane < HEAD_DIM) { pieces[JOINED + head * HEAD_DIM + lane] = (pieces[lane] + pieces[lane + 128u]) / total; }
  workgroupBarrier();
}

fn joined_four(at: u32) -> vec4f { return vec4f(pieces[at], pieces[at + 1u], pieces[at + 2u], pieces[at + 3u]); }

// `count` tiles of 16 columns of what is joined, from `first` on, as int8 blocks; of the workgroup's heads, which begin at tile `at`.
fn store_blocks(lane: u32, at: u32, first: u32, count: u32) {
  if (lane >= count) { return; }
  let tile = first + lane;
  let columns = JOINED + tile * 16u;
  let stored = quantize_block(joined_four(columns), joined_four(columns + 4u), joined_four(columns + 8u), joined_four(columns + 12u));
  for (var i = 0u; i < 4u; i++) { atomicStore(&attended[(at + tile) * 4u + i], stored.words[i]); }
  atomicStore(&attended[SCALES_AT + (at + tile) * 2u], bitcast<u32>(stored.scale));
  atomicStore(&attended[SCALES_AT + (at + tile) * 2u + 1u], bitcast<u32>(stored.sum));
}

// Those heads whose bit is set. All lanes must come here with the same bits.
fn join_heads(lane: u32, heads: u32, head_row: u32, used: u32) {
  for (var head = 0u; head < HEADS; head++) {
    if ((heads & (1u << head)) == 0u) { continue; }
    join_head(lane, PARTS_AT + (head_row + head) * SPLITS * PART_WORDS, head, used);
    store_blocks(lane, head_row * HEAD_DIM / 16u, head * HEAD_DIM / 16u, HEAD_DIM / 16u);
  }
}
