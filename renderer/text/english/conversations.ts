// English words around conversations: finding, ordering, branching, carrying them in and out; commands and settings.

const count = (number: number, one: string, many: string) =>
  number === 1 ? `1 ${one}` : `${number.toLocaleString('en')} ${many}`;

export const search = {
  label: 'Search chats',
  results: 'Search results',
  clear: 'Clear the search',
  none: (query: string) => `No chats found for “${query}”.`,
  found: (number: number) => count(number, 'chat found', 'chats found'),
  more: 'Show more',
  moreMatches: (number: number) => `and ${count(number, 'more match', 'more matches')}`,
  indexing: 'Messages or files are still being indexed; more may be found in a moment.',
  inFile: 'In the attached file',
  failed: (reason: string) => `The search could not be done: ${reason}`,
  you: 'You',
  model: 'Model',
};

export const organise = {
  more: 'More',
  pin: 'Pin',
  unpin: 'Unpin',
  pinned: 'Pinned',
  folders: 'Folders',
  archive: 'Archive',
  unarchive: 'Take out of the archive',
  archived: 'Archived',
  archivedToast: (title: string) => `Archived “${title}”`,
  duplicate: 'Duplicate',
  duplicateTitle: (title: string) => `${title} (copy)`,
  moveTo: 'Move to folder',
  noFolder: 'No folder',
  newFolder: 'New folder…',
  newFolderName: 'New folder',
  folderName: 'Folder name',
  folder: (name: string, number: number) => `${name}, ${count(number, 'chat', 'chats')}`,
  renameFolder: 'Rename folder',
  deleteFolder: 'Delete folder',
  deletedFolder: (name: string) => `Deleted the folder “${name}”; its chats stay.`,
  emptyFolder: 'No chats here.',
  notChanged: (reason: string) => `That was not changed: ${reason}`,
};

export const messageActions = {
  edit: 'Edit',
  editing: 'Edit the message',
  send: 'Send',
  save: 'Save',
  cancel: 'Cancel',
  editHint: 'The earlier version stays as a branch.',
  copyMarkdown: 'Copy as Markdown',
  previousBranch: 'Previous branch',
  nextBranch: 'Next branch',
  branchOf: (index: number, number: number) => `${index} of ${number}`,
  continue: 'Continue',
  editedAnswer: 'You edited this answer.',
  notEdited: (reason: string) => `The message was not changed: ${reason}`,
  system: 'System prompt',
};

export const transfer = {
  export: 'Export',
  markdown: 'Save as Markdown',
  json: 'Save as JSON',
  all: 'Save all chats as JSON',
  import: 'Import',
  importing: (name: string, percent: number) => `Importing ${name} · ${percent} %`,
  imported: (chats: number, messages: number, leftOut: number) =>
    `Imported ${count(chats, 'chat', 'chats')} with ${count(messages, 'message', 'messages')}.` +
    (leftOut > 0 ? ` ${count(leftOut, 'entry was', 'entries were')} no turn of a chat and left out.` : ''),
  notExported: (reason: string) => `The chat was not exported: ${reason}`,
  saved: (name: string) => `Saved as ${name}`,
  withoutTokens: 'The probabilities of its answers would have made the file too large and are not in it.',
};

export const attachments = {
  label: 'Attached files',
  attach: 'Attach files',
  show: (name: string) => `Show the text of ${name}`,
  remove: (name: string) => `Remove ${name}`,
  reading: (name: string) => `Reading ${name}`,
  tokens: (number: number) => count(number, 'token', 'tokens'),
  notCounted: 'not counted yet',
  pages: (number: number) => count(number, 'page', 'pages'),
  hint: 'This is what the model reads of the file.',
  cut: 'The file goes on; the model reads all of it.',
  tooMuch: (tokens: number, context: number) =>
    `These files have ${count(tokens, 'token', 'tokens')}, and the context holds ${context.toLocaleString('en')}: the model cannot read all of that.`,
  dropHere: 'Drop files to attach them; exported chats are imported',
  tooMany: (most: number) => `A message takes ${most} files; the others were not attached.`,
  refused: {
    'too-large': (name: string) => `${name} is too large: 5 MB of text or a PDF of 50 MB is the most.`,
    'too-long': (name: string) => `${name} holds more than a million characters, which no context has room for.`,
    empty: (name: string) => `${name} is empty.`,
    'not-text': (name: string) => `${name} is no text. Text files, source code and PDFs can be attached.`,
    unreadable: (name: string) => `${name} could not be read. It may have been moved, or it is a folder.`,
    'pdf-locked': (name: string) => `${name} is locked with a password. Save it without one, then attach it again.`,
    'pdf-damaged': (name: string) => `${name} is damaged, so its text could not be read.`,
    'pdf-without-text': (name: string) => `${name} holds no text: its pages are pictures.`,
  },
};

