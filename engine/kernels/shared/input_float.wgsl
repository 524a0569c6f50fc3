// Activations as f32, against weights as f32. The binding input_scales is not used in this form.
//   in  input  [rows, COLUMNS] f32
#import "values_block"
@group(0) @binding(0) var<storage, read> input: array<f32>;
override GROUPS: u32; // of 256 columns in a row, the last one filled up with zero weights
override COLUMNS: u32;

fn dot_block(weights: Block, row: u32, block: u32) -> f32 {
  let at = row * COLUMNS + block * 32u;
  var sum = vec4f(0.0);
  if (block * 32u + 32u <= COLUMNS) {
    for (var i = 0u; i < 8u; i++) {
      let x = at + i * 4u;
      sum += weights[i] * vec4f(input[x], input[x + 1u], input[x + 2u], input[x + 3u]);
    }
  } else if (block * 32u < COLUMNS) {
    for (var i = 0u; i < COLUMNS - block * 32u; i++) { sum.x += weights[i >> 2u][i & 3u] * input[at + i]; }
  }
  return sum.x + sum.y + sum.z + sum.w;
}
