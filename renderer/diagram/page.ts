// The page in which diagrams are drawn: a hidden frame of the window, because Mermaid needs inline styles, which the window's
// content policy forbids. Only this page may have them, and it may do nothing else: no connection, no picture, no frame.
import mermaid from 'mermaid';
import '../styles/tokens.css';
import type { DiagramDrawn, DiagramWanted } from './messages.ts';

/** Longer sources and larger graphs would hold the window up. */
const longestSource = 20_000;
const mostEdges = 400;

addEventListener('message', ({ data, source, origin }: MessageEvent<DiagramWanted>) => {
  if (source !== parent || origin !== location.origin) return;
  void draw(data).then((drawn) => parent.postMessage(drawn, location.origin));
});

/** Nothing is drawn for what Mermaid does not understand. */
async function draw({ id, source, dark }: DiagramWanted): Promise<DiagramDrawn> {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    suppressErrorRendering: true,
    // HTML in labels cannot stand in a picture.
    htmlLabels: false,
    flowchart: { htmlLabels: false },
    fontFamily: 'system-ui, sans-serif',
    look: 'classic',
    theme: 'base',
    themeVariables: colours(dark),
    maxTextSize: longestSource,
    maxEdges: mostEdges,
    deterministicIds: true,
    secure: [
      'secure',
      'securityLevel',
      'startOnLoad',
      'maxTextSize',
      'maxEdges',
      'htmlLabels',
      'fontFamily',
      'themeCSS',
    ],
  });
  try {
    const { svg } = await mermaid.render(`diagram-${id}`, source);
    return { id, picture: asPicture(svg) };
  } catch {
    return { id, picture: null };
  }
}

/** The window's own, as Mermaid names them; the rest it makes of these. */
function colours(dark: boolean): Record<string, string | boolean> {
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  const tokens = getComputedStyle(document.documentElement);
  const token = (name: string) => tokens.getPropertyValue(`--${name}`).trim();
  return {
    darkMode: dark,
    fontSize: '14px',
    background: token('surface-code'),
    primaryColor: token('surface-card'),
    primaryTextColor: token('ink'),
    primaryBorderColor: token('line-control'),
    lineColor: token('ink-soft'),
    textColor: token('ink'),
    secondaryColor: token('accent-soft'),
    tertiaryColor: token('surface-side'),
    edgeLabelBackground: token('surface-code'),
    noteBkgColor: token('warn-soft'),
    noteBorderColor: token('warn-line'),
    noteTextColor: token('ink'),
  };
}

/** A whole SVG file with its own size; null where there is none. */
function asPicture(markup: string): DiagramDrawn['picture'] {
  const svg = new DOMParser().parseFromString(markup, 'text/html').querySelector('svg');
  if (!svg) return null;
  for (const element of svg.querySelectorAll('foreignObject, script, image')) element.remove();
  const { width, height } = svg.viewBox.baseVal;
  svg.setAttribute('width', String(Math.ceil(width)));
  svg.setAttribute('height', String(Math.ceil(height)));
  svg.style.removeProperty('max-width');
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return { svg: new XMLSerializer().serializeToString(svg), width: Math.ceil(width), height: Math.ceil(height) };
}

parent.postMessage('ready', location.origin);
