// Products of gate_up_tiles as halves (half_rows.wgsl), in the form in which down_tiles takes them.
@group(0) @binding(5) var<storage, read_write> output: array<vec2u>;
fn store_product(slot: u32, row: u32, values: vec4f) {
  output[slot * ((ROWS + 255u) / 256u) * 64u + row / 4u] = half_four(values);
}
