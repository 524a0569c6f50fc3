// How workgroups that run at the same time hand results to each other: 32-bit words of 28 bits of payload and a tag, which
// says in which layer they were written. A reader looks at a word until its tag is right, so nothing depends on the order in which
// different words become visible, and relaxed atomics do. Looking ends: then word 0 says that the dispatch gave up.
//   inout exchange: atomic words; word 0 is not 0 after a give-up
#import "quantize_block"
const TAG_MASK = 15u;
/** Words of a block of 16 int8: four of values without their lowest 4 bits, those bits and the scale's high 12, its low 20. */
const BLOCK_WORDS = 6u;
var<private> gave_up: bool;

// Tags count the writes of a layer's activations; 0 is never one, so that words that are cleared are not there.
fn tag_after_attention(layer: u32) -> u32 { return 1u + (2u * layer) % 15u; }
fn tag_after_experts(layer: u32) -> u32 { return 1u + (2u * layer + 1u) % 15u; }
fn tag_before(layer: u32) -> u32 { return 1u + (2u * layer + 14u) % 15u; }

fn put(at: u32, word: u32, tag: u32) { atomicStore(&exchange[at], (word & 0xfffffff0u) | tag); }
fn put_float(at: u32, value: f32, tag: u32) { put(at, bitcast<u32>(value), tag); }

// Whether to look again after so many looks.
fn waits(looks: u32) -> bool {
  if (gave_up) { return false; }
  if (looks >= LOOKS || (looks % 64u == 0u && atomicLoad(&exchange[0]) != 0u)) {
    atomicStore(&exchange[0], 1u);
    gave_up = true;
    return false;
  }
  return true;
}

fn take(at: u32, tag: u32) -> u32 {
  var word = atomicLoad(&exchange[at]);
  for (var looks = 1u; (word & TAG_MASK) != tag && waits(looks); looks++) { word = atomicLoad(&exchange[at]); }
  return word & 0xfffffff0u;
}

fn take_float(at: u32, tag: u32) -> f32 { return bitcast<f32>(take(at, tag)); }

fn look_at(words: vec4u) -> vec4u {
  return vec4u(atomicLoad(&exchange[words.x]), atomicLoad(&exchange[words.y]),
    atomicLoad(&exchange[words.z]), atomicLoad(&exchange[words.w]));
}

fn all_tagged(words: vec4u, tag: u32) -> bool { return all((words & vec4u(TAG_MASK)) == vec4u(tag)); }

// Four words, looked at together.
fn take_at(at: vec4u, tag: u32) -> vec4u {
  var words = look_at(at);
  for (var looks = 1u; !all_tagged(words, tag) && waits(looks); looks++) { words = look_at(at); }
  return words & vec4u(0xfffffff0u);
}

// Four words, `stride` apart.
fn take_four(at: u32, stride: u32, tag: u32) -> vec4u { return take_at(vec4u(at) + vec4u(0u, 1u, 2u, 3u) * stride, tag); }

struct TakenBlock { values: vec4u, scale: f32 }

// Block `block` of `blocks` whose words lie in planes from word `at` on.
fn take_block(at: u32, blocks: u32, block: u32, tag: u32) -> TakenBlock {
  let first = at + block;
  let last = first + 4u * blocks;
  var words = look_at(vec4u(first) + vec4u(0u, 1u, 2u, 3u) * blocks);
  var rest = vec2u(atomicLoad(&exchange[last]), atomicLoad(&exchange[last + blocks]));
  for (var looks = 1u; !all_tagged(vec4u(words.x & words.y, words.z & words.w, rest), tag)
    || !all_tagged(vec4u(words.x | words.y, words.z | words.w, rest), tag); looks++) {
    if (!waits(looks)) { break; }
    words = look_at(vec4u(first) + vec4u(0u, 1u, 2u, 3u) * blocks);
    rest = vec2u(atomicLoad(&exchange[last]), atomicLoad(&exchange[last + blocks]));
  }
  let low = (vec4u(rest.x >> 16u) >> vec4u(0u, 4u, 8u, 12u)) & vec4u(TAG_MASK);
  let scale = (((rest.x >> 4u) & 0xfffu) << 20u) | (rest.y >> 12u);
  return TakenBlock((words & vec4u(0xfffffff0u)) | low, bitcast<f32>(scale));
}

// Word `i` of a block, put in its plane: lanes 0 to 5 put one each.
fn put_block_word(at: u32, blocks: u32, block: u32, stored: QuantizedBlock, i: u32, tag: u32) {
  let scale = bitcast<u32>(stored.scale);
  let low = stored.words & vec4u(TAG_MASK);
  var word = scale << 12u;
  if (i == 4u) { word = ((low.x | (low.y << 4u) | (low.z << 8u) | (low.w << 12u)) << 16u) | ((scale >> 20u) << 4u); }
  if (i < 4u) { word = component(stored.words, i); }
  put(at + i * blocks + block, word, tag);
}
