// What the workgroups of a KV head leave to the one of them that comes last, in the atomic words of `attended`. WGSL's atomics order
// nothing but themselves, so the last one may look before some words of the others can be seen. A word therefore tells by
// itself whether it is there (EMPTY: not yet), and taking it leaves it EMPTY for the next launch. Only stores that have been made are
// waited for, which needs no promise of progress.
override ARRIVALS_AT: u32;
override PARTS_AT: u32;
const EMPTY = 0u; // what a new buffer holds
const NO_NUMBER = 0x7fa5a5a5u; // a NaN that arithmetic does not make: its word would be EMPTY
const MOST_LOOKS = 1u << 20u; // then the missing number is NO_NUMBER, which reaches the logits
var<workgroup> is_last: bool;

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

// After the workgroup's parts: whether it is the last of `count`. All lanes must come here.
fn arrive(group: u32, count: u32, lane: u32) -> bool {
  workgroupBarrier();
  if (lane == 0u) {
    is_last = atomicAdd(&attended[ARRIVALS_AT + group], 1u) + 1u == count;
    if (is_last) { atomicStore(&attended[ARRIVALS_AT + group], 0u); }
  }
  return workgroupUniformLoad(&is_last);
}
