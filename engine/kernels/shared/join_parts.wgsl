// The end of attention_1token, for the workgroup that comes last: joins the parts of `used` splits into `rows`. Lanes: 8 heads × 32
// splits; then a lane takes four columns of four splits at a time, and the next splits before it looks at what has come: each
// word is half a microsecond under way.
struct Taken { a: vec4u, b: vec4u, c: vec4u, d: vec4u } // of each column, four splits

fn join_parts(lane: u32, at: u32, heads: u32, used: u32) {
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
  weights[head * 8u + split / 4u][split % 4u] = select(0.0, share / total, split < used);
  workgroupBarrier();
  let columns = vec4u(lane, lane + 256u, lane + 512u, lane + 768u);
  let of_head = min(columns / HEAD_DIM, vec4u(heads - 1u));
  let column_at = at + of_head * SPLITS * PART_WORDS + columns % HEAD_DIM;
  let there = columns < vec4u(heads * HEAD_DIM);
  var sum = vec4f();
  var next = take_columns(column_at, there);
  for (var first = 0u; first < used; first += 4u) {
    let taken = next;
    let start = column_at + first * PART_WORDS;
    if (first + 4u < used) { next = take_columns(start + 4u * PART_WORDS, there); }
    let count = select(vec4u(), vec4u(used - first), there);
    sum += vec4f(
      dot(weights[of_head.x * 8u + first / 4u], settle(taken.a, start.x, PART_WORDS, count.x)),
      dot(weights[of_head.y * 8u + first / 4u], settle(taken.b, start.y, PART_WORDS, count.y)),
      dot(weights[of_head.z * 8u + first / 4u], settle(taken.c, start.z, PART_WORDS, count.z)),
      dot(weights[of_head.w * 8u + first / 4u], settle(taken.d, start.w, PART_WORDS, count.w)));
  }
  for (var i = 0u; i < 4u; i++) {
    if (there[i]) { rows[columns[i] / 4u][columns[i] % 4u] = sum[i]; }
  }
}

fn take_columns(at: vec4u, there: vec4<bool>) -> Taken {
  return Taken(take_if(there.x, at.x), take_if(there.y, at.y), take_if(there.z, at.z), take_if(there.w, at.w));
}

// Where all columns are there, which is known before, without a branch.
fn take_if(there: bool, at: u32) -> vec4u {
  if ((HEAD_DIM == 128u && GROUP % HEADS == 0u) || there) { return take_words(at, PART_WORDS); }
  return vec4u(EMPTY);
}
