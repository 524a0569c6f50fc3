// One function a request of libraryContract.ts, on the services alone.
import type { Services } from '../services.ts';
import { AppError } from './errors.ts';
import type { LibraryRequests } from './libraryContract.ts';

type Result<Name extends keyof LibraryRequests> = LibraryRequests[Name]['result'];
type LibraryHandlers = {
  [Name in keyof LibraryRequests]: (payload: LibraryRequests[Name]['payload']) => Result<Name> | Promise<Result<Name>>;
};

export function createLibraryHandlers({ models, desktop }: Services): LibraryHandlers {
  return {
    'catalogue:list': () => models.catalogue(),
    'library:fit': ({ shape, budgetBytes, ...options }) => models.fit(shape, options, budgetBytes),
    'library:list': () => models.state(),
    'library:choose': ({ kind }) => desktop?.choose(kind) ?? null,
    'library:import': ({ path, how }) => models.import(path, how),
    'library:verify': ({ id }) => models.verify(id),
    'library:cancel': async ({ id }) => {
      await models.cancel(id);
      return null;
    },
    'library:remove': async ({ id }) => {
      await models.remove(id);
      return null;
    },
    'library:restore': ({ id }) => models.restore(id),
    'library:reveal': ({ id }) => {
      if (desktop === undefined)
        throw new AppError(
          'not-found',
          'Folders can be shown in the desktop app only; the path stands beside the model.',
        );
      desktop.reveal(models.firstFile(id));
      return null;
    },
    'library:move': ({ folder }) => models.move(folder),
    'downloads:list': () => models.downloads.list(),
    'downloads:pull': ({ id }) => models.pull(id),
    'downloads:add': ({ source, sha256, quantization }) => models.add(source, { sha256, quantization }),
    'downloads:preview': ({ source, quantization }) => models.preview(source, quantization),
    'downloads:pause': ({ id }) => models.downloads.pause(id),
    'downloads:resume': ({ id }) => models.downloads.resume(id),
    'downloads:cancel': async ({ id }) => {
      await models.downloads.cancel(id);
      return null;
    },
    'downloads:settings': () => models.settings(),
    'downloads:setSettings': (changes) => models.setSettings(changes),
  };
}
