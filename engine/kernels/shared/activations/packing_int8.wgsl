// A block of 16 quantised activations as bytes, in order: one vec4u.
requires packed_4x8_integer_dot_product;

fn store_block(index: u32, a: vec4i, b: vec4i, c: vec4i, d: vec4i) {
  values[index] = vec4u(pack4xI8(a), pack4xI8(b), pack4xI8(c), pack4xI8(d));
}
