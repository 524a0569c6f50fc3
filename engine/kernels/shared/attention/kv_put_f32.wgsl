// Writes a four of new_MATRIX(row, unit), which the kernel has, into a cache of f32.
fn kv_put_MATRIX(row: u32, unit: u32) { MATRIX[row * UNITS + unit] = new_MATRIX(row, unit); }
