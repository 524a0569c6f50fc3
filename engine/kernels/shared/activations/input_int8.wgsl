// Activations as int8 (row_int8) in the form that the kernels for any number of tokens take.
#import "row_int8"
alias Block = PackedBlock;

fn enter_input(lane: u32) {}

// Two blocks of weights against one of activations.
fn dot_two(first: PackedBlock, second: PackedBlock, row: u32, block: u32) -> vec2f {
  let at = row * GROUPS * 8u + block;
  let low = input[at * 2u];
  let high = input[at * 2u + 1u];
  let scales = input_scales[at];
  return vec2f(dot_scaled(first, low, high, scales), dot_scaled(second, low, high, scales));
}
