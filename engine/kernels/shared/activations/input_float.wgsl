// Activations as f32, against weights as f32. The binding input_scales is not used in this form.
//   in  input  [rows, COLUMNS] f32
#import "values_block"
@group(0) @binding(0) var<storage, read> input: array<f32>;
override GROUPS: u32; // of 256 columns in a row, the last one filled up with zero weights
override COLUMNS: u32;

fn enter_input(lane: u32) {}

fn input_four(at: u32) -> vec4f { return vec4f(input[at], input[at + 1u], input[at + 2u], input[at + 3u]); }

fn dot32(weights: Block, values: Block) -> f32 {
  let sum = weights[0] * values[0] + weights[1] * values[1] + weights[2] * values[2] + weights[3] * values[3]
    + weights[4] * values[4] + weights[5] * values[5] + weights[6] * values[6] + weights[7] * values[7];
  return sum.x + sum.y + sum.z + sum.w;
}

// Two blocks of weights against one of activations.
fn dot_two(first: Block, second: Block, row: u32, block: u32) -> vec2f {
  let column = block * 32u;
  if (column >= COLUMNS) { return vec2f(0.0); }
  let at = row * COLUMNS + column;
  var values: Block;
  if (column + 32u <= COLUMNS) {
    values = Block(
      input_four(at), input_four(at + 4u), input_four(at + 8u), input_four(at + 12u),
      input_four(at + 16u), input_four(at + 20u), input_four(at + 24u), input_four(at + 28u));
  } else {
    for (var i = 0u; i < COLUMNS - column; i++) { values[i >> 2u][i & 3u] = input[at + i]; }
  }
  return vec2f(dot32(first, values), dot32(second, values));
}
