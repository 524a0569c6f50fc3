// Activations as int8 blocks of 16 (quantize_rows), against packed weights, by integer dots.
//   in  input         [rows, GROUPS · 16] × 16 int8
//   in  input_scales  [rows, GROUPS · 8] × (scale, scale·Σ of values 0–15; the same of 16–31)
#import "packed_block"
requires packed_4x8_integer_dot_product;
@group(0) @binding(0) var<storage, read> input: array<vec4u>;
@group(0) @binding(1) var<storage, read> input_scales: array<vec4f>;
override GROUPS: u32; // of 256 columns in a row, the last one filled up with zeros

fn dot_block(weights: PackedBlock, row: u32, block: u32) -> f32 {
  let at = row * GROUPS * 8u + block;
  let low = input[at * 2u];
  let high = input[at * 2u + 1u];
  let scales = input_scales[at];
  let sum_low = dot4I8Packed(weights.low.x, low.x) + dot4I8Packed(weights.low.y, low.y)
    + dot4I8Packed(weights.low.z, low.z) + dot4I8Packed(weights.low.w, low.w);
  let sum_high = dot4I8Packed(weights.high.x, high.x) + dot4I8Packed(weights.high.y, high.y)
    + dot4I8Packed(weights.high.z, high.z) + dot4I8Packed(weights.high.w, high.w);
  return weights.scale.x * (scales.x * f32(sum_low) - weights.offset * scales.y)
    + weights.scale.y * (scales.z * f32(sum_high) - weights.offset * scales.w)
    - weights.minimum * (scales.y + scales.w);
}
