// Writes a four of new_MATRIX(row, unit), which the kernel has, into a cache of f16, clamped to what f16 holds.
fn kv_put_MATRIX(row: u32, unit: u32) {
  let held = clamp(new_MATRIX(row, unit), vec4f(-65504.0), vec4f(65504.0));
  MATRIX[row * UNITS + unit] = vec2u(pack2x16float(held.xy), pack2x16float(held.zw));
}
