// Why a file cannot be attached.

/** UTF-16 units: some 300,000 tokens, more than any context holds. */
export const longestFileText = 1_000_000;

export type FileProblem =
  | 'too-large' // more bytes than are read
  | 'too-long' // more text than a message takes
  | 'empty'
  | 'not-text' // a picture, a program, an archive
  | 'unreadable' // the file is gone, or is a folder
  | 'pdf-locked' // needs a password
  | 'pdf-damaged'
  | 'pdf-without-text'; // scanned pages

export class FileRefusal extends Error {
  override readonly name = 'FileRefusal';
  readonly problem: FileProblem;

  constructor(problem: FileProblem) {
    super(problem);
    this.problem = problem;
  }
}
