// Activations as int8 blocks of 16 (quantize_rows, fold_norm_1token), against packed weights, by integer dots. Alone it is the
// form for single tokens; input_int8 adds what steps of several need.
//   in  input         [rows, GROUPS · 16] × 16 int8
//   in  input_scales  [rows, GROUPS · 8] × (scale, scale·Σ of values 0–15; the same of 16–31)
#import "int8_products"
@group(0) @binding(0) var<storage, read> input: array<vec4u>;
@group(0) @binding(1) var<storage, read> input_scales: array<vec4f>;
override GROUPS: u32; // of 256 columns in a row, the last one filled up with zeros

// `block` counts from the first row's first.
fn dot_block(weights: PackedBlock, block: u32) -> f32 {
  return dot_scaled(weights, input[block * 2u], input[block * 2u + 1u], input_scales[block]);
}
