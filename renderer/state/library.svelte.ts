// The models on the disk and on their way to it: what main says of them, and what a person can do with them. What goes wrong
// with one model or download is kept beside it.
import { SvelteMap } from 'svelte/reactivity';
import type {
  CatalogueModel,
  Download,
  DownloadPreview,
  DownloadSettings,
  LibraryModel,
  LibraryProgress,
  LibraryState,
  RequestName,
} from '../../main/ipc/contract.ts';
import { AppError, type Api } from '../services/api.ts';
import { text } from '../text/text.ts';
import { newsOf } from './downloadNews.ts';
import type { ModelState } from './model.svelte.ts';
import { sentenceOf, type Notices } from './notices.svelte.ts';

/** The person ended it: no reason to say anything. */
const isStopped = (error: unknown) => error instanceof AppError && error.code === 'stopped';

export class Library {
  state = $state.raw<LibraryState | null>(null);
  catalogue = $state.raw<readonly CatalogueModel[]>([]);
  downloads = $state.raw<readonly Download[]>([]);
  settings = $state.raw<DownloadSettings>({ mirror: null, bytesPerSecond: null });
  /** Why the page has nothing to show. */
  readError = $state<string | null>(null);
  /** Reading every byte, copying, moving: by the model's id or the path. */
  readonly work = new SvelteMap<string, LibraryProgress>();
  /** Asked for and not answered yet, by the id of a variant, a download or a model. */
  readonly asked = new SvelteMap<string, boolean>();
  /** What went wrong last, by the same ids. */
  readonly problems = new SvelteMap<string, string>();
  /** The dialog that adds models is open, for these paths if any were dropped. */
  adding = $state.raw<{ paths: readonly string[]; note: string | null } | null>(null);
  /** Set by App. */
  onUse: (modelId: string) => void = () => {};

  readonly #api: Api;
  readonly #notices: Notices;
  readonly #model: ModelState;

  constructor(api: Api, notices: Notices, model: ModelState) {
    this.#api = api;
    this.#notices = notices;
    this.#model = model;
    api.on('library:changed', (state) => (this.state = state));
    api.on('library:progress', (progress) => this.#takeProgress(progress));
    api.on('downloads:changed', (downloads) => this.#takeDownloads(downloads));
  }

  /** Those that have not ended well. */
  readonly unfinished = $derived(this.downloads.filter(({ state }) => state !== 'complete'));
  /** The network is in use. */
  readonly isDownloading = $derived(
    this.downloads.some(({ state }) => state === 'downloading' || state === 'starting' || state === 'waiting'),
  );

  /** Called whenever the page opens. */
  async read(): Promise<void> {
    try {
      const [state, catalogue, downloads, settings] = await Promise.all([
        this.#api.call('library:list', null),
        this.#api.call('catalogue:list', null),
        this.#api.call('downloads:list', null),
        this.#api.call('downloads:settings', null),
      ]);
      this.state = state;
      this.catalogue = catalogue;
      this.downloads = downloads;
      this.settings = settings;
      this.readError = null;
    } catch (error) {
      this.readError = sentenceOf(error);
    }
  }

  startAdding(paths: readonly string[], note: string | null = null): void {
    this.adding = { paths, note };
  }

  model(id: string): LibraryModel | null {
    return this.state?.models.find((model) => model.id === id) ?? null;
  }

  /** A variant of the catalogue. */
  async pull(id: string): Promise<void> {
    await this.#try(id, async () => this.#put(await this.#api.call('downloads:pull', { id })));
  }

  /** @throws AppError */
  preview(source: string, quantization: string | null): Promise<DownloadPreview> {
    return this.#api.call('downloads:preview', { source, quantization });
  }

  /** @throws AppError */
  async add(source: string, quantization: string | null): Promise<void> {
    this.#put(await this.#api.call('downloads:add', { source, sha256: null, quantization }));
  }

  async pause(id: string): Promise<void> {
    await this.#try(id, async () => this.#put(await this.#api.call('downloads:pause', { id })));
  }

  async resume(id: string): Promise<void> {
    await this.#try(id, async () => this.#put(await this.#api.call('downloads:resume', { id })));
  }

  async cancel(id: string): Promise<void> {
    const name = this.downloads.find((download) => download.id === id)?.name ?? '';
    await this.#try(id, async () => {
      await this.#api.call('downloads:cancel', { id });
      this.downloads = this.downloads.filter((download) => download.id !== id);
      this.#notices.toast(text.library.downloads.cancelled(name));
    });
  }

