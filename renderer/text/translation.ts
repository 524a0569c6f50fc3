// What another language must say, so that the compiler finds what it leaves out.
import type { english } from './english/english.ts';

export type Texts = typeof english;

type Some<Words> = Words extends string | ((...values: never[]) => string)
  ? Words
  : { [Key in keyof Words]?: Some<Words[Key]> };
/** What a language must bring. What it lacks of the Models page is shown in English. */
export type Translation = Omit<Texts, 'library'> & Some<Pick<Texts, 'library'>>;
