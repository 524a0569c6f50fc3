// F32 values.
fn value_at(i: u32) -> f32 { return bitcast<f32>(floats[header + i]); }
