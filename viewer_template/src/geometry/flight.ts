// Smooth flight from one camera to another: zoom out, travel, zoom in, after J. J. van Wijk and
// W. A. A. Nuij, "Smooth and efficient zooming and panning" (IEEE InfoVis 2003). Pure.
import type { Camera, Viewport } from './camera';

const RHO = 1.35; // how readily the flight zooms out to travel; the paper's users preferred about 1.42

export interface Flight {
  /** The camera at `t` in [0, 1]. */
  at(t: number): Camera;
  /** Length of the flight in the paper's perceptual units; 1 is about a doubling. */
  readonly length: number;
}

export function planFlight(from: Camera, to: Camera, viewport: Viewport): Flight {
  const span = Math.max(1, Math.min(viewport.width, viewport.height));
  const w0 = span / from.scale;
  const w1 = span / to.scale;
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const distance = Math.hypot(dx, dy);
  const rho2 = RHO * RHO;

  if (distance < 1e-9 * Math.max(w0, w1) || !Number.isFinite(distance)) {
    const ratio = Math.log(w1 / w0);
    return {
      length: Math.abs(ratio) / RHO,
      at: (t) => (t >= 1 ? to : { x: to.x, y: to.y, scale: span / (w0 * Math.exp(ratio * t)) }),
    };
  }
  const b0 = (w1 * w1 - w0 * w0 + rho2 * rho2 * distance * distance) / (2 * w0 * rho2 * distance);
  const b1 = (w1 * w1 - w0 * w0 - rho2 * rho2 * distance * distance) / (2 * w1 * rho2 * distance);
  const r0 = -Math.asinh(b0); // ln(sqrt(b² + 1) - b), without its cancellation for large b
  const r1 = -Math.asinh(b1);
  const length = (r1 - r0) / RHO;
  return {
    length: Math.abs(length),
    at: (t) => {
      if (t >= 1) return to;
      const s = t * length;
      const width = (w0 * Math.cosh(r0)) / Math.cosh(RHO * s + r0);
      const along = (w0 / rho2) * (Math.cosh(r0) * Math.tanh(RHO * s + r0) - Math.sinh(r0));
      const share = along / distance;
      return { x: from.x + dx * share, y: from.y + dy * share, scale: span / width };
    },
  };
}

/** Cubic ease in and out. */
export function easeInOut(t: number): number {
  return t < 0.5 ? 4 * t * t * t : 1 - Math.pow(-2 * t + 2, 3) / 2;
}

/** Cubic ease out. */
export function easeOut(t: number): number {
  return 1 - Math.pow(1 - t, 3);
}
