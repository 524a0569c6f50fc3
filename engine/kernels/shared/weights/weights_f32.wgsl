// Reader of F32 weights, MATRIX: array<vec4u>. Group: 256 columns of a tile of 16 rows, in this order:
//   values [8 blocks][8 fours][16 rows] 4 × f32
// group: index of the group, tile · groups in a row + group in the row; row, block: within the group.
#import "values_block"
fn MATRIX_scales(group: u32, row: u32) -> Scales { return Scales(vec4u(0u), vec4u(0u)); }

fn MATRIX_four(at: u32) -> vec4f { return bitcast<vec4f>(MATRIX[at]); }

fn MATRIX_block(group: u32, row: u32, block: u32, scales: Scales) -> Block {
  let at = group * 1024u + block * 128u + row;
  return Block(
    MATRIX_four(at), MATRIX_four(at + 16u), MATRIX_four(at + 32u), MATRIX_four(at + 48u),
    MATRIX_four(at + 64u), MATRIX_four(at + 80u), MATRIX_four(at + 96u), MATRIX_four(at + 112u));
}
