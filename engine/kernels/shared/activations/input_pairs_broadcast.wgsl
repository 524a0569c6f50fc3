// Activations in pairs (pair_products): four lanes load a quarter of a block each and tell it to the others. A load costs a
// software adapter several times as much. For subgroups of at least 4 lanes that take the same blocks at the same time:
// SPLITS is 1, so all lanes of a workgroup do, which WGSL cannot see.
enable subgroups;
diagnostic(off, subgroup_uniformity);
#import "pair_products"
var<private> input_lane: u32;

fn enter_input(lane: u32) { input_lane = lane & 3u; }

fn load_pairs(at: u32) -> Pairs {
  let own = input[at + input_lane];
  return Pairs(
    subgroupBroadcast(own, 0u), subgroupBroadcast(own, 1u), subgroupBroadcast(own, 2u), subgroupBroadcast(own, 3u));
}
