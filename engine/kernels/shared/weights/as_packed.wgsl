// Block form of a quantised matrix for integer dots: as it is.
fn MATRIX_block(group: u32, row: u32, block: u32, scales: Scales) -> PackedBlock {
  return MATRIX_packed(group, row, block, scales);
}
