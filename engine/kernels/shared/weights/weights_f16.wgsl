// Reader of F16 weights, MATRIX: array<vec4u>. Group: 256 columns of a tile of 16 rows, in this order:
//   values [8 blocks][4 eights][16 rows] 8 × f16
// group: index of the group, tile · groups in a row + group in the row; row, block: within the group.
#import "values_block"
fn MATRIX_scales(group: u32, row: u32) -> Scales { return Scales(vec4u(0u), vec4u(0u)); }

fn MATRIX_block(group: u32, row: u32, block: u32, scales: Scales) -> Block {
  let at = group * 512u + block * 64u + row;
  let a = MATRIX[at];
  let b = MATRIX[at + 16u];
  let c = MATRIX[at + 32u];
  let d = MATRIX[at + 48u];
  return Block(
    vec4f(unpack2x16float(a.x), unpack2x16float(a.y)), vec4f(unpack2x16float(a.z), unpack2x16float(a.w)),
    vec4f(unpack2x16float(b.x), unpack2x16float(b.y)), vec4f(unpack2x16float(b.z), unpack2x16float(b.w)),
    vec4f(unpack2x16float(c.x), unpack2x16float(c.y)), vec4f(unpack2x16float(c.z), unpack2x16float(c.w)),
    vec4f(unpack2x16float(d.x), unpack2x16float(d.y)), vec4f(unpack2x16float(d.z), unpack2x16float(d.w)));
}
