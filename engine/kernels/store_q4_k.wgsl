// store_q4_k: float rows → Q4_K blocks as a file would store them, for place_rows. CPU twin: format/quantize/q4K.ts, which
// says what is searched
// in  floats  header (gpu/storedChunk.ts), then values without gaps, a multiple of 256
// out stored  header left as it is, then blocks of 144 bytes: f16 scale and least, 12 bytes of 6-bit codes, 128 of nibbles
// dispatch: a lane for each of a block's eight sub-blocks of 32 values, 64 a workgroup, folded over x and z
@group(0) @binding(0) var<storage, read> floats: array<u32>;
@group(0) @binding(1) var<storage, read_write> stored: array<u32>;

const header = 8u;
const block_words = 36u;
const tries = array<f32, 5>(-1f, -0.5f, 0f, 0.5f, 1f);

// Gives value_at(i) -> f32, value i behind the header.
#import "floats"
#import "float_halves"

struct Fit {
  // Of value = scale · code − least; both ≥ 0.
  scale: f32,
  least: f32,
  finite: bool,
}

var<workgroup> fits: array<Fit, 64>;
// What a sub-block's codes are rounded with, after scale and least have become 6-bit codes: inverse step, and the shift.
var<workgroup> rounding: array<vec2f, 64>;
var<workgroup> codes: array<vec2u, 64>;

fn nearest_code(shifted: f32) -> f32 { return clamp(floor(shifted), 0f, 15f); }

fn fit_sub_block(first: u32) -> Fit {
  var lowest = 0f;
  var highest = -3.4e38f;
  var sum = 0f;
  var finite = true;
  for (var i = 0u; i < 32u; i++) {
    let value = value_at(first + i);
    finite = finite && is_finite(value);
    lowest = min(lowest, value);
    highest = max(highest, value);
    sum += value;
  }
  var best = Fit(0f, -lowest, finite);
  let range = highest - lowest;
  if (!(range > 0f)) { return best; }
  var least_error = 3.4e38f;
  for (var n = 0u; n < 5u; n++) {
    let inverse = (15f + tries[n]) / range;
    let shift = 0.5f - lowest * inverse;
    var code_sum = 0f;
    var code_squares = 0f;
    var products = 0f;
    for (var i = 0u; i < 32u; i++) {
      let value = value_at(first + i);
      let code = nearest_code(value * inverse + shift);
      code_sum += code;
      code_squares += code * code;
      products += code * value;
    }
    let determinant = 32f * code_squares - code_sum * code_sum;
    // Through the origin where the line would need a negative least, or all codes are the same.
    var offset = 0f;
    var scale = products / code_squares;
    if (determinant > 0f) {
      let free_offset = (sum * code_squares - code_sum * products) / determinant;
      if (free_offset <= 0f) {
        offset = free_offset;
        scale = (32f * products - sum * code_sum) / determinant;
      }
    }
    // Summed, not multiplied out as on the CPU: in single precision the difference of large sums would be noise.
    var error = 0f;
    for (var i = 0u; i < 32u; i++) {
      let value = value_at(first + i);
      let left = value - (scale * nearest_code(value * inverse + shift) + offset);
      error += left * left;
    }
    if (error < least_error) {
      least_error = error;
      best.scale = scale;
      best.least = -offset;
    }
  }
  return best;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let blocks = floats[6] / 256u;
  let lane = (workgroup.x + workgroup.z * workgroups.x) * 64u + local;
  let block = lane >> 3u;
  let sub = lane & 7u;
  let here = block < blocks;
  let first = block * 256u + sub * 32u;
  if (here) { fits[local] = fit_sub_block(first); }
  workgroupBarrier();

  let base = local - sub;
  var largest = vec2f();
  var finite = true;
  for (var i = 0u; i < 8u; i++) {
    largest = max(largest, vec2f(fits[base + i].scale, fits[base + i].least));
    finite = finite && fits[base + i].finite;
  }
  let halves = scale_half(largest.x / 63f, finite) | (scale_half(largest.y / 63f, true) << 16u);
  let units = unpack2x16float(halves);
  let fit = vec2f(fits[local].scale, fits[local].least);
  let in_units = select(vec2f(), fit / units, units > vec2f());
  let code = vec2u(clamp(floor(in_units + 0.5f), vec2f(), vec2f(63f)));
  let step = units * vec2f(code);
  let inverse = select(0f, 1f / step.x, step.x > 0f);
  codes[local] = code;
  rounding[local] = vec2f(inverse, step.y * inverse + 0.5f);
  workgroupBarrier();
  if (!here) { return; }

  let at = header + block * block_words;
  if (sub == 0u) {
    stored[at] = halves;
    var words = vec3u();
    for (var i = 0u; i < 4u; i++) {
      let early = codes[base + i];
      let late = codes[base + 4u + i];
      words.x |= (early.x | ((late.x >> 4u) << 6u)) << (8u * i);
      words.y |= (early.y | ((late.y >> 4u) << 6u)) << (8u * i);
      words.z |= ((late.x & 15u) | ((late.y & 15u) << 4u)) << (8u * i);
    }
    for (var i = 0u; i < 3u; i++) { stored[at + 1u + i] = words[i]; }
  }
  // Two sub-blocks share 32 bytes, low and high nibbles; each of their lanes writes four of the eight words.
  let pair = sub & 6u;
  let half = sub & 1u;
  let low = rounding[base + pair];
  let high = rounding[base + pair + 1u];
  let values = block * 256u + pair * 32u + half * 16u;
  for (var word = 0u; word < 4u; word++) {
    var bytes = 0u;
    for (var i = 0u; i < 4u; i++) {
      let index = values + word * 4u + i;
      let low_code = u32(nearest_code(value_at(index) * low.x + low.y));
      let high_code = u32(nearest_code(value_at(index + 32u) * high.x + high.y));
      bytes |= (low_code | (high_code << 4u)) << (8u * i);
    }
    stored[at + 4u + pair * 4u + half * 4u + word] = bytes;
  }
}
