// place_rows: rows as they are stored in a file → tiles of 16 rows (gpu/weightLayouts.ts), the same words that gpu/place makes.
// in  stored  header (gpu/storedChunk.ts), then whole tiles of rows, row after row without gaps
// out matrix  [tiles, groups of 256 columns, GROUP_WORDS] 16 bytes each; rows that a slab's last tile lacks are left as they are
// override GROUP_WORDS
// dispatch: 16 lanes, a row each, for each plane of each group of each tile, 64 a workgroup, folded over x and z
@group(0) @binding(0) var<storage, read> stored: array<u32>;
@group(0) @binding(1) var<storage, read_write> matrix: array<vec4u>;
override GROUP_WORDS: u32;

const header = 8u;
const tile_rows = 16u;
const group_columns = 256u;

// One row's share of a group of columns. Places are counted in 16-bit words of `stored`.
struct Share {
  at: u32,
  // How many of the group's 256 columns the row has.
  columns: u32,
  row: u32,
  // The share of the tile's first row, from one row to the next, and how many rows the tile has.
  first: u32,
  stride: u32,
  rows: u32,
}

// Gives GROUP_HALVES, 16-bit words of a whole group of a row, and stored_plane(share, plane), the 16 bytes of a plane.
#import "stored"

fn half_at(at: u32) -> u32 { return (stored[at >> 1u] >> (16u * (at & 1u))) & 0xffffu; }

fn word_at(at: u32) -> u32 {
  let odd = at & 1u;
  let low = stored[at >> 1u];
  let high = stored[(at >> 1u) + odd];
  return select(low, (low >> 16u) | (high << 16u), odd == 1u);
}

fn words_at(at: u32) -> vec4u {
  return vec4u(word_at(at), word_at(at + 2u), word_at(at + 4u), word_at(at + 6u));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_tile = stored[0];
  let tiles = stored[1];
  let first_row = stored[2];
  let slab_rows = stored[3];
  let stride = stored[4];
  let columns = stored[5];

  let lane = (workgroup.x + workgroup.z * workgroups.x) * 64u + local;
  let row = lane % tile_rows;
  let planes = (GROUP_WORDS + tile_rows - 1u) / tile_rows;
  let plane = (lane / tile_rows) % planes;
  let groups = (columns + group_columns - 1u) / group_columns;
  let group = (lane / (tile_rows * planes)) % groups;
  let tile_in_chunk = lane / (tile_rows * planes * groups);
  let word = plane * tile_rows + row;
  if (tile_in_chunk >= tiles || word >= GROUP_WORDS) { return; }

  let tile = first_tile + tile_in_chunk;
  let slab_tiles = (slab_rows + tile_rows - 1u) / tile_rows;
  let row_in_slab = (tile % slab_tiles) * tile_rows;
  let rows = min(tile_rows, slab_rows - row_in_slab);
  // A plane of fewer than 16 words belongs to the tile as a whole.
  let of_row = (plane + 1u) * tile_rows <= GROUP_WORDS;
  if (of_row && row >= rows) { return; }

  let row_in_chunk = (tile / slab_tiles) * slab_rows + row_in_slab - first_row;
  let first = header * 2u + row_in_chunk * stride + group * GROUP_HALVES;
  let left = min(columns - group * group_columns, group_columns);
  let share = Share(first + row * stride, left, row, first, stride, rows);
  matrix[(tile * groups + group) * GROUP_WORDS + word] = stored_plane(share, plane);
}
