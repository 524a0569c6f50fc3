// What fragments_units does, without matrix units: so that kernels that need them can be tested anywhere. A lane of 32 holds
// half a row of a product.
#import "fragment_rows"
alias Left = vec2u; // fragment and part
struct Right { fragment: u32, part: u32, rows: bool }
alias Sums = array<vec4f, 2>;
var<private> fragment_lane: u32;

fn enter_fragments(lane: u32) { fragment_lane = lane & 31u; }

fn left_rows(fragment: u32, part: u32) -> Left { return vec2u(fragment, part); }
fn right_columns(fragment: u32, part: u32) -> Right { return Right(fragment, part, false); }
fn right_rows(fragment: u32, part: u32) -> Right { return Right(fragment, part, true); }

fn half_at(fragment: u32, row: u32, column: u32) -> f32 {
  let pair = unpack2x16float(staged[fragment][row * PITCH + column / 8u][(column / 2u) & 3u]);
  return select(pair.x, pair.y, (column & 1u) == 1u);
}

fn add_product(left: Left, right: Right, sums: Sums) -> Sums {
  let row = fragment_lane / 2u;
  let column = (fragment_lane & 1u) * 8u;
  var result = sums;
  for (var k = 0u; k < 16u; k++) {
    let value = half_at(left.x, row, left.y * 16u + k);
    for (var i = 0u; i < 8u; i++) {
      var other = 0.0;
      if (right.rows) { other = half_at(right.fragment, k, right.part * 16u + column + i); }
      else { other = half_at(right.fragment, column + i, right.part * 16u + k); }
      result[i / 4u][i & 3u] += value * other;
    }
  }
  return result;
}

fn own_place() -> u32 { return (fragment_lane / 2u) * PITCH + (fragment_lane & 1u) * 2u; }
fn store_rows(fragment: u32, part: u32, sums: Sums) {
  let to = own_place() + part * 4u;
  staged[fragment][to] = bitcast<vec4u>(sums[0]);
  staged[fragment][to + 1u] = bitcast<vec4u>(sums[1]);
}
fn load_rows(fragment: u32) -> Sums {
  let at = own_place();
  return Sums(bitcast<vec4f>(staged[fragment][at]), bitcast<vec4f>(staged[fragment][at + 1u]));
}

fn half_pair(word: u32, offset: f32, scale: f32, minimum: f32) -> u32 {
  let values = vec2f(vec2i(vec2u(word << 24u, word << 8u)) >> vec2u(24u));
  return pack2x16float((values - offset) * scale - minimum);
}
