// Block form of a quantised matrix for float arithmetic.
#import "values_block"
fn MATRIX_block(group: u32, row: u32, block: u32, scales: Scales) -> Block {
  return unpack_block(MATRIX_packed(group, row, block, scales));
}
