// Weights as f32, 32 of a row at a time.
#import "packed_block"
alias Block = array<vec4f, 8>;

fn bytes_of(word: u32) -> vec4f {
  return vec4f(vec4i(vec4u(word) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u));
}

fn unpack_block(block: PackedBlock) -> Block {
  let low = vec2f(block.scale.x, -block.scale.x * block.offset - block.minimum);
  let high = vec2f(block.scale.y, -block.scale.y * block.offset - block.minimum);
  return Block(
    bytes_of(block.low.x) * low.x + low.y, bytes_of(block.low.y) * low.x + low.y,
    bytes_of(block.low.z) * low.x + low.y, bytes_of(block.low.w) * low.x + low.y,
    bytes_of(block.high.x) * high.x + high.y, bytes_of(block.high.y) * high.x + high.y,
    bytes_of(block.high.z) * high.x + high.y, bytes_of(block.high.w) * high.x + high.y);
}
