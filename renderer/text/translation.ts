// What another language must say, so that the compiler finds what it leaves out.
import type { english } from './english/english.ts';

export type Texts = typeof english;