export const prompts = {
  systemPrompt: 'System prompt',
  systemPromptHint: 'Stands before the first message of this chat. The model reads it every time.',
  systemPromptPlaceholder: 'You are a patient teacher. Answer in two sentences.',
  save: 'Save',
  close: 'Close',
  presets: 'Presets',
  presetsHint: 'A preset keeps a system prompt, sampling values, how the model thinks and, if you like, the model.',
  noPresets: 'There are no presets yet. Set up a chat as you like it, then save it here.',
  apply: 'Use',
  applied: (name: string) => `This chat now uses “${name}”.`,
  deletePreset: (name: string) => `Delete “${name}”`,
  deletedPreset: (name: string) => `Deleted the preset “${name}”`,
  exportPreset: (name: string) => `Export “${name}”`,
  name: 'Name',
  saveAs: 'Save this chat’s settings as a preset',
  withModel: (name: string) => `Include the model (${name})`,
  replace: 'Replace',
  importPresets: 'Import presets',
  importedPresets: (number: number) => `Imported ${count(number, 'preset', 'presets')}.`,
  exportPresets: 'Export all',
  missingModel: (name: string) => `The preset’s model, ${name}, is not installed; the chat keeps the present one.`,
  noSystemPrompt: 'no system prompt',
  changedValues: (number: number) => count(number, 'changed value', 'changed values'),
  thinks: 'thinks first',
  thinksUpTo: (tokens: number) => `thinks up to ${count(tokens, 'token', 'tokens')}`,
  answersAtOnce: 'answers at once',
};

export const commands = {
  title: 'Commands',
  search: 'Type a command or the title of a chat',
  none: 'No matches.',
  groups: { chat: 'This chat', commands: 'Commands', chats: 'Chats' },
  shortcuts: 'Keyboard shortcuts',
  settings: 'Settings',
  focusMessage: 'Go to the message field',
  focusSearch: 'Search chats',
  stop: 'Stop the answer',
  keys: {
    send: 'Send the message',
    newLine: 'New line',
    editLast: 'Change your last message (in an empty message field)',
    escape: 'Stop the answer, or close a panel',
    rename: 'Rename the chat (in the list)',
    delete: 'Delete the chat (in the list)',
    move: 'Move in the list',
    menu: 'Menu of the chat (in the list)',
  },
};

export const settings = {
  title: 'Settings',
  appearance: 'Appearance',
  language: 'Language',
  system: 'Same as system',
  textSize: 'Text size',
  sizes: { small: 'Small', normal: 'Normal', large: 'Large', largest: 'Very large' },
  groups: { general: 'General', performance: 'Performance' },
  tuning: 'Tuning',
  tuningHint:
    'Conclave can measure what runs fastest on your graphics card. That takes up to a few minutes, once, while a model loads.',
  tuningLevels: {
    off: 'Off',
    cached: 'Use what is known',
    missing: 'Measure what is missing',
    retune: 'Measure again, once',
  },
  resident: 'Several layers at once',
  residentHint:
    'Faster on some graphics cards. Tested once, by itself, while nothing else goes on, and used only where it passes and is faster. A change here counts from the next time a model loads.',
  residentChoices: { auto: 'Where it is faster', off: 'Off' },
  residentOn: 'In use now.',
  residentOff: {
    unfit: 'Not in use: this model or graphics card cannot do it.',
    unmeasured:
      'Not in use: not tested on this graphics card yet. That happens when nothing has been asked for some seconds, unless measuring above is off.',
    slower: 'Not in use: no faster on this graphics card.',
    failed: 'Not in use: it failed its test on this graphics card.',
    gaveUp: 'Not in use: it got stuck once with this driver, and the answer went on without it.',
  },
  kv: 'Memory of a chat',
  kvHint:
    '8 bits need about half as much memory as 16, so longer chats fit. Rounding changes a word here and there, and several layers at once are off. Takes effect the next time a model loads.',
  kvKinds: { f16: '16 bits', q8: '8 bits' },
  modelTitles: 'Let the model name new chats',
  modelTitlesHint: 'After its first answer, when it has nothing else to do. The starter model is too small for this.',
  globalKey: 'Key that shows Conclave from anywhere',
  noKey: 'None',
  globalKeyTaken: (key: string) => `${key} belongs to another program. Choose another key in the settings.`,
  keepInTray: 'Keep running in the tray when the window is closed',
};
