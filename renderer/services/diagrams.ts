// Draws diagrams in a hidden frame that is made for the first one. Knows nothing of Mermaid.
import type { Diagram, DiagramDrawn, DiagramWanted } from '../diagram/messages.ts';

/** A source that takes longer is shown as it was written. */
const patienceMs = 10_000;

let frame: Promise<HTMLIFrameElement> | null = null;
let nextId = 1;

/** The picture of a source, or null where it is not understood. */
export async function drawDiagram(source: string, dark: boolean): Promise<Diagram | null> {
  frame ??= openFrame();
  const { contentWindow } = await frame;
  const id = nextId++;
  return new Promise((resolve) => {
    const end = (diagram: Diagram | null) => {
      removeEventListener('message', receive);
      clearTimeout(timer);
      resolve(diagram);
    };
    const receive = ({ source: from, data }: MessageEvent<DiagramDrawn>) => {
      if (from === contentWindow && data.id === id) end(data.picture);
    };
    const timer = setTimeout(() => end(null), patienceMs);
    addEventListener('message', receive);
    contentWindow?.postMessage({ id, source, dark } satisfies DiagramWanted, location.origin);
  });
}

function openFrame(): Promise<HTMLIFrameElement> {
  return new Promise((resolve) => {
    const opened = document.createElement('iframe');
    opened.className = 'diagram-frame';
    opened.setAttribute('aria-hidden', 'true');
    opened.tabIndex = -1;
    opened.title = 'Diagrams';
    addEventListener('message', function ready({ source, data }: MessageEvent<unknown>) {
      if (source !== opened.contentWindow || data !== 'ready') return;
      removeEventListener('message', ready);
      resolve(opened);
    });
    opened.src = new URL('diagram.html', document.baseURI).href;
    document.body.append(opened);
  });
}
