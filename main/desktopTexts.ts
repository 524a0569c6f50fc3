// What menus, dock, tray and the platform's dialogs say, in the languages of the window.
import type { Settings } from './ipc/contract.ts';

export interface DesktopTexts {
  file: string;
  edit: string;
  view: string;
  window: string;
  help: string;
  newChat: string;
  openModel: string;
  settings: string;
  search: string;
  commands: string;
  sidebar: string;
  sampling: string;
  shortcuts: string;
  show: string;
  quit: string;
  cut: string;
  copy: string;
  paste: string;
  selectAll: string;
  models: string;
  allFiles: string;
  windowStopped: string;
  openAgain: string;
}

const texts: Record<Exclude<NonNullable<Settings['language']>, 'system'>, DesktopTexts> = {
  en: {
    ...{ file: 'File', edit: 'Edit', view: 'View', window: 'Window', help: 'Help' },
    ...{ newChat: 'New chat', openModel: 'Open model…', settings: 'Settings…', search: 'Search chats' },
    ...{ commands: 'Commands', sidebar: 'Sidebar', sampling: 'Sampling', shortcuts: 'Keyboard shortcuts' },
    ...{ show: 'Show Conclave', quit: 'Quit Conclave' },
    ...{ cut: 'Cut', copy: 'Copy', paste: 'Paste', selectAll: 'Select all', models: 'Models', allFiles: 'All files' },
    ...{ windowStopped: 'The window stopped working. Your chats are safe.', openAgain: 'Open it again' },
  },
  de: {
    ...{ file: 'Datei', edit: 'Bearbeiten', view: 'Ansicht', window: 'Fenster', help: 'Hilfe' },
    ...{ newChat: 'Neuer Chat', openModel: 'Modell öffnen…', settings: 'Einstellungen…', search: 'Chats suchen' },
    ...{ commands: 'Befehle', sidebar: 'Seitenleiste', sampling: 'Sampling', shortcuts: 'Tastenkürzel' },
    ...{ show: 'Conclave zeigen', quit: 'Conclave beenden' },
    ...{ cut: 'Ausschneiden', copy: 'Kopieren', paste: 'Einfügen', selectAll: 'Alles auswählen' },
    ...{ models: 'Modelle', allFiles: 'Alle Dateien' },
    ...{ windowStopped: 'Das Fenster ist abgestürzt. Deine Chats sind sicher.', openAgain: 'Wieder öffnen' },
  },
  zh: {
    ...{ file: '文件', edit: '编辑', view: '显示', window: '窗口', help: '帮助' },
    ...{ newChat: '新对话', openModel: '打开模型…', settings: '设置…', search: '搜索对话' },
    ...{ commands: '命令', sidebar: '侧边栏', sampling: '采样', shortcuts: '键盘快捷键' },
    ...{ show: '显示 Conclave', quit: '退出 Conclave' },
    ...{ cut: '剪切', copy: '复制', paste: '粘贴', selectAll: '全选', models: '模型', allFiles: '所有文件' },
    ...{ windowStopped: '窗口已停止工作。你的对话是安全的。', openAgain: '重新打开' },
  },
  ja: {
    ...{ file: 'ファイル', edit: '編集', view: '表示', window: 'ウインドウ', help: 'ヘルプ' },
    ...{ newChat: '新しいチャット', openModel: 'モデルを開く…', settings: '設定…', search: 'チャットを検索' },
    ...{ commands: 'コマンド', sidebar: 'サイドバー', sampling: 'サンプリング', shortcuts: 'キーボードショートカット' },
    ...{ show: 'Conclave を表示', quit: 'Conclave を終了' },
    ...{ cut: '切り取り', copy: 'コピー', paste: '貼り付け', selectAll: 'すべて選択' },
    ...{ models: 'モデル', allFiles: 'すべてのファイル' },
    ...{ windowStopped: 'ウインドウが停止しました。チャットは無事です。', openAgain: 'もう一度開く' },
  },
};

/** Of the setting, otherwise of the first of the system's languages that there is. */
export function desktopTexts(language: Settings['language'], preferred: readonly string[]): DesktopTexts {
  const known = (tag: string) => Object.entries(texts).find(([one]) => tag.toLowerCase().startsWith(one))?.[1];
  return [language ?? 'system', ...preferred].map(known).find((found) => found !== undefined) ?? texts.en;
}
