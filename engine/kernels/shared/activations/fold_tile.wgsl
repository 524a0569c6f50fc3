// Sixteen new values of the hidden state, one a lane, on their way into the next norm: the norm's weight is multiplied in, the
// product quantised, and Σ hidden² left for the consumers, which know the rms only when all tiles are there (norm_scale).
// out quantized  words: blocks of 16 of hidden ⊙ norm, their scales, Σ hidden² of each tile (from SUMS_AT on)
#import "quantize_tile"
override SUMS_AT: u32;
var<workgroup> tile_squares: array<f32, 16>;

// Call from the 16 lanes of the tile before a barrier; values beyond the width are 0.
fn put_tile(row: u32, hidden_value: f32, norm_weight: f32) {
  tile_values[row] = hidden_value * norm_weight;
  tile_squares[row] = hidden_value * hidden_value;
}

// Call from one lane after the barrier.
fn fold_tile(tile: u32) {
  store_tile(tile);
  var sum = 0.0;
  for (var i = 0u; i < 16u; i++) { sum += tile_squares[i]; }
  quantized[SUMS_AT + tile] = bitcast<u32>(sum);
}
