// Products of gate_up_tiles as f32 [slots, ROWS].
@group(0) @binding(5) var<storage, read_write> output: array<vec4f>;
fn store_product(slot: u32, row: u32, values: vec4f) { output[(slot * ROWS + row) / 4u] = values; }
