// What the model reads of a message: its files, each between marks with its name, and then what was typed. Pure.
import type { Attachment } from '../../main/ipc/contract.ts';

export function messageContent(message: { text: string; attachments?: readonly Attachment[] }): string {
  const files = (message.attachments ?? []).map(
    ({ name, text }) => `<file name="${name.replaceAll(/["\n]/g, "'")}">\n${text}\n</file>`,
  );
  return [...files, message.text].filter((piece) => piece !== '').join('\n\n');
}
