// The random numbers of the sampler, keyed by (seed, step, token): generate/random.ts in WGSL, integers bit for bit.

fn pcg_hash(value: u32) -> u32 {
  let state = value * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}

fn race_keys(seed: u32, step: u32) -> vec2u {
  return vec2u(pcg_hash(pcg_hash(seed) + step), pcg_hash(pcg_hash(step + 0x9e3779b9u) ^ seed));
}

/** ln x for normal x > 0. The built-in may be 2^-21 off near 1, where −ln u would then reach 0. */
fn natural_log(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  // x = m · 2^e with m from √½ to √2, so that nothing cancels near 1.
  let shifted = bits - 0x3f3504f3u;
  let exponent = f32(bitcast<i32>(shifted) >> 23u);
  let f = bitcast<f32>((shifted & 0x7fffffu) + 0x3f3504f3u) - 1.0;
  let s = f / (2.0 + f);
  let z = s * s;
  let series = z * (0.33333334 + z * (0.2 + z * (0.14285715 + z * 0.11111111)));
  return exponent * 0.69314718 + 2.0 * (s + s * series);
}

/** −ln(−ln u), u of 23 bits and a half: never 0 or 1 (spec 4.6). */
fn gumbel_noise(token: u32, keys: vec2u) -> f32 {
  let bits = pcg_hash(pcg_hash(token + keys.x) ^ keys.y);
  // (n + ½)·2^-23 exactly: f32 holds 24 bits.
  let u = f32((bits >> 9u) * 2u + 1u) * 0x1p-24;
  return -natural_log(-natural_log(u));
}
