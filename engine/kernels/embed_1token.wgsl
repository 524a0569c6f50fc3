// embed_1token: hidden = table[id of the token], and what the consumers of the first norm need of it (shared/activations/fold_tile.wgsl).
// in  step    position, tokens, id (gpu/types.ts, stepState)
// in  table   [tiles of 16 rows, groups of 256 columns] (shared/weights/weights_*.wgsl)
// in  norm    [COLUMNS] f32
// out hidden  [COLUMNS] f32
// out quantized  hidden ⊙ norm
// slots: weights, weights_form
// override COLUMNS, GROUPS, VOCABULARY, SCALES_AT, SUMS_AT
// dispatch: ⌈COLUMNS / 16⌉ workgroups, a tile each
#import "weights" for table
#import "weights_form" for table
#import "fold_tile"
@group(0) @binding(0) var<storage, read> step: array<u32>;
@group(0) @binding(1) var<storage, read> table: array<vec4u>;
@group(0) @binding(2) var<storage, read> norm: array<f32>;
@group(0) @binding(3) var<storage, read_write> hidden: array<f32>;
@group(0) @binding(4) var<storage, read_write> quantized: array<u32>;
override COLUMNS: u32;
override GROUPS: u32;
override VOCABULARY: u32;
var<workgroup> block_values: array<vec4f, 8>;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tile = workgroup.x;
  let column = tile * 16u + lane;
  if (lane == 0u) {
    // An id outside the vocabulary is refused before it gets here; the limit keeps a bug from reading elsewhere.
    let row = min(step[2], VOCABULARY - 1u);
    let group = row / 16u * GROUPS + tile / 16u;
    let values = table_block(group, row % 16u, tile % 16u / 2u, table_scales(group, row % 16u));
    for (var i = 0u; i < 8u; i++) { block_values[i] = values[i]; }
  }
  workgroupBarrier();
  var value = 0.0;
  var weight = 0.0;
  if (column < COLUMNS) {
    value = block_values[tile % 2u * 4u + lane / 4u][lane % 4u];
    weight = norm[column];
    hidden[column] = value;
  }
  put_tile(lane, value, weight);
  workgroupBarrier();
  if (lane == 0u) { fold_tile(tile); }
}
