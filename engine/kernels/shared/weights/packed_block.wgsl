// Quantised weights of any type in one form, 32 of a row at a time: weight = scale · (value − offset) − minimum.
struct PackedBlock {
  low: vec4u,     // values 0–15 as int8, four a word
  high: vec4u,    // values 16–31
  scale: vec2f,   // of low and of high
  offset: f32,
  minimum: f32,
}

// What a row's group of 256 columns keeps its scales in; a type uses what it needs.
struct Scales { first: vec4u, second: vec4u }

fn low_nibbles(words: vec4u) -> vec4u { return words & vec4u(0x0f0f0f0fu); }
fn high_nibbles(words: vec4u) -> vec4u { return (words >> vec4u(4u)) & vec4u(0x0f0f0f0fu); }

// Bit k of every byte of `bits`, k < 4, is bit 4 of the value in word k. Multiplied, not shifted: shifts are slow on
// software adapters.
fn fifth_bits(bits: u32) -> vec4u {
  return (vec4u(bits) & vec4u(0x01010101u, 0x02020202u, 0x04040404u, 0x08080808u)) * vec4u(16u, 8u, 4u, 2u);
}

// words[index]: a software adapter keeps what is indexed by a variable in memory, which is slow.
fn component(words: vec4u, index: u32) -> u32 {
  let two = select(words.xy, words.zw, index >= 2u);
  return select(two.x, two.y, (index & 1u) == 1u);
}
