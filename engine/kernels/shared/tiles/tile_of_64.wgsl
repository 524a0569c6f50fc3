// Rows of activations in a tile of tile_*.wgsl, and lanes that share the tile.
const TILE = 64u;
const LANES = 256u;
