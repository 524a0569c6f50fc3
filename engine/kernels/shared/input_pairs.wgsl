// Activations as pairs of int8 in the halves of words (quantize_rows), against packed weights below 64: where
// dot4I8Packed is emulated, one 32-bit product does for two. With weights u, v (u in the low half) and activations x, y:
//   (u + v·2¹⁶) · (x·2¹⁶ + y) = u·y + (u·x + v·y)·2¹⁶ (mod 2³²)
// The sum of two such products keeps |u·y| below 2¹⁵ and |u·x + v·y| too (2 · 2 · 63 · 127 = 32,004), so adding 2¹⁵ and
// shifting gives the part wanted exactly.
//   in  input         [rows, GROUPS · 16] × (4 words of values 0 and 2 of each four, 4 words of values 1 and 3)
//   in  input_scales  [rows, GROUPS · 8] × (scale, scale·Σ of values 0–15; the same of 16–31)
#import "packed_block"
@group(0) @binding(0) var<storage, read> input: array<vec4u>;
@group(0) @binding(1) var<storage, read> input_scales: array<vec4f>;
override GROUPS: u32; // of 256 columns in a row, the last one filled up with zeros
alias Block = PackedBlock;

fn dot16(weights: vec4u, evens: vec4u, odds: vec4u) -> f32 {
  let halves = vec4u(0x00ff00ffu);
  let products = (weights & halves) * evens + ((weights >> vec4u(8u)) & halves) * odds;
  let sums = bitcast<vec4i>(products + vec4u(0x8000u)) >> vec4u(16u);
  return f32(sums.x + sums.y + sums.z + sums.w);
}

// Two blocks of weights against one of activations.
fn dot_two(first: PackedBlock, second: PackedBlock, row: u32, block: u32) -> vec2f {
  let at = row * GROUPS * 8u + block;
  let a = input[at * 4u];
  let b = input[at * 4u + 1u];
  let c = input[at * 4u + 2u];
  let d = input[at * 4u + 3u];
  let scales = input_scales[at];
  return vec2f(
    scaled(first, dot16(first.low, a, b), dot16(first.high, c, d), scales),
    scaled(second, dot16(second.low, a, b), dot16(second.high, c, d), scales));
}

fn scaled(weights: PackedBlock, low: f32, high: f32, scales: vec4f) -> f32 {
  return weights.scale.x * (scales.x * low - weights.offset * scales.y)
    + weights.scale.y * (scales.z * high - weights.offset * scales.w)
    - weights.minimum * (scales.y + scales.w);
}
