/** Gain and weight of a leaf in XGBoost's arithmetic: sums are doubles, what is made of them a float. */
import type { TreeSettings } from './settings.ts';

const f = Math.fround;

export interface Sums {
  readonly gradient: number;
  readonly hessian: number;
}

type Penalties = Pick<TreeSettings, 'lambda' | 'alpha' | 'maxDeltaStep' | 'minChildWeight'>;

/** The Newton step, before the learning rate. */
export function leafWeight({ gradient, hessian }: Sums, settings: Penalties): number {
  if (hessian < settings.minChildWeight || hessian <= 0) return 0;
  const step = -shrunk(gradient, settings.alpha) / (hessian + settings.lambda);
  const { maxDeltaStep } = settings;
  const bounded = maxDeltaStep !== 0 && Math.abs(step) > maxDeltaStep ? Math.sign(step) * maxDeltaStep : step;
  return f(bounded);
}

export function leafGain(sums: Sums, settings: Penalties): number {
  const { gradient, hessian } = sums;
  if (hessian <= 0) return 0;
  if (settings.maxDeltaStep === 0) {
    const g = shrunk(gradient, settings.alpha);
    return f(f(g * g) / f(hessian + settings.lambda));
  }
  const w = leafWeight(sums, settings);
  const h = f(f(hessian) + settings.lambda);
  return f(-f(f(f(2 * f(gradient)) * w) + f(h * f(w * w))));
}

function shrunk(gradient: number, alpha: number): number {
  if (gradient > alpha) return gradient - alpha;
  if (gradient < -alpha) return gradient + alpha;
  return 0;
}
