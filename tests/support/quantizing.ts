// Numbers like weights, and how far quantised ones are off.
import { randomNumbers } from './randomModel.ts';

export function gaussianNumbers(count: number, deviation: number, seed = 1): Float32Array {
  const random = randomNumbers(seed);
  const uniform = () => (random() + 1) / 2 + 2 ** -33;
  return Float32Array.from(
    { length: count },
    () => deviation * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/** Root of the mean squared error, relative to the values'. */
export function relativeRmsError(values: Float32Array, exact: Float32Array): number {
  let [error, power] = [0, 0];
  for (let i = 0; i < exact.length; i++) {
    error += (values[i] - exact[i]) ** 2;
    power += exact[i] ** 2;
  }
  return Math.sqrt(error / power);
}
