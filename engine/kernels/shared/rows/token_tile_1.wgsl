// One row of activations to two blocks of weights: the form for single tokens.
const TOKENS = 1u;
alias Rows = u32;
alias Sums = vec2f;
fn rows_from(first: u32) -> Rows { return first; }
fn row_of(rows: Rows, t: u32) -> u32 { return rows; }
fn sums_of(sums: Sums, t: u32) -> vec2f { return sums; }

fn dot_rows(first: Block, second: Block, rows: Rows, block: u32) -> Sums { return dot_two(first, second, rows, block); }
