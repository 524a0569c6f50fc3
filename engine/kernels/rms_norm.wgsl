// rms_norm: output = input · rsqrt(mean(input²) + EPSILON) ⊙ weight, row by row (spec 1.3).
// in  input  [rows, WIDTH] f32
// in  weight [WIDTH] f32
// out output [rows, WIDTH] f32
// override WIDTH, EPSILON, LANES (a power of two)
// one workgroup = one row; workgroup_id.x = row
override WIDTH: u32;
override EPSILON: f32;
override LANES: u32 = 64;

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

var<workgroup> squares: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = workgroup.x * WIDTH;
  var sum = 0.0;
  for (var i = lane; i < WIDTH; i += LANES) {
    let value = input[row + i];
    sum += value * value;
  }
  squares[lane] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { squares[lane] += squares[lane + half]; }
    workgroupBarrier();
  }
  let scale = inverseSqrt(squares[0] / f32(WIDTH) + EPSILON);
  for (var i = lane; i < WIDTH; i += LANES) {
    output[row + i] = input[row + i] * scale * weight[i];
  }
}
