// Weights below 16: eight products fit in a word (8 · 2 · 15 · 127 = 30,480).
fn pair_sum(products: vec4u) -> f32 {
  let sum = products.x + products.y + products.z + products.w + 0x8000u;
  return f32(bitcast<i32>(sum & 0xffff0000u)) * 0x1p-16;
}
