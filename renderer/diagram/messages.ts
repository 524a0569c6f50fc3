// What the window and the page that draws diagrams say to each other. The page says 'ready' first.

export interface DiagramWanted {
  id: number;
  /** As it stands in the message. */
  source: string;
  dark: boolean;
}

export interface DiagramDrawn {
  id: number;
  picture: Diagram | null;
}

export interface Diagram {
  /** A whole file, shown as an image: nothing in it runs or loads. */
  svg: string;
  width: number;
  height: number;
}
