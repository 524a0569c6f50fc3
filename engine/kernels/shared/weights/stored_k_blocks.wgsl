// What stored blocks of 256 values have in common: nibbles, and the scales of Q4_K and Q5_K.

// 32 bytes from `at`: their low nibbles are one run of 32 values, their high nibbles another; the plane of either.
fn nibble_plane(at: u32, high: bool) -> vec4u {
  let low_nibbles = vec4u(0x0f0f0f0fu);
  let first = words_at(at);
  let second = words_at(at + 8u);
  if (high) { return ((first >> vec4u(4u)) & low_nibbles) | (second & ~low_nibbles); }
  return (first & low_nibbles) | ((second & low_nibbles) << vec4u(4u));
}

// d and dmin, then 12 bytes of 6-bit scales and minima, to the form of k_scales.wgsl.
fn k_scale_plane(at: u32) -> vec4u {
  let words = words_at(at);
  let a = words.y;  // scales 0–3, high bits of scales 4–7
  let b = words.z;  // minima 0–3, high bits of minima 4–7
  let c = words.w;  // low nibbles of scales 4–7 and of minima 4–7
  let minima = b & 0x3f3f3f3fu;
  let later_scales = (c & 0x0f0f0f0fu) | ((a >> 2u) & 0x30303030u);
  let later_minima = ((c >> 4u) & 0x0f0f0f0fu) | ((b >> 2u) & 0x30303030u);
  var nibbles = 0u;
  for (var u = 0u; u < 4u; u++) {
    nibbles |= ((minima >> (8u * u + 2u)) & 15u) << (4u * u);
    nibbles |= ((later_minima >> (8u * u + 2u)) & 15u) << (4u * u + 16u);
  }
  return vec4u(
    words.x,
    (a & 0x3f3f3f3fu) | ((minima & 0x03030303u) << 6u),
    later_scales | ((later_minima & 0x03030303u) << 6u),
    nibbles,
  );
}
