// The 6-bit scales and minima of Q4_K and Q5_K, 16 bytes a row and group: x = (d, dmin) f16; y, z: for sub-block u byte u
// holds the scale in its low 6 bits and the minimum's low 2 bits above; w: the minima's high 4 bits, a nibble each.

// (scale, minimum) of sub-block u, d and dmin included.
fn k_scale(words: vec4u, u: u32) -> vec2f {
  let byte = select(words.y, words.z, u >= 4u) >> ((u & 3u) * 8u);
  let minimum = ((byte >> 6u) & 3u) | (((words.w >> (u * 4u)) & 15u) << 2u);
  return unpack2x16float(words.x) * vec2f(f32(byte & 63u), f32(minimum));
}
