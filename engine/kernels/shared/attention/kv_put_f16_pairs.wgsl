// As kv_put_f16, for head sizes that 4 does not divide.
fn kv_put_MATRIX(row: u32, unit: u32) {
  let held = clamp(new_MATRIX(row, unit), vec4f(-65504.0), vec4f(65504.0));
  let to = row * (HEAD_DIM / 2u) + 2u * unit;
  MATRIX[to] = pack2x16float(held.xy);
  if (4u * unit + 2u < HEAD_DIM) { MATRIX[to + 1u] = pack2x16float(held.zw); }
}
