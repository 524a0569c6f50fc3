// A block of 16 quantised activations as pairs (input_pairs.wgsl): of each four, first · 2¹⁶ + third, then second · 2¹⁶ + fourth.
fn store_block(index: u32, a: vec4i, b: vec4i, c: vec4i, d: vec4i) {
  let firsts = (vec4i(a.x, b.x, c.x, d.x) << vec4u(16u)) + vec4i(a.z, b.z, c.z, d.z);
  let seconds = (vec4i(a.y, b.y, c.y, d.y) << vec4u(16u)) + vec4i(a.w, b.w, c.w, d.w);
  values[index * 2u] = bitcast<vec4u>(firsts);
  values[index * 2u + 1u] = bitcast<vec4u>(seconds);
}
