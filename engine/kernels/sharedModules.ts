// Shared WGSL text by the name that `#import "name"` uses.
import { activations } from './shared/activations/modules.ts';
import { attention } from './shared/attention/modules.ts';
import { experts } from './shared/experts/modules.ts';
import { resident } from './shared/resident/modules.ts';
import { rows } from './shared/rows/modules.ts';
import { sampler } from './shared/sampler/modules.ts';
import { tiles } from './shared/tiles/modules.ts';
import { weights } from './shared/weights/modules.ts';

export const sharedModules: Readonly<Record<string, string>> = {
  ...activations,
  ...attention,
  ...experts,
  ...resident,
  ...rows,
  ...sampler,
  ...tiles,
  ...weights,
};
