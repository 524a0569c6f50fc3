// Sixteen values of a workgroup, one a lane, as an int8 block of 16 with (scale, scale·Σ values), as quantize_rows makes them, in
// one buffer: all blocks, then from word SCALES_AT on their scales. Kernels put their values into `tile_values`, pass a barrier,
// and call store_tile from one lane.
#import "quantize_block"
override SCALES_AT: u32;
var<workgroup> tile_values: array<f32, 16>;

fn tile_four(i: u32) -> vec4f {
  return vec4f(tile_values[4u * i], tile_values[4u * i + 1u], tile_values[4u * i + 2u], tile_values[4u * i + 3u]);
}

fn store_tile(block: u32) {
  let stored = quantize_block(tile_four(0u), tile_four(1u), tile_four(2u), tile_four(3u));
  for (var i = 0u; i < 4u; i++) { quantized[block * 4u + i] = stored.words[i]; }
  quantized[SCALES_AT + block * 2u] = bitcast<u32>(stored.scale);
  quantized[SCALES_AT + block * 2u + 1u] = bitcast<u32>(stored.sum);
}
