// Sixteen values of a workgroup, one a lane, as an int8 block of 16 with (scale, scale·Σ values), as quantize_rows makes them, in
// one buffer: all blocks, then from word SCALES_AT on their scales. Kernels put their values into `tile_values`, pass a barrier,
// and call store_tile from one lane.
requires packed_4x8_integer_dot_product;
override SCALES_AT: u32;
var<workgroup> tile_values: array<f32, 16>;

fn rounded(values: vec4f) -> vec4i { return vec4i(round(clamp(values, vec4f(-127.0), vec4f(127.0)))); }

fn tile_four(i: u32) -> vec4f {
  return vec4f(tile_values[4u * i], tile_values[4u * i + 1u], tile_values[4u * i + 2u], tile_values[4u * i + 3u]);
}

fn store_tile(block: u32) {
  // By bits: a NaN or an infinity counts as largest, so it reaches the scale and then the logits.
  var largest = 0u;
  for (var i = 0u; i < 16u; i++) { largest = max(largest, bitcast<u32>(tile_values[i]) & 0x7fffffffu); }
  let inverse = select(127.0 / bitcast<f32>(largest), 0.0, largest < 0x00800000u);
  var sums = vec4i();
  for (var i = 0u; i < 4u; i++) {
    let four = rounded(tile_four(i) * inverse);
    sums += four;
    quantized[block * 4u + i] = pack4xI8(four);
  }
  let scale = bitcast<f32>(largest) / 127.0;
  quantized[SCALES_AT + block * 2u] = bitcast<u32>(scale);
  quantized[SCALES_AT + block * 2u + 1u] = bitcast<u32>(scale * f32(sums.x + sums.y + sums.z + sums.w));
}
