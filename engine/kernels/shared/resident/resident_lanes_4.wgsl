// What lanes of a workgroup tell each other, where subgroups have as few as 4 lanes (software adapters): workgroup memory.
enable subgroups;
diagnostic(off, subgroup_uniformity);
const SUBGROUP = 4u;
var<workgroup> shown: array<f32, LANES>;
var<workgroup> shown_others: array<f32, LANES>;
var<workgroup> shown_fours: array<vec4f, LANES>;

// Sixteen lanes that follow each other have a tile's values. Call show_tiles from all lanes, the others after it.
fn show_tiles(lane: u32, value: f32, other: f32) {
  workgroupBarrier();
  shown[lane] = value;
  shown_others[lane] = other;
  workgroupBarrier();
}

fn tile_block(lane: u32, value: f32) -> QuantizedBlock {
  let first = lane / 16u * 16u;
  var fours: array<vec4f, 4>;
  for (var i = 0u; i < 4u; i++) {
    fours[i] = vec4f(shown[first + 4u * i], shown[first + 4u * i + 1u], shown[first + 4u * i + 2u], shown[first + 4u * i + 3u]);
  }
  return quantize_block(fours[0], fours[1], fours[2], fours[3]);
}

fn tile_sum(lane: u32, other: f32) -> f32 {
  var sum = 0.0;
  for (var i = 0u; i < 16u; i++) { sum += shown_others[lane / 16u * 16u + i]; }
  return sum;
}

// Of attention, as in resident_lanes_32.wgsl; all lanes of the workgroup call these.
fn across(lane: u32, value: f32, step: u32) -> f32 {
  shown[lane] = value;
  workgroupBarrier();
  let other = shown[lane ^ step];
  workgroupBarrier();
  return other;
}

fn fours_across(lane: u32, value: vec4f, step: u32) -> vec4f {
  shown_fours[lane] = value;
  workgroupBarrier();
  let other = shown_fours[lane ^ step];
  workgroupBarrier();
  return other;
}

fn four_heads(lane: u32, value: f32, key: u32) -> vec4f {
  shown[lane] = value;
  workgroupBarrier();
  let first = lane / 32u * 32u + 8u * key;
  let heads = vec4f(shown[first], shown[first + 2u], shown[first + 4u], shown[first + 6u]);
  workgroupBarrier();
  return heads;
}

// Never: all lanes must come to the barriers.
fn leaves_out(needless: bool) -> bool { return false; }
