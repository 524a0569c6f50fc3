// 1 / rms of the hidden state whose norm is folded into the input: known only when all of it is, so consumers multiply their
// sums by it. `squares` holds Σ hidden² of each tile of 16 values, from word SQUARES_AT on. Call read_squares before a
// barrier, norm_scale after it.
override NORM_WIDTH: u32;
override EPSILON: f32;
override SQUARES: u32 = (NORM_WIDTH + 63u) / 64u; // vec4f words; those beyond the last tile are 0
override SQUARES_AT: u32 = 8u * ((NORM_WIDTH + 255u) / 256u);
var<workgroup> norm_squares: array<vec4f, SQUARES>;

fn read_squares(lane: u32, lanes: u32) {
  for (var i = lane; i < SQUARES; i += lanes) { norm_squares[i] = input_scales[SQUARES_AT + i]; }
}

fn norm_scale() -> f32 {
  var sum = vec4f();
  for (var i = 0u; i < SQUARES; i++) { sum += norm_squares[i]; }
  return inverseSqrt((sum.x + sum.y + sum.z + sum.w) / f32(NORM_WIDTH) + EPSILON);
}
