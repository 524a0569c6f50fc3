// What has become of a device: the first error that it reported, whether it was lost, and the coded errors that follow for whoever
// uses it.
import { EngineError } from '../errors.ts';

/** Waits for bytes to be mapped; where that fails, throws what made it fail. */
export type Guard = (mapped: Promise<ArrayBuffer>) => Promise<ArrayBuffer>;

export class DeviceHealth {
  /** Resolves with an error once the device is gone, unless it was given up. */
  readonly lost: Promise<Error>;
  readonly #device: GPUDevice;
  /** The first error that no error scope caught. */
  #failure: EngineError | null = null;
  #isLost = false;
  #isGivenUp = false;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.lost = new Promise((resolve) => {
      void device.lost.then(({ message }) => {
        if (this.#isGivenUp) return;
        this.#isLost = true;
        resolve(deviceLost(message));
      });
    });
    device.onuncapturederror = ({ error }) => {
      const outOfMemory = error.constructor.name === 'GPUOutOfMemoryError';
      const code = outOfMemory ? 'out-of-memory' : 'internal';
      this.#failure ??= new EngineError(code, 'The GPU reported an error.', error.message);
    };
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Given up while it was still there: it is not lost any more. */
  get isGivenUp(): boolean {
    return this.#isGivenUp && !this.#isLost;
  }

  /** Nothing has gone wrong so far. */
  get isSound(): boolean {
    return !this.#isLost && !this.#isGivenUp && !this.#failure;
  }

  /** Before the device is destroyed on purpose, which is no loss. @returns false where it was given up before */
  giveUp(): boolean {
    const first = !this.#isGivenUp;
    this.#isGivenUp = true;
    // Dawn in Node keeps a device, and all that was compiled for it, as long as it has a listener that knows the device.
    this.#device.onuncapturederror = null;
    return first;
  }

  /** @throws the error that the device has reported, or `device-lost` */
  check(): void {
    if (this.#isLost || this.#isGivenUp) throw deviceLost('');
    if (this.#failure) throw this.#failure;
  }

  /** @throws EngineError `device-lost`, or the first that the device has reported */
  readonly guard: Guard = async (mapped) => {
    try {
      const bytes = await mapped;
      if (this.#failure) throw this.#failure;
      return bytes;
    } catch (error) {
      throw error instanceof EngineError ? error : (this.#failure ?? deviceLost(String(error)));
    }
  };
}

function deviceLost(detail: string): EngineError {
  return new EngineError('device-lost', 'The GPU was reset or went away.', detail);
}
