// Stored F32: planes of four values.
const GROUP_HALVES = 512u;

fn stored_plane(share: Share, plane: u32) -> vec4u {
  let column = plane * 4u + vec4u(0u, 1u, 2u, 3u);
  return select(vec4u(), words_at(share.at + plane * 8u), column < vec4u(share.columns));
}
