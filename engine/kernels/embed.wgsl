// embed: hidden[t] = table[id of token t]. A lane takes 32 columns.
// in  step    position, tokens, ids (gpu/types.ts, stepState)
// in  table   [tiles of 16 rows, groups of 256 columns] (shared/weights/weights_*.wgsl)
// out hidden  [tokens, COLUMNS] f32
// slots: weights, weights_form
// override COLUMNS, GROUPS, VOCABULARY; FIRST_ROW, ROWS: the rows of the table that this part of it holds
// dispatch: x: lanes over ⌈COLUMNS / 32⌉, 64 a workgroup; y: tokens
#import "weights" for table
#import "weights_form" for table
@group(0) @binding(0) var<storage, read> step: array<u32>;
@group(0) @binding(1) var<storage, read> table: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> hidden: array<f32>;
override COLUMNS: u32;
override GROUPS: u32;
override VOCABULARY: u32;
override FIRST_ROW: u32;
override ROWS: u32;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = workgroup.x * 64u + lane;
  let token = workgroup.y;
  // An id outside the vocabulary is refused before it gets here; the limit keeps a bug from reading elsewhere.
  let row = min(step[2u + token], VOCABULARY - 1u);
  if (block * 32u >= COLUMNS || row < FIRST_ROW || row >= FIRST_ROW + ROWS) { return; }
  let local = row - FIRST_ROW;
  let group = (local / 16u) * GROUPS + block / 8u;
  let values = table_block(group, local % 16u, block % 8u, table_scales(group, local % 16u));
  let at = token * COLUMNS + block * 32u;
  for (var i = 0u; i < min(32u, COLUMNS - block * 32u); i++) { hidden[at + i] = values[i / 4u][i % 4u]; }
}
