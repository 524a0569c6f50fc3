// The words of the window in the language that is shown. English is there from the start; the others are loaded on demand.
// `text` is reassigned then: whoever keeps a part of it must read it again (Root.svelte draws everything again).
import type { Settings } from '../../main/ipc/contract.ts';
import { english } from './english/english.ts';
import type { Texts } from './translation.ts';

export type Language = Exclude<NonNullable<Settings['language']>, 'system'>;

/** Each by the name that its speakers give it. */
export const languages: Record<Language, string> = { en: 'English', de: 'Deutsch', zh: '简体中文', ja: '日本語' };

export let text: Texts = english;

const loaders: Record<Exclude<Language, 'en'>, () => Promise<Texts>> = {
  de: () => import('./german/german.ts').then(({ german }) => german),
  zh: () => import('./chinese/chinese.ts').then(({ chinese }) => chinese),
  ja: () => import('./japanese/japanese.ts').then(({ japanese }) => japanese),
};

/** The setting, or the first of the system's languages that there is. */
export function languageOf(setting: Settings['language'], preferred: readonly string[]): Language {
  if (setting && setting !== 'system') return setting;
  const known = (tag: string) =>
    (Object.keys(languages) as Language[]).find((one) => tag.toLowerCase().startsWith(one));
  return preferred.map(known).find((one) => one !== undefined) ?? 'en';
}

export async function loadLanguage(language: Language): Promise<void> {
  text = language === 'en' ? english : await loaders[language]();
}
