// record_experts: keeps what a layer chose for the step's last token, before the next layer chooses.
// in  step    word 1: tokens of the step
// in  ids     [tokens, USED] u32
// in  weights [tokens, USED] f32
// out record  [USED] u32 ids, then from WEIGHTS_AT on the bits of the weights
// override USED, WEIGHTS_AT
// one workgroup in all
override USED: u32;
override WEIGHTS_AT: u32;
const LANES = 16u;

@group(0) @binding(0) var<storage, read> step: array<u32>;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> record: array<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  let row = (step[1] - 1u) * USED;
  for (var k = lane; k < USED; k += LANES) {
    record[k] = ids[row + k];
    record[WEIGHTS_AT + k] = bitcast<u32>(weights[row + k]);
  }
}
