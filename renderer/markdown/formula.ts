// TeX as MathML elements, by KaTeX. Loaded only when a message holds a formula. MathML alone: it needs no fonts and no
// inline styles, which the content policy forbids.
import katex from 'katex';

const longest = 5000;

/** The formula's element, or null where it is no TeX that KaTeX knows: it is shown as it was written then. */
export function toMathMl(tex: string, display: boolean): Element | null {
  if (tex.length > longest) return null;
  try {
    const markup = katex.renderToString(tex, {
      output: 'mathml',
      displayMode: display,
      throwOnError: true,
      trust: false,
      strict: 'ignore',
      maxExpand: 200,
      maxSize: 20,
    });
    const math = new DOMParser().parseFromString(markup, 'text/html').querySelector('math');
    for (const element of math?.querySelectorAll('[style]') ?? []) element.removeAttribute('style');
    math?.removeAttribute('style');
    return math;
  } catch {
    return null;
  }
}
