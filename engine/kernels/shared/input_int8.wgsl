// Activations as int8 blocks of 16 (quantize_rows), against packed weights, by integer dots.
//   in  input         [rows, GROUPS · 16] × 16 int8
//   in  input_scales  [rows, GROUPS · 8] × (scale, scale·Σ of values 0–15; the same of 16–31)
#import "packed_block"
requires packed_4x8_integer_dot_product;
@group(0) @binding(0) var<storage, read> input: array<vec4u>;
@group(0) @binding(1) var<storage, read> input_scales: array<vec4f>;
override GROUPS: u32; // of 256 columns in a row, the last one filled up with zeros
alias Block = PackedBlock;

fn enter_input(lane: u32) {}

fn dot16(weights: vec4u, values: vec4u) -> f32 {
  return f32(dot4I8Packed(weights.x, values.x) + dot4I8Packed(weights.y, values.y)
    + dot4I8Packed(weights.z, values.z) + dot4I8Packed(weights.w, values.w));
}

fn dot_scaled(weights: PackedBlock, low: vec4u, high: vec4u, scales: vec4f) -> f32 {
  return weights.scale.x * (scales.x * dot16(weights.low, low) - weights.offset * scales.y)
    + weights.scale.y * (scales.z * dot16(weights.high, high) - weights.offset * scales.w)
    - weights.minimum * (scales.y + scales.w);
}

// Two blocks of weights against one of activations.
fn dot_two(first: PackedBlock, second: PackedBlock, row: u32, block: u32) -> vec2f {
  let at = row * GROUPS * 8u + block;
  let low = input[at * 2u];
  let high = input[at * 2u + 1u];
  let scales = input_scales[at];
  return vec2f(dot_scaled(first, low, high, scales), dot_scaled(second, low, high, scales));
}
