// What stored blocks of 32 values have in common: eight a group, `size` 16-bit words each; zeros where a row has fewer.

fn block_words(share: Share, block: u32, size: u32, at: u32) -> vec4u {
  if (block * 32u >= share.columns) { return vec4u(); }
  return words_at(share.at + block * size + at);
}

// One word of each of four blocks.
fn word_of_four(share: Share, first: u32, size: u32, at: u32) -> vec4u {
  var words = vec4u();
  for (var i = 0u; i < 4u; i++) {
    if ((first + i) * 32u < share.columns) { words[i] = word_at(share.at + (first + i) * size + at); }
  }
  return words;
}

// The 16-bit scale that each of the eight blocks begins with.
fn scales_of_eight(share: Share, size: u32) -> vec4u {
  var words = vec4u();
  for (var block = 0u; block < 8u; block++) {
    if (block * 32u < share.columns) {
      words[block >> 1u] |= half_at(share.at + block * size) << (16u * (block & 1u));
    }
  }
  return words;
}

// From bit j for value j to bit k of byte b for value 4k + b.
fn spread_fifth_bits(bits: vec4u) -> vec4u {
  var placed = vec4u();
  for (var k = 0u; k < 8u; k++) {
    let four = bits >> vec4u(4u * k);
    let spread = (four & vec4u(1u)) | ((four & vec4u(2u)) << vec4u(7u)) |
      ((four & vec4u(4u)) << vec4u(14u)) | ((four & vec4u(8u)) << vec4u(21u));
    placed |= spread << vec4u(k);
  }
  return placed;
}