  /** Where a dropped file lies; null where the shell cannot tell. */
  pathOf(file: File): string | null {
    return this.#api.pathOf(file);
  }

  /** null where nothing was chosen. @throws AppError */
  choose(kind: 'file' | 'folder'): Promise<string[] | null> {
    return this.#api.call('library:choose', { kind });
  }

  /** False where it was cancelled. @throws AppError */
  async import(path: string, how: 'link' | 'copy'): Promise<boolean> {
    try {
      const { model, isNew } = await this.#api.call('library:import', { path, how });
      const words = text.library.addDialog;
      this.#offer(model.id, isNew ? words.added(model.name) : words.known(model.name));
      await this.read();
      return true;
    } catch (error) {
      if (isStopped(error)) return false;
      throw error;
    } finally {
      this.work.delete(path);
    }
  }

  async verify(id: string): Promise<void> {
    await this.#try(id, async () => {
      const { name } = await this.#api.call('library:verify', { id });
      this.#notices.toast(text.library.installed.verified(name));
    });
    this.work.delete(id);
    await this.#readAgain();
  }

  /** Ends a verification by the model's id, an import by its path. */
  async cancelWork(id: string): Promise<void> {
    await this.#api.call('library:cancel', { id }).catch((error: unknown) => this.problems.set(id, sentenceOf(error)));
  }

  async remove({ id, name, place }: LibraryModel): Promise<void> {
    const done = await this.#try(id, async () => {
      if (this.#model.loadedId === id) await this.#model.unload();
      await this.#api.call('library:remove', { id });
    });
    if (!done) return;
    await this.#readAgain();
    const words = text.library.installed;
    this.#notices.toast(place === 'linked' ? words.removedLink(name) : words.removed(name), {
      label: text.library.undo,
      run: () => void this.restore(id),
    });
  }

  async restore(id: string): Promise<void> {
    const done = await this.#try(id, () => this.#api.call('library:restore', { id }));
    if (done) await this.#readAgain();
    else this.#notices.warn('library', this.problems.get(id) ?? '');
  }

  async reveal(id: string): Promise<void> {
    await this.#try(id, () => this.#api.call('library:reveal', { id }));
  }

  /** @throws AppError */
  async move(folder: string): Promise<void> {
    try {
      this.state = await this.#api.call('library:move', { folder });
      this.#notices.toast(text.library.storage.moved);
    } finally {
      this.work.clear();
    }
  }

  /** @throws AppError */
  async set(change: Partial<DownloadSettings>): Promise<void> {
    this.settings = await this.#api.call('downloads:setSettings', change);
  }

  async #try(id: string, work: () => Promise<unknown>): Promise<boolean> {
    this.problems.delete(id);
    this.asked.set(id, true);
    try {
      await work();
      return true;
    } catch (error) {
      if (!isStopped(error)) this.problems.set(id, sentenceOf(error));
      return false;
    } finally {
      this.asked.delete(id);
    }
  }

  /** After a change that main also tells of; a failure leaves what is shown. */
  async #readAgain(): Promise<void> {
    const read = <Name extends RequestName & ('library:list' | 'catalogue:list')>(name: Name) =>
      this.#api.call(name, null as never).catch(() => null);
    const [state, catalogue] = await Promise.all([read('library:list'), read('catalogue:list')]);
    if (state) this.state = state;
    if (catalogue) this.catalogue = catalogue;
  }

  #put(download: Download): void {
    const isKnown = this.downloads.some(({ id }) => id === download.id);
    // In its place: a row must not jump.
    this.#takeDownloads(
      isKnown
        ? this.downloads.map((other) => (other.id === download.id ? download : other))
        : [...this.downloads, download],
    );
  }

  #takeProgress(progress: LibraryProgress): void {
    if (progress.totalBytes > 0 && progress.bytes >= progress.totalBytes) this.work.delete(progress.id);
    else this.work.set(progress.id, progress);
  }

  #takeDownloads(downloads: readonly Download[]): void {
    for (const now of downloads) {
      const before = this.downloads.find(({ id }) => id === now.id);
      if (now.state === 'complete' && before?.state !== 'complete') {
        this.#offer(now.modelId, text.library.downloads.ready(now.name));
        void this.#readAgain();
      }
      const news = newsOf(before, now);
      if (news !== null) this.#notices.announce(news);
    }
    this.downloads = downloads;
  }

  #offer(modelId: string, message: string): void {
    this.#notices.toast(message, { label: text.library.downloads.use, run: () => this.onUse(modelId) });
  }
}
