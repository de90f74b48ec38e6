// The layout shown, in the window as it is: where things lie on the screen, and what lies under a point.
import { type Camera, centreOn, type Insets, type Point, screenToWorld, type Viewport, worldToScreen } from '../geometry/camera';
import { boundsOfOutline, isInside } from '../geometry/outline';
import { prominentSize, sizeOf, type Sizing } from '../geometry/sizes';
import { type Direction, nextTowards } from '../geometry/towards';
import { MAX_THUMBNAILS, PLAIN } from '../render/frame';
import { type Foremost, FOREMOST_PX } from './foremost';
import type { Looks } from './looks';
import { fitScene, freeSize, type Scene, scaleLimits, sceneSizing } from './scene';
import { countInView, type Enlarged, findVisible, pickImage, type ScreenBox, screenBox, SMALLEST_PICTURE_PX } from './visible';

/** When one flies to an image its picture is to be at least this large, CSS pixels. */
const FLY_TO_PX = 64;

export class Stage {
  viewport: Viewport = { width: 1, height: 1 };
  /** What the interface covers now, and what it covers without panels. */
  insets: Insets = { top: 0, right: 0, bottom: 0, left: 0 };
  homeInsets: Insets = this.insets;
  looks: Looks | null = null;
  /** By how much larger than usual pictures are wanted. */
  sizeFactor = 1;
  /** Few among very many; null in a small site. */
  foremost: Foremost | null = null;
  private counted: { readonly scene: Scene; readonly camera: Camera; readonly viewport: Viewport; readonly looks: Looks | null; readonly count: number } | null = null;

  constructor(
    public scene: Scene,
    public logAspects: Float32Array,
  ) {}

  fitCamera(): Camera {
    return fitScene(this.scene, this.viewport, this.insets);
  }

  /** How large a share of the images lies where no panel covers the map: about, by whole cells of the index. */
  shareInSight(camera: Camera): number {
    const { left, right, top, bottom } = this.insets;
    const start = screenToWorld(camera, this.viewport, left, this.viewport.height - bottom);
    const end = screenToWorld(camera, this.viewport, this.viewport.width - right, top);
    const count = this.scene.positions.length / 2;
    return this.scene.index.countAtMost({ minX: start.x, minY: start.y, maxX: end.x, maxY: end.y }) / Math.max(1, count);
  }

  get limits(): { min: number; max: number } {
    return scaleLimits(this.scene, this.viewport, this.homeInsets);
  }

  sizing(camera: Camera): Sizing {
    const sizing = sceneSizing(this.scene, camera.scale, this.viewport, this.homeInsets, this.sizeFactor);
    if (!this.looks?.isNarrowed || this.scene.room.isPacked) return sizing; // where there is room for all, there is for the lit
    const { width, height } = freeSize(this.viewport, this.homeInsets);
    return { ...sizing, prominentPx: this.sizeFactor * prominentSize(this.looks.plain, width, height) };
  }

  /** The middle of what no panel covers, CSS pixels. */
  get middle(): { x: number; y: number } {
    const { left, right, top, bottom } = this.insets;
    return { x: (left + this.viewport.width - right) / 2, y: (top + this.viewport.height - bottom) / 2 };
  }

  /**
   * Those of the foremost that are in view; null where there are none, or images stand in cells: there all are small
   * pictures in a row, and none may cover others.
   * @param largestHome times the scale of the whole: up to there only those whose pictures are at hand are taken
   */
  foremostIn(camera: Camera, largestHome: number): Uint32Array | null {
    const { foremost, scene } = this;
    if (!foremost || scene.room.isRegular || this.looks?.isNarrowed) return null;
    const isHome = camera.scale < largestHome * this.fitCamera().scale;
    return foremost.inView(scene, camera, this.viewport, this.looks, this.sizeFactor, isHome);
  }

