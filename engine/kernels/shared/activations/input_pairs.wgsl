// Activations in pairs (pair_products): every lane loads all of a block.
#import "pair_products"
fn enter_input(lane: u32) {}

fn load_pairs(at: u32) -> Pairs { return Pairs(input[at], input[at + 1u], input[at + 2u], input[at + 3u]); }
