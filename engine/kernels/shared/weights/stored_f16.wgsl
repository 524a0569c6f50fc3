// Stored F16 and BF16: planes of eight values.
const GROUP_HALVES = 256u;

fn stored_plane(share: Share, plane: u32) -> vec4u {
  let words = words_at(share.at + plane * 8u);
  let column = plane * 8u + vec4u(0u, 2u, 4u, 6u);
  let low = select(vec4u(), words & vec4u(0xffffu), column < vec4u(share.columns));
  return low | select(vec4u(), words & vec4u(0xffff0000u), column + 1u < vec4u(share.columns));
}
