// The languages that the user's system prefers, best first, as BCP 47 tags.

export function systemLanguages(): readonly string[] {
  return navigator.languages;
}
