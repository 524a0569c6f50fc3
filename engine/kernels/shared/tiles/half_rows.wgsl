// Activations as halves for matrix units: rows of whole groups of 256, scaled by 2⁻⁶ (and weights by 2⁶), so that activations
// up to 4 million and weights down to 10⁻⁶ keep their digits. Within each four the order is 0 2 1 3, which is how int8 come
// apart in pairs.
const ACTIVATION_SCALE = 0x1p-6;
const WEIGHT_SCALE = 0x1p6;

// Larger ones are held at what a half can be; a NaN or an infinity becomes NaN, so that it reaches the logits.
fn half_word(values: vec2f) -> u32 {
  let held = clamp(values * ACTIVATION_SCALE, vec2f(-65504.0), vec2f(65504.0));
  let invalid = (bitcast<vec2u>(values) & vec2u(0x7f800000u)) == vec2u(0x7f800000u);
  return pack2x16float(held) | select(0u, 0x7e00u, invalid.x) | select(0u, 0x7e000000u, invalid.y);
}
fn half_four(values: vec4f) -> vec2u { return vec2u(half_word(values.xz), half_word(values.yw)); }
