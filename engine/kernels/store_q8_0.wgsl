// store_q8_0: float rows → Q8_0 blocks as a file would store them, for place_rows. CPU twin: format/quantize/q8_0.ts
// in  floats  header (gpu/storedChunk.ts), then values without gaps, a multiple of 32
// out stored  header left as it is, then blocks of 34 bytes: f16 scale, 32 int8
// dispatch: a lane for two blocks, which are 17 whole words, 64 a workgroup, folded over x and z
@group(0) @binding(0) var<storage, read> floats: array<u32>;
@group(0) @binding(1) var<storage, read_write> stored: array<u32>;

const header = 8u;

// Gives value_at(i) -> f32, value i behind the header.
#import "floats"
#import "float_halves"

// The 16-bit words of a block: word 0 is the scale, the others hold two values each.
fn store_block(block: u32) -> array<u32, 17> {
  var words: array<u32, 17>;
  let first = block * 32u;
  var largest = 0f;
  var finite = true;
  for (var i = 0u; i < 32u; i++) {
    let value = value_at(first + i);
    finite = finite && is_finite(value);
    largest = max(largest, abs(value));
  }
  let half = scale_half(largest / 127f, finite);
  let scale = unpack2x16float(half).x;
  let inverse = select(0f, 1f / scale, scale > 0f);
  words[0] = half;
  for (var i = 0u; i < 16u; i++) {
    let two = vec2f(value_at(first + 2u * i), value_at(first + 2u * i + 1u)) * inverse;
    let codes = vec2u(vec2i(clamp(floor(two + 0.5f), vec2f(-127f), vec2f(127f)))) & vec2u(0xffu);
    words[1u + i] = codes.x | (codes.y << 8u);
  }
  return words;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let blocks = floats[6] / 32u;
  let pair = (workgroup.x + workgroup.z * workgroups.x) * 64u + local;
  if (pair * 2u >= blocks) { return; }
  let even = store_block(pair * 2u);
  var odd: array<u32, 17>;
  if (pair * 2u + 1u < blocks) { odd = store_block(pair * 2u + 1u); }
  let at = header + pair * 17u;
  for (var i = 0u; i < 8u; i++) { stored[at + i] = even[2u * i] | (even[2u * i + 1u] << 16u); }
  stored[at + 8u] = even[16] | (odd[0] << 16u);
  if (pair * 2u + 1u == blocks) { return; }
  for (var i = 0u; i < 8u; i++) { stored[at + 9u + i] = odd[2u * i + 1u] | (odd[2u * i + 2u] << 16u); }
}
