// Which tokens prompt and answer hold, as the penalties see them: all of them, or those within a window of the last ones.

export interface HistoryWindows {
  /** Last tokens that each looks at; null: all. */
  repetitionWindow: number | null;
  presenceWindow: number | null;
}

export class TokenHistory {
  /** The prompt, then the answer. */
  readonly ids: number[] = [];
  /** Times that prompt and answer hold a token, within the repetition window. */
  readonly repeated: Uint32Array;
  /** Times that the answer holds a token, within the presence window. */
  readonly counts: Uint32Array;
  #promptLength = 0;
  #windows: HistoryWindows = { repetitionWindow: null, presenceWindow: null };

  constructor(vocabularySize: number) {
    this.repeated = new Uint32Array(vocabularySize);
    this.counts = new Uint32Array(vocabularySize);
  }

  start(prompt: ArrayLike<number>, answer: ArrayLike<number>, windows: HistoryWindows): void {
    this.#windows = windows;
    this.ids.length = 0;
    this.repeated.fill(0);
    this.counts.fill(0);
    this.#promptLength = Infinity;
    for (let i = 0; i < prompt.length; i++) this.push(prompt[i]);
    this.#promptLength = prompt.length;
    for (let i = 0; i < answer.length; i++) this.push(answer[i]);
  }

  push(id: number): void {
    const at = this.ids.push(id) - 1;
    const { repetitionWindow, presenceWindow } = this.#windows;
    this.repeated[id]++;
    if (repetitionWindow !== null && at >= repetitionWindow) this.repeated[this.ids[at - repetitionWindow]]--;
    if (at < this.#promptLength) return;
    this.counts[id]++;
    if (presenceWindow === null) return;
    const leaving = at - presenceWindow;
    if (leaving >= this.#promptLength) this.counts[this.ids[leaving]]--;
  }
}
