// Products of packed weights with activations that lie in pairs in the halves of words: where dot4I8Packed is emulated, one
// 32-bit product does for two. With weights u, v (u in the low half) and activations x, y:
//   (u + v·2¹⁶) · (x·2¹⁶ + y) = u·y + (u·x + v·y)·2¹⁶ (mod 2³²)
// While the sums of u·y and of u·x + v·y stay below 2¹⁵ in magnitude, the upper half after adding 2¹⁵ is the second
// one exactly. It is made a float where it stands, since shifts are slow on software adapters, and multiplications are not.
//   in  input         [rows, GROUPS · 16] × (4 words of values 0 and 2 of each four, 4 words of values 1 and 3)
//   in  input_scales  [rows, GROUPS · 8] × (scale, scale·Σ of values 0–15; the same of 16–31)
// slots: pair_sums, how many products may be added up in one word
#import "packed_block"
#import "pair_sums"
@group(0) @binding(0) var<storage, read> input: array<vec4u>;
@group(0) @binding(1) var<storage, read> input_scales: array<vec4f>;
override GROUPS: u32; // of 256 columns in a row, the last one filled up with zeros
alias Block = PackedBlock;

struct Pairs { a: vec4u, b: vec4u, c: vec4u, d: vec4u } // a block of 32

fn dot16(weights: vec4u, evens: vec4u, odds: vec4u) -> f32 {
  let halves = vec4u(0x00ff00ffu);
  return pair_sum((weights & halves) * evens + ((weights >> vec4u(8u)) & halves) * odds);
}

fn dot_pairs(weights: PackedBlock, pairs: Pairs, scales: vec4f) -> f32 {
  return weights.scale.x * (scales.x * dot16(weights.low, pairs.a, pairs.b) - weights.offset * scales.y)
    + weights.scale.y * (scales.z * dot16(weights.high, pairs.c, pairs.d) - weights.offset * scales.w)
    - weights.minimum * (scales.y + scales.w);
}

// Two blocks of weights against one of activations.
fn dot_two(first: PackedBlock, second: PackedBlock, row: u32, block: u32) -> vec2f {
  let at = row * GROUPS * 8u + block;
  let pairs = load_pairs(at * 4u);
  let scales = input_scales[at];
  return vec2f(dot_pairs(first, pairs, scales), dot_pairs(second, pairs, scales));
}
