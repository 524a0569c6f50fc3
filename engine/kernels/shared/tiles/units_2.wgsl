// Heads of 128: a lane of attention_tiles holds two units of four columns.
const COLUMNS = 2u;
