// As kv_put_f32, for head sizes that 4 does not divide.
fn kv_put_MATRIX(row: u32, unit: u32) {
  let four = new_MATRIX(row, unit);
  let to = row * (HEAD_DIM / 2u) + 2u * unit;
  MATRIX[to] = four.xy;
  if (4u * unit + 2u < HEAD_DIM) { MATRIX[to + 1u] = four.zw; }
}
