// WGSL modules of products in tiles, by lanes or by matrix units.
import fragmentRows from './fragment_rows.wgsl?raw';
import fragmentsLanes from './fragments_lanes.wgsl?raw';
import fragmentsUnits from './fragments_units.wgsl?raw';
import halfRows from './half_rows.wgsl?raw';
import productsFloat from './products_float.wgsl?raw';
import productsHalves from './products_halves.wgsl?raw';
import slotTilesDense from './slot_tiles_dense.wgsl?raw';
import slotTilesGrouped from './slot_tiles_grouped.wgsl?raw';
import tileFloat from './tile_float.wgsl?raw';
import tileHalves from './tile_halves.wgsl?raw';
import tileInt8 from './tile_int8.wgsl?raw';
import tileOf128 from './tile_of_128.wgsl?raw';
import tileOf16 from './tile_of_16.wgsl?raw';
import tileOf32 from './tile_of_32.wgsl?raw';
import tileOf64 from './tile_of_64.wgsl?raw';
import units1 from './units_1.wgsl?raw';
import units2 from './units_2.wgsl?raw';

export const tiles: Readonly<Record<string, string>> = {
  fragment_rows: fragmentRows,
  fragments_lanes: fragmentsLanes,
  fragments_units: fragmentsUnits,
  half_rows: halfRows,
  products_float: productsFloat,
  products_halves: productsHalves,
  slot_tiles_dense: slotTilesDense,
  slot_tiles_grouped: slotTilesGrouped,
  tile_float: tileFloat,
  tile_halves: tileHalves,
  tile_int8: tileInt8,
  tile_of_128: tileOf128,
  tile_of_16: tileOf16,
  tile_of_32: tileOf32,
  tile_of_64: tileOf64,
  units_1: units1,
  units_2: units2,
};
