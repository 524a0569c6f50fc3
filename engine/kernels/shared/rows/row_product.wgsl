// row_sum for rows of GROUPS groups.
#import "row_sum" for MATRIX
fn MATRIX_product(first_group: u32, row: u32, split: u32, first_block: u32) -> f32 {
  return MATRIX_sum(first_group, GROUPS, row, split, first_block);
}
