// Reader of BF16 weights, MATRIX: array<vec4u>. Group: 256 columns of a tile of 16 rows, in this order:
//   values [8 blocks][4 eights][16 rows] 8 × bf16
// group: index of the group, tile · groups in a row + group in the row; row, block: within the group.
#import "values_block"
fn MATRIX_scales(group: u32, row: u32) -> Scales { return Scales(vec4u(0u), vec4u(0u)); }

fn MATRIX_four(words: vec2u) -> vec4f {
  return bitcast<vec4f>(vec4u(words.x << 16u, words.x & 0xffff0000u, words.y << 16u, words.y & 0xffff0000u));
}

fn MATRIX_block(group: u32, row: u32, block: u32, scales: Scales) -> Block {
  let at = group * 512u + block * 64u + row;
  let a = MATRIX[at];
  let b = MATRIX[at + 16u];
  let c = MATRIX[at + 32u];
  let d = MATRIX[at + 48u];
  return Block(
    MATRIX_four(a.xy), MATRIX_four(a.zw), MATRIX_four(b.xy), MATRIX_four(b.zw),
    MATRIX_four(c.xy), MATRIX_four(c.zw), MATRIX_four(d.xy), MATRIX_four(d.zw));
}
