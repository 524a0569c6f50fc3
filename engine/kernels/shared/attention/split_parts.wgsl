// What the workgroups of a KV head leave for one another in the atomic words of `attended`: the parts of their splits of the context, how
// many of them are done, and who joins which head. WGSL's atomics order nothing but themselves, so that a part may be looked for
// before it can be seen. Its words therefore tell by themselves whether they are there (EMPTY: not yet), and taking one leaves it
// EMPTY for the next launch. Only stores that have been made are waited for: no promise of progress is needed.
override ARRIVALS_AT: u32; // for each x: generation · 256 + workgroups done; then, for each of 8 heads, the generation that it is joined in
override PARTS_AT: u32;
const HEADS = 8u; // of a workgroup
const EMPTY = 0u; // what a new buffer holds
const NO_NUMBER = 0x7fa5a5a5u; // a NaN that arithmetic does not make: its word would be EMPTY
const MOST_LOOKS = 1u << 20u; // then the missing number is NO_NUMBER, which reaches the logits
const PATIENCE = 32u; // looks of a workgroup that came earlier for the last one, about half a microsecond each
var<workgroup> own_heads: u32; // a bit for each head that this workgroup joins
var<workgroup> head_taken: array<bool, HEADS>;

fn put_part(at: u32, value: f32) { atomicStore(&attended[at], max(bitcast<u32>(value) ^ NO_NUMBER, EMPTY + 1u)); }

fn take_word(at: u32) -> u32 { return atomicExchange(&attended[at], EMPTY); }

// Four words, `stride` apart; to be settled.
fn take_words(at: u32, stride: u32) -> vec4u {
  return vec4u(take_word(at), take_word(at + stride), take_word(at + 2u * stride), take_word(at + 3u * stride));
}

// The numbers of the first `count` of four words that were taken; 0 for the others.
fn settle(taken: vec4u, at: u32, stride: u32, count: u32) -> vec4f {
  var words = taken;
  let wanted = vec4u(0u, 1u, 2u, 3u) < vec4u(count);
  for (var look = 0u; look < MOST_LOOKS && any(wanted & (words == vec4u(EMPTY))); look++) {
    for (var i = 0u; i < 4u; i++) {
      if (wanted[i] && words[i] == EMPTY) { words[i] = take_word(at + i * stride); }
    }
  }
  return select(vec4f(), bitcast<vec4f>(words ^ vec4u(NO_NUMBER)), wanted);
}

fn arrivals_at(group: u32) -> u32 { return ARRIVALS_AT + group * (HEADS + 1u); }
// Changes when all workgroups of x = `group` are done, so before that it is the same for all of them.
fn generation_of(group: u32) -> u32 { return atomicLoad(&attended[arrivals_at(group)]) >> 8u; }
fn next_generation(generation: u32) -> u32 { return (generation + 1u) & 0xffffffu; }

// After a workgroup's parts: whether it is the last of `count`, where the last one joins all heads. All lanes must come here.
fn is_last(group: u32, generation: u32, count: u32, lane: u32) -> bool {
  let at = arrivals_at(group);
  workgroupBarrier();
  if (lane == 0u) {
    own_heads = select(0u, 1u, (atomicAdd(&attended[at], 1u) & 255u) + 1u == count);
    if (own_heads == 1u) { atomicStore(&attended[at], generation << 8u); }
  }
  return workgroupUniformLoad(&own_heads) == 1u;
}

// The same where heads are shared out: those that the workgroup joins, of `heads`. The last of `count` workgroups joins head 0 and then
// what nobody else has taken (later_heads); those just before it wait a little and take a head each.
fn heads_to_join(group: u32, generation: u32, count: u32, heads: u32, lane: u32) -> u32 {
  let at = arrivals_at(group);
  workgroupBarrier();
  if (lane == 0u) {
    own_heads = 0u;
    let still_to_come = count - 1u - (atomicAdd(&attended[at], 1u) & 255u);
    if (still_to_come == 0u) {
      atomicStore(&attended[at], next_generation(generation) << 8u);
      own_heads = 1u;
    } else if (still_to_come < heads) {
      for (var look = 0u; look < PATIENCE; look++) {
        if (atomicLoad(&attended[at]) >> 8u == generation) { continue; }
        own_heads = select(0u, 1u << still_to_come, takes_head(group, generation, still_to_come));
        break;
      }
    }
  }
  return workgroupUniformLoad(&own_heads);
}

// Who comes first takes it: every head is joined once in every generation.
fn takes_head(group: u32, generation: u32, head: u32) -> bool {
  let next = next_generation(generation);
  return atomicExchange(&attended[arrivals_at(group) + 1u + head], next) != next;
}

// For the last workgroup, after head 0. All lanes must come here.
fn later_heads(group: u32, generation: u32, heads: u32, lane: u32) -> u32 {
  if (lane < HEADS) {
    head_taken[lane] = false;
    if (lane > 0u && lane < heads) { head_taken[lane] = takes_head(group, generation, lane); }
  }
  workgroupBarrier();
  if (lane == 0u) {
    own_heads = 0u;
    for (var head = 0u; head < HEADS; head++) { own_heads |= select(0u, 1u << head, head_taken[head]); }
  }
  return workgroupUniformLoad(&own_heads);
}
