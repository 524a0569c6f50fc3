// Four rows of activations to two blocks of weights, which are unpacked once for all of them: the form for many tokens.
const TOKENS = 4u;
alias Rows = vec4u;
alias Sums = mat4x2f; // a column a row
fn rows_from(first: u32) -> Rows { return vec4u(first, first + 1u, first + 2u, first + 3u); }
fn row_of(rows: Rows, t: u32) -> u32 { return rows[t]; }
fn sums_of(sums: Sums, t: u32) -> vec2f { return sums[t]; }

fn dot_rows(first: Block, second: Block, rows: Rows, block: u32) -> Sums {
  return mat4x2f(
    dot_two(first, second, rows.x, block), dot_two(first, second, rows.y, block),
    dot_two(first, second, rows.z, block), dot_two(first, second, rows.w, block));
}
