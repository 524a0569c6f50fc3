// fold_norm_1token: prepares hidden for consumers that fold RMSNorm into their sums. Where a residual kernel of this step
// wrote hidden, it has done this itself.
// in  hidden  [COLUMNS] f32      in norm [COLUMNS] f32
// out quantized  hidden ⊙ norm (shared/activations/fold_tile.wgsl)
// override COLUMNS, SCALES_AT, SUMS_AT
// dispatch: ⌈COLUMNS / 16⌉ workgroups, a tile each
#import "fold_tile"
@group(0) @binding(0) var<storage, read> hidden: array<f32>;
@group(0) @binding(1) var<storage, read> norm: array<f32>;
@group(0) @binding(2) var<storage, read_write> quantized: array<u32>;
override COLUMNS: u32;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let column = workgroup.x * 16u + lane;
  var value = 0.0;
  var weight = 0.0;
  if (column < COLUMNS) {
    value = hidden[column];
    weight = norm[column];
  }
  put_tile(lane, value, weight);
  workgroupBarrier();
  if (lane == 0u) { fold_tile(workgroup.x); }
}
