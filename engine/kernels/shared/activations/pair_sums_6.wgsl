// Weights below 64: two products fit in a word (2 · 2 · 63 · 127 = 32,004).
fn pair_sum(products: vec4u) -> f32 {
  let sums = vec4f(bitcast<vec4i>((products + vec4u(0x8000u)) & vec4u(0xffff0000u)));
  return (sums.x + sums.y + sums.z + sums.w) * 0x1p-16;
}
