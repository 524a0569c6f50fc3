// Products of packed weights with int8 activations, by integer dots.
#import "packed_block"
requires packed_4x8_integer_dot_product;

fn dot16(weights: vec4u, values: vec4u) -> f32 {
  return f32(dot4I8Packed(weights.x, values.x) + dot4I8Packed(weights.y, values.y)
    + dot4I8Packed(weights.z, values.z) + dot4I8Packed(weights.w, values.w));
}

// scales: (scale, scale·Σ of values 0–15; the same of 16–31)
fn dot_scaled(weights: PackedBlock, low: vec4u, high: vec4u, scales: vec4f) -> f32 {
  return weights.scale.x * (scales.x * dot16(weights.low, low) - weights.offset * scales.y)
    + weights.scale.y * (scales.z * dot16(weights.high, high) - weights.offset * scales.w)
    - weights.minimum * (scales.y + scales.w);
}