  /** The images that are drawn larger than others. */
  private enlarged(sizing: Sizing): Enlarged | null {
    const { foremost, scene } = this;
    if (!foremost || scene.room.isRegular || this.looks?.isNarrowed || sizeOf(sizing, scene.room.median) >= SMALLEST_PICTURE_PX) return null;
    return { px: FOREMOST_PX * this.sizeFactor, has: (rank) => foremost.has(rank) };
  }

  boxOf(camera: Camera, rank: number): ScreenBox {
    const sizing = this.sizing(camera);
    const enlarged = this.enlarged(sizing);
    return screenBox(this.scene, camera, this.viewport, sizing, this.logAspects, rank, this.looks, enlarged?.has(rank) ? enlarged.px : 0);
  }

  pick(camera: Camera, x: number, y: number, onTop: readonly number[]): number {
    const sizing = this.sizing(camera);
    return pickImage(this.scene, camera, this.viewport, sizing, this.logAspects, x, y, onTop, this.looks, this.enlarged(sizing));
  }

  /** How many images lie in the view; counted anew only where something is another. */
  countInView(camera: Camera): number {
    const { scene, viewport, looks, counted } = this;
    if (counted?.scene === scene && counted.camera === camera && counted.viewport === viewport && counted.looks === looks) return counted.count;
    this.counted = { scene, camera, viewport, looks, count: countInView(scene, camera, viewport, looks) };
    return this.counted.count;
  }

  /** The images whose middle lies inside an outline, of those that are not greyed out or hidden. @param outline world units */
  ranksInside(outline: readonly Point[]): number[] {
    const { positions, index } = this.scene;
    const found: number[] = [];
    index.forEachIn(boundsOfOutline(outline), (rank) => {
      const isMeant = !this.looks || this.looks.bytes[rank] === PLAIN;
      if (isMeant && isInside(outline, positions[2 * rank], positions[2 * rank + 1])) found.push(rank);
    });
    return found;
  }

  /** The image nearest to the middle of the view, or -1; one that is lit, if there is one. */
  nearestToMiddle(camera: Camera): number {
    const { positions } = this.scene;
    const { middle } = this;
    let best = -1;
    let bestDistance = Infinity;
    const { ranks } = findVisible(this.scene, camera, this.viewport, this.sizing(camera), MAX_THUMBNAILS, this.looks);
    const lit = ranks.filter((rank) => this.looks?.bytes[rank] === PLAIN);
    for (const rank of lit.length > 0 ? lit : ranks) {
      const at = worldToScreen(camera, this.viewport, positions[2 * rank], positions[2 * rank + 1]);
      const distance = Math.hypot(at.x - middle.x, at.y - middle.y);
      if (distance < bestDistance) [best, bestDistance] = [rank, distance];
    }
    return best;
  }

  /** The image to which a step leads from another one; -1 at the edge. Those that are greyed out are passed over. */
  nextTowards(from: number, direction: Direction): number {
    const { positions, index } = this.scene;
    return nextTowards(index, positions, from, direction, (rank) => !this.looks || this.looks.bytes[rank] === PLAIN);
  }

  /** Whether a picture is outside the window or below a panel. */
  isHidden(camera: Camera, rank: number): boolean {
    const { left, right, top, bottom } = this.insets;
    const { x, y, width, height } = this.boxOf(camera, rank);
    return (
      x < left + width / 2 || x > this.viewport.width - right - width / 2 ||
      y < top + height / 2 || y > this.viewport.height - bottom - height / 2
    );
  }

  /** The camera that has an image in the middle. */
  cameraOn(rank: number, scale: number): Camera {
    const { positions } = this.scene;
    return centreOn(positions[2 * rank], positions[2 * rank + 1], scale, this.insets);
  }

  /** The scale, from `scale` upwards, at which the picture of an image is large enough to be looked at. */
  scaleToSee(rank: number, scale: number): number {
    const { max } = this.limits;
    const room = this.scene.room.sides[rank];
    let to = scale;
    while (to < max && sizeOf(this.sizing({ x: 0, y: 0, scale: to }), room) < FLY_TO_PX) to *= 1.15;
    return Math.min(max, to);
  }
}
