// WGSL modules of products of rows: who sums what, and how sums meet.
import joinSplits from './join_splits.wgsl?raw';
import rowPair from './row_pair.wgsl?raw';
import rowProduct from './row_product.wgsl?raw';
import rowSum from './row_sum.wgsl?raw';
import rowTurns from './row_turns.wgsl?raw';
import share1 from './share_1.wgsl?raw';
import share2 from './share_2.wgsl?raw';
import share4 from './share_4.wgsl?raw';
import splitSums from './split_sums.wgsl?raw';
import tokenTile1 from './token_tile_1.wgsl?raw';
import tokenTile4 from './token_tile_4.wgsl?raw';

export const rows: Readonly<Record<string, string>> = {
  join_splits: joinSplits,
  row_pair: rowPair,
  row_product: rowProduct,
  row_sum: rowSum,
  row_turns: rowTurns,
  share_1: share1,
  share_2: share2,
  share_4: share4,
  split_sums: splitSums,
  token_tile_1: tokenTile1,
  token_tile_4: tokenTile4,
};
