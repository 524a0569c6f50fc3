// Heads of 64: a lane of attention_tiles holds one unit of four columns.
const COLUMNS = 1u;
