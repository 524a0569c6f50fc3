// Activations as int8 blocks of 16 (quantize_rows, fold_norm_1token), against packed weights, by integer dots. Alone it is the
// form for single tokens; input_int8 adds what steps of several need.
//   in  input         [rows, GROUPS · 16] × 16 int8
//   in  input_scales  [rows, GROUPS · 8] × (scale, scale·Σ of values 0–15; the same of 16–31)
#import "packed_block"
requires packed_4x8_integer_dot_product;
@group(0) @binding(0) var<storage, read> input: array<vec4u>;
@group(0) @binding(1) var<storage, read> input_scales: array<vec4f>;
override GROUPS: u32; // of 256 columns in a row, the last one filled up with zeros

fn dot16(weights: vec4u, values: vec4u) -> f32 {
  return f32(dot4I8Packed(weights.x, values.x) + dot4I8Packed(weights.y, values.y)
    + dot4I8Packed(weights.z, values.z) + dot4I8Packed(weights.w, values.w));
}

fn dot_scaled(weights: PackedBlock, low: vec4u, high: vec4u, scales: vec4f) -> f32 {
  return weights.scale.x * (scales.x * dot16(weights.low, low) - weights.offset * scales.y)
    + weights.scale.y * (scales.z * dot16(weights.high, high) - weights.offset * scales.w)
    - weights.minimum * (scales.y + scales.w);
}

// `block` counts from the first row's first.
fn dot_block(weights: PackedBlock, block: u32) -> f32 {
  return dot_scaled(weights, input[block * 2u], input[block * 2u + 1u], input_scales[block]);
}
