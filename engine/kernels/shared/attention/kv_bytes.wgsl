// How words of a cache of q8 read. The bytes, biased to 0 … 255, become the last bits of 2^23: exact, and without the conversions
// from integers that GPUs do at a quarter of their rate.
fn kv_int8(bytes: u32) -> vec4f {
  let biased = vec4u(bytes ^ 0x80808080u) >> vec4u(0u, 8u, 16u, 24u);
  return bitcast<vec4f>((biased & vec4u(0xffu)) | vec4u(0x4b000000u)) - vec4f(8388736.0);
}
/** Of a block; a word has the scales of an even one and the odd one after it. */
fn kv_scale(scales: u32, block: u32) -> f32 {
  return bitcast<f32>(select(scales << 16u, scales & 0xffff0000u, (block & 1u) == 1u));
}
