// Paints what lies below the images, on a canvas of its own under theirs: land and sea, areas, lines. Follows the camera.
import type { GroundKind, GroundShape } from '../data/ground_file';
import type { Camera, Viewport } from '../geometry/camera';

/** Widths of lines, CSS pixels. */
const STROKES: Readonly<Record<GroundKind, number>> = { sea: 1, land: 1, line: 1, scale: 1.5, block: 1 };

interface Painted {
  readonly kind: GroundKind;
  readonly fill: Path2D | null;
  readonly stroke: Path2D;
}

export interface GroundView {
  readonly camera: Camera;
  readonly viewport: Viewport;
  readonly devicePixelRatio: number;
}

/** A ground and how much of it shows, from 0 to 1. */
export interface Shown {
  readonly ground: readonly GroundShape[];
  readonly opacity: number;
}

export class Ground {
  private readonly canvas = document.createElement('canvas');
  private readonly context = this.canvas.getContext('2d');
  private readonly paths = new WeakMap<readonly GroundShape[], readonly Painted[]>();
  private colors: Readonly<Record<string, string>> = {};
  private last = '';

  /** @param above the canvas of the images */
  constructor(above: HTMLCanvasElement) {
    this.canvas.id = 'clipplot-ground';
    this.canvas.setAttribute('aria-hidden', 'true');
    above.before(this.canvas);
  }

  /** Takes up the colours of the theme. */
  restyle(): void {
    const style = getComputedStyle(document.documentElement);
    const names = (Object.keys(STROKES) as GroundKind[]).flatMap((kind) => [`--${kind}-fill`, `--${kind}-stroke`]);
    this.colors = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(name).trim()]));
    this.last = '';
  }

  /** Paints the grounds, unless nothing has changed. */
  draw(view: GroundView, grounds: readonly Shown[]): void {
    const shown = grounds.filter(({ ground, opacity }) => ground.length > 0 && opacity > 0);
    const { camera, viewport, devicePixelRatio: ratio } = view;
    const key = shown.length === 0 ? '' : JSON.stringify([camera, viewport, ratio, shown.map(({ opacity, ground }) => [opacity, ground.length])]);
    if (key === this.last) return;
    this.last = key;
    this.canvas.hidden = shown.length === 0;
    if (!this.context || shown.length === 0) return;
    const width = Math.round(viewport.width * ratio);
    const height = Math.round(viewport.height * ratio);
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.clearRect(0, 0, width, height);
    const scale = camera.scale * ratio;
    this.context.setTransform(scale, 0, 0, -scale, width / 2 - camera.x * scale, height / 2 + camera.y * scale);
    for (const { ground, opacity } of shown) this.paint(this.context, ground, opacity, camera.scale);
  }

  private paint(context: CanvasRenderingContext2D, ground: readonly GroundShape[], opacity: number, scale: number): void {
    let painted = this.paths.get(ground);
    if (!painted) {
      painted = trace(ground);
      this.paths.set(ground, painted);
    }
    context.globalAlpha = opacity;
    context.lineJoin = 'round';
    for (const { kind, fill, stroke } of painted) {
      if (fill) {
        context.fillStyle = this.colors[`--${kind}-fill`];
        context.fill(fill, 'evenodd');
      }
      context.strokeStyle = this.colors[`--${kind}-stroke`];
      context.lineWidth = STROKES[kind] / scale;
      context.stroke(stroke);
    }
  }
}

/** On the way from one layout to another the old ground goes before the new one comes. @param mix from 0 to 1 */
export function mixGrounds(from: readonly GroundShape[], to: readonly GroundShape[], mix: number): Shown[] {
  return [
    { ground: from, opacity: Math.max(0, 1 - 2.5 * mix) },
    { ground: to, opacity: Math.max(0, 2.5 * mix - 1.5) },
  ];
}

/** Paths of the shapes; neighbouring shapes of one kind are one path, for there are hundreds of islands. */
function trace(ground: readonly GroundShape[]): Painted[] {
  const painted: { kind: GroundKind; fill: Path2D | null; stroke: Path2D }[] = [];
  for (const { kind, parts } of ground) {
    let last = painted.at(-1);
    if (last?.kind !== kind) {
      last = { kind, fill: kind === 'line' || kind === 'scale' ? null : new Path2D(), stroke: new Path2D() };
      painted.push(last);
    }
    const { fill, stroke } = last;
    parts.forEach((points, number) => {
      for (let i = 0; i < points.length; i += 2) {
        const [x, y] = [points[i], points[i + 1]];
        if (i === 0) stroke.moveTo(x, y);
        else stroke.lineTo(x, y);
        if (i === 0 && number === 0) fill?.moveTo(x, y);
        else fill?.lineTo(x, y);
      }
    });
    fill?.closePath();
  }
  return painted;
}
