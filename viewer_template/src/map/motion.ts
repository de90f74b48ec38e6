// How the camera moves: by hand, by momentum, by flight. Time is handed in; nothing here asks the clock.
import { type Bounds, type Camera, clampCamera, panBy, type Viewport, zoomAt } from '../geometry/camera';
import { easeInOut, easeOut, type Flight, planFlight } from '../geometry/flight';

const GLIDE_MS = 325; // time constant of momentum after a drag
const ZOOM_MS = 85; // time constant with which a zoom reaches its aim
const STILL_PX_MS = 0.015;

type Limits = { readonly min: number; readonly max: number };

export class Motion {
  camera: Camera = { x: 0, y: 0, scale: 1 };
  limits: Limits = { min: 1e-3, max: 1e9 };
  bounds: Bounds = { minX: -1, minY: -1, maxX: 1, maxY: 1 };
  /** Whether the person asked for reduced motion: then everything arrives at once. */
  isReduced = false;
  private velocity = { x: 0, y: 0 };
  private zoom: { scale: number; x: number; y: number } | null = null;
  private flight: { path: Flight; start: number; duration: number; ease: (t: number) => number } | null = null;
  private last = 0;
  private isUnderWay = false;

  constructor(private viewport: Viewport) {}

  resize(viewport: Viewport): void {
    this.viewport = viewport;
  }

  get isMoving(): boolean {
    return this.flight !== null || this.zoom !== null || this.velocity.x !== 0 || this.velocity.y !== 0;
  }

  stop(): void {
    this.flight = null;
    this.zoom = null;
    this.velocity = { x: 0, y: 0 };
  }

  set(camera: Camera): void {
    this.stop();
    this.camera = camera;
  }

  drag(dx: number, dy: number): void {
    this.stop();
    this.camera = clampCamera(panBy(this.camera, dx, dy), this.bounds, this.limits);
  }

  /** Moves the view by CSS pixels, smoothly; further calls add up. */
  nudge(dx: number, dy: number): void {
    if (this.isReduced) {
      this.drag(-dx, -dy);
      return;
    }
    this.flight = null;
    this.zoom = null;
    this.velocity = { x: this.velocity.x - dx / GLIDE_MS, y: this.velocity.y - dy / GLIDE_MS };
  }

  /** Goes on after a drag. @param vx, vy CSS pixels a millisecond */
  glide(vx: number, vy: number): void {
    if (this.isReduced || Math.hypot(vx, vy) < 0.08) return;
    this.velocity = { x: vx, y: vy };
  }

  /** Zooms at once, as fingers do. */
  pinch(x: number, y: number, factor: number): void {
    this.stop();
    this.camera = clampCamera(zoomAt(this.camera, this.viewport, x, y, factor, this.limits), this.bounds, this.limits);
  }

  /** Zooms smoothly towards a point of the screen; further calls add up. */
  zoomTowards(x: number, y: number, factor: number): void {
    this.flight = null;
    this.velocity = { x: 0, y: 0 };
    const from = this.zoom?.scale ?? this.camera.scale;
    const scale = Math.min(this.limits.max, Math.max(this.limits.min, from * factor));
    this.zoom = { scale, x, y };
    if (this.isReduced) this.finishZoom();
  }

  private finishZoom(): void {
    if (!this.zoom) return;
    const { x, y, scale } = this.zoom;
    this.camera = clampCamera(zoomAt(this.camera, this.viewport, x, y, scale / this.camera.scale, this.limits), this.bounds, this.limits);
    this.zoom = null;
  }

  /** Flies to a camera; without `duration` as long as the way asks for. */
  flyTo(camera: Camera, now: number, duration?: number): void {
    this.stop();
    if (this.isReduced) {
      this.camera = camera;
      return;
    }
    const path = planFlight(this.camera, camera, this.viewport);
    if (path.length < 1e-4) {
      this.camera = camera;
      return;
    }
    this.flight = {
      path,
      start: now,
      duration: duration ?? Math.min(1600, 280 + 420 * path.length),
      ease: duration === undefined && path.length < 0.6 ? easeOut : easeInOut,
    };
  }

  /** Moves on to the time `now`, milliseconds. @returns whether the camera moved */
  step(now: number): boolean {
    // After a pause the first step is short; a slow machine still arrives in time.
    const elapsed = Math.min(this.isUnderWay ? 250 : 17, Math.max(0, now - this.last));
    this.isUnderWay = this.isMoving;
    this.last = now;
    if (this.flight) {
      const t = Math.min(1, Math.max(0, (now - this.flight.start) / this.flight.duration));
      this.camera = this.flight.path.at(this.flight.ease(t));
      if (t >= 1) this.flight = null;
      return true;
    }
    if (this.zoom) {
      const ratio = this.zoom.scale / this.camera.scale;
      if (Math.abs(Math.log(ratio)) < 0.002) this.finishZoom();
      else {
        const factor = Math.pow(ratio, 1 - Math.exp(-elapsed / ZOOM_MS));
        const { x, y } = this.zoom;
        this.camera = clampCamera(zoomAt(this.camera, this.viewport, x, y, factor, this.limits), this.bounds, this.limits);
      }
      return true;
    }
    if (this.velocity.x !== 0 || this.velocity.y !== 0) {
      const decay = Math.exp(-elapsed / GLIDE_MS);
      const way = GLIDE_MS * (1 - decay); // the integral of the fading speed, so that the rate of frames does not matter
      this.camera = clampCamera(panBy(this.camera, this.velocity.x * way, this.velocity.y * way), this.bounds, this.limits);
      this.velocity = { x: this.velocity.x * decay, y: this.velocity.y * decay };
      if (Math.hypot(this.velocity.x, this.velocity.y) < STILL_PX_MS) this.velocity = { x: 0, y: 0 };
      return true;
    }
    return false;
  }
}
