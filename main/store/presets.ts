// The presets table: a system prompt, sampling, thinking and a model under a name.
import type { Database } from 'better-sqlite3';
import type { FullSampling as Sampling } from '../../engine/protocol.ts';
import type { Id, Payload, Preset, Thinking } from '../ipc/contract.ts';
import { AppError } from '../ipc/errors.ts';
import { createId } from './id.ts';

/** Leaves space for a number within the contract's 100. */
const longestName = 90;

export type NewPreset = Omit<Preset, 'id'>;

export interface PresetStore {
  /** By name. */
  list(): Preset[];
  /** @throws AppError `not-found` */
  get(id: Id): Preset;
  save(preset: Payload<'presets:save'>): Preset;
  /** Adds all or none; a name that is taken gets a number. */
  add(presets: readonly NewPreset[]): Preset[];
  delete(id: Id): void;
}

interface Row {
  id: string;
  name: string;
  system_prompt: string;
  sampling: string;
  thinking: string | null;
  model_id: string | null;
}

export function createPresetStore(database: Database): PresetStore {
  const list = database.prepare('SELECT * FROM presets ORDER BY name COLLATE NOCASE, id');
  const select = database.prepare('SELECT * FROM presets WHERE id = ?');
  const taken = database.prepare('SELECT EXISTS (SELECT 1 FROM presets WHERE name = ? COLLATE NOCASE)').pluck();
  const insert = database.prepare(
    `INSERT INTO presets (id, name, system_prompt, sampling, thinking, model_id, created_at)
     VALUES (:id, :name, :systemPrompt, :sampling, :thinking, :modelId, :now)`,
  );
  const update = database.prepare(
    `UPDATE presets SET name = :name, system_prompt = :systemPrompt, sampling = :sampling, thinking = :thinking,
     model_id = :modelId
     WHERE id = :id`,
  );
  const remove = database.prepare('DELETE FROM presets WHERE id = ?');

  const get = (id: Id): Preset => {
    const row = select.get(id) as Row | undefined;
    if (row === undefined) throw new AppError('not-found', 'That preset does not exist any more.');
    return fromRow(row);
  };
  const create = (preset: NewPreset): Preset => {
    const id = createId();
    insert.run({ id, ...columns(preset), now: Date.now() });
    return get(id);
  };
  const freeName = (name: string): string => {
    for (let number = 1; ; number++) {
      const candidate = number === 1 ? name : `${name.slice(0, longestName)} (${number})`;
      if (taken.get(candidate) === 0) return candidate;
    }
  };

  return {
    list: () => (list.all() as Row[]).map(fromRow),
    get,
    save({ id, ...preset }) {
      if (id === null) return create(preset);
      update.run({ id, ...columns(preset) });
      return get(id);
    },
    add: database.transaction((presets: readonly NewPreset[]): Preset[] =>
      presets.map((preset) => create({ ...preset, name: freeName(preset.name) })),
    ),
    delete(id) {
      if (remove.run(id).changes === 0) get(id);
    },
  };
}

const columns = ({ name, systemPrompt, sampling, thinking, modelId }: NewPreset) => ({
  name,
  systemPrompt,
  sampling: JSON.stringify(sampling),
  thinking: thinking ? JSON.stringify(thinking) : null,
  modelId,
});

function fromRow(row: Row): Preset {
  return {
    id: row.id,
    name: row.name,
    systemPrompt: row.system_prompt,
    sampling: JSON.parse(row.sampling) as Partial<Sampling>,
    ...(row.thinking !== null && { thinking: JSON.parse(row.thinking) as Thinking }),
    modelId: row.model_id,
  };
}
