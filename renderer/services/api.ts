// Turns the contract's replies into values or thrown AppErrors, so that state code reads as one line a step.
import type { AppErrorCode, AppErrorData, Bridge, Payload, RequestName, Result } from '../../main/ipc/contract.ts';

/** A refusal of main: `message` is a sentence for a person. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: AppErrorCode;
  readonly detail: string | undefined;

  constructor(error: AppErrorData) {
    super(error.message);
    this.code = error.code;
    this.detail = error.detail;
  }
}

export interface Api {
  /** @throws AppError when main refuses. */
  call<Name extends RequestName>(name: Name, payload: Payload<Name>): Promise<Result<Name>>;
  on: Bridge['on'];
  /** Where a dropped file lies; null where the shell cannot tell. */
  pathOf(file: File): string | null;
}

export function createApi(bridge: Bridge): Api {
  return {
    async call(name, payload) {
      const reply = await bridge.request(name, payload);
      if (!reply.ok) throw new AppError(reply.error);
      return reply.value;
    },
    on: (name, listener) => bridge.on(name, listener),
    pathOf: (file) => bridge.pathOf?.(file) || null,
  };
}
