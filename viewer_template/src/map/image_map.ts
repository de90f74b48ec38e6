// The map: joins camera, layouts, pictures and renderer into frames. Draws only when something changed.
import type { LayoutEntry } from '../data/manifest';
import type { Site } from '../data/site';
import type { SiteError } from '../data/site_error';
import { type Insets, type Point, screenToWorld, type Viewport } from '../geometry/camera';
import { easeInOut } from '../geometry/flight';
import type { Label } from '../geometry/labels';
import { sizeOf, type Sizing } from '../geometry/sizes';
import type { Direction } from '../geometry/towards';
import { DIMMED, type Drawn, MAX_THUMBNAILS, type Rgb, type Thumbnails } from '../render/frame';
import { Renderer } from '../render/renderer';
import type { AppStore, ViewStore } from '../state/app_state';
import { type Place, placeOf } from '../state/url';
import { carryCamera, chooseSpread, type MapWindow } from './arrangement';
import { type Change, CHANGE_MS, prepareChange, progressOf } from './change';
import { Far } from './far';
import { Ground, mixGrounds } from './ground';
import type { Looks } from './looks';
import { followMarks } from './marks';
import type { Motion } from './motion';
import { Pictures } from './pictures';
import { besidePictures, bootScene } from './scene';
import { Scenes } from './scenes';
import { Stage } from './stage';
import { coarsen, followVeils } from './veils';
import { chooseThumbnails } from './thumbnails';
import { Travel } from './travel';
import { ranksInView, type ScreenBox } from './visible';

const FADE_MS = 180;
const PLAN_WHILE_MOVING_MS = 120;
const DIMMED_HASTE = 0.02; // pictures that are greyed out come after the others

export interface Look {
  readonly background: Rgb;
  readonly accent: Rgb;
}

export class ImageMap {
  readonly travel: Travel;
  readonly renderer: Renderer;
  /** What the last frame drew; for diagnostics. */
  drawn: Drawn = { points: 0, thumbnails: 0, isBusy: false };
  shownRanks: Uint32Array = new Uint32Array(0);
  isSettled = false;
  private stage: Stage | null = null;
  private window: MapWindow | null = null;
  private readonly pictures: Pictures;
  private readonly ground: Ground;
  private readonly far: Far;
  /** The layout whose columns are still to come; null: all are here. */
  private stillLacks: LayoutEntry | null = null;
  /** The same, where they could not be had. */
  private lacking: LayoutEntry | null = null;
  private readonly scenes: Scenes;
  private readonly levels = new Uint8Array(MAX_THUMBNAILS);
  private change: Change | null = null;
  private looks: Looks | null = null;
  private look: Look = { background: [0, 0, 0], accent: [1, 1, 1] };
  private hovered = -1;
  private lastPlan = 0;
  private request = 0;
  private readonly settleWatchers: (() => void)[] = [];
  private readonly frameWatchers: ((drawn: Drawn) => void)[] = [];

  constructor(
    canvas: HTMLCanvasElement,
    private readonly site: Site,
    private readonly app: AppStore,
    private readonly view: ViewStore,
    onError: (error: SiteError) => void,
  ) {
    this.scenes = new Scenes(site);
    this.travel = new Travel(this.scenes, () => this.stage, () => {
      this.wake();
    }, onError);
    const { imageCount, levels, tilePx } = site.manifest;
    const wake = () => {
      this.wake();
    };
    this.renderer = new Renderer(canvas, {
      imageCount,
      levels,
      tilePx,
      isInHand: matchMedia('(pointer: coarse)').matches, // a phone or tablet
      onRestored: () => {
        this.pictures.viewMoved();
        this.wake();
      },
    });
    this.ground = new Ground(canvas);
    this.pictures = new Pictures(site, this.renderer, wake, onError, (rank) => app.get().veiled?.[rank] === 1);
    this.far = new Far(site, this.renderer, wake, onError);
    followMarks(app, this.renderer, (looks, areOthers) => {
      this.looks = looks;
      if (this.stage) this.stage.looks = looks;
      if (areOthers) this.pictures.viewMoved();
      this.wake();
    });
    followVeils(app, this.pictures, wake);
    app.subscribe(({ sizeFactor }) => {
      if (!this.stage || this.stage.sizeFactor === sizeFactor) return;
      this.stage.sizeFactor = sizeFactor;
      this.pictures.viewMoved();
      this.wake();
    });
  }

  /** The server answers again after it could not be reached. */
  retry(): void {
    this.pictures.retry();
    this.far.retry();
    if (this.lacking) this.stillLacks = this.lacking;
    this.wake();
  }

  /** Loads what the first dots need. */
  async begin(layout: LayoutEntry, place: Place | null): Promise<void> {
    const spread = this.spreadFor(layout);
    const isHome = layout.name === this.site.manifest.homeLayout && spread < 0;
    const wanted = this.site.manifest.boot && isHome ? null : this.scenes.get(layout, spread);
    const boot = await this.far.load();
    const [aspects, colors] = boot ? [boot.logAspects, boot.colors] : await Promise.all([this.site.aspects(), this.site.colors()]);
    const scene = boot && !wanted ? bootScene(layout, boot) : await (wanted ?? this.scenes.get(layout, spread));
    if (boot) this.stillLacks = layout;
    this.renderer.setImages(aspects, colors);
    this.stage = new Stage(scene, aspects);
    this.stage.foremost = this.far.foremost;
    this.stage.looks = this.looks;
    this.stage.sizeFactor = this.app.get().sizeFactor;
    this.renderer.setLayout(scene.positions, scene.room.sides);
    this.travel.isFitted = place === null;
    if (this.window) this.resize(this.window.viewport, this.window.insets, this.window.homeInsets);
    this.motion.set(place ? await this.scenes.cameraFor(place, scene, this.stage) : this.stage.fitCamera());
    this.wake();
  }

  /** Number of the spread to show of a layout, in this window; -1: its own positions. */
  private spreadFor(layout: LayoutEntry): number {
    return this.window ? chooseSpread(layout, this.window, this.app.get().isRaw) : -1;
  }

  /** Whether the arrangement on view is the one that suits window and wishes. */
  get isWellArranged(): boolean {
    return !this.stage || this.stage.scene.spread === this.spreadFor(this.stage.scene.layout);
  }

  /**
   * Changes to another layout, or to another arrangement of this one: pictures and camera travel together.
   * @param place where to look; null: at the whole; 'same': at the same images as now
   */
  async showLayout(layout: LayoutEntry, place: Place | null | 'same' = null): Promise<void> {
    const { stage } = this;
    if (!stage) return;
    const scene = await this.scenes.get(layout, this.spreadFor(layout));
    const wanted = place === null || place === 'same' ? null : await this.scenes.cameraFor(place, scene, stage);
    if (this.app.get().layout !== layout.name || scene.spread !== this.spreadFor(layout)) return; // another was chosen meanwhile
    const from = stage.scene;
    if (from === scene) {
      if (wanted) this.travel.fly(wanted);
      return;
    }
    const now = performance.now();
    const start = this.motion.camera;
    const makeChange = prepareChange(stage, start, now);
    stage.scene = scene;
    this.renderer.setLayout(scene.positions, scene.room.sides);
    this.travel.keepWithin(stage);
    const isKept = place === 'same' && !this.travel.isFitted;
    const end = wanted ?? (isKept ? carryCamera(from, scene, start, stage, this.app.get().open) : stage.fitCamera());
    this.travel.isFitted = wanted === null && !isKept;
    if (this.motion.isReduced) this.motion.set(end);
    else {
      this.change = makeChange(end);
      this.motion.flyTo(end, now, CHANGE_MS);
    }
    this.wake();
  }

  private get motion(): Motion {
    return this.travel.motion;
  }

  /** Number of the spread on view; -1: a layout's own positions. */
  get spread(): number {
    return this.stage?.scene.spread ?? -1;
  }

  /** The labels of a layout, where they hide no picture that they name. */
  async arrangeLabels(layout: LayoutEntry, labels: readonly Label[]): Promise<Label[]> {
    const shown = this.stage?.scene;
    return besidePictures(shown?.layout === layout ? shown : await this.scenes.get(layout, this.spread), labels);
  }

  setLook(look: Look): void {
    this.look = look;
    this.ground.restyle();
    this.wake();
  }

  /** @param homeInsets the insets of the bare window, without panels */
  resize(viewport: Viewport, insets: Insets, homeInsets: Insets): void {
    this.window = { viewport, insets, homeInsets };
    this.motion.resize(viewport);
    const { stage } = this;
    if (!stage) return;
    const isSame = viewport.width === stage.viewport.width && viewport.height === stage.viewport.height;
    Object.assign(stage, this.window);
    this.travel.keepWithin(stage);
    if (!isSame && this.travel.isFitted) this.motion.set(stage.fitCamera());
    this.wake();
  }

  boxOf(rank: number): ScreenBox | null {
    const isImage = rank >= 0 && rank < this.renderer.imageCount;
    return this.stage && isImage ? this.stage.boxOf(this.motion.camera, rank) : null;
  }

  pick(x: number, y: number): number {
    if (!this.stage || this.change) return -1;
    const { open } = this.app.get();
    return this.stage.pick(this.motion.camera, x, y, [this.hovered, open]);
  }

  nearestToMiddle(): number {
    return this.stage?.nearestToMiddle(this.motion.camera) ?? -1;
  }

  nextTowards(from: number, direction: Direction): number {
    return this.stage && !this.change ? this.stage.nextTowards(from, direction) : -1;
  }

  /** Whether an image is on the map and in sight, beside all panels. */
  isInSight(rank: number): boolean {
    return rank >= 0 && this.stage !== null && !this.stage.isHidden(this.motion.camera, rank);
  }

  /** The images in view; null where these are all. */
  ranksInView(): Uint32Array | null {
    return this.stage && !this.travel.isFitted ? ranksInView(this.stage.scene, this.motion.camera, this.stage.viewport) : null;
  }

  /** The images inside an outline. @param outline world units */
  ranksInside(outline: readonly Point[]): number[] {
    return this.stage?.ranksInside(outline) ?? [];
  }

  /** The world point under a point of the canvas. */
  worldAt({ x, y }: Point): Point {
    return screenToWorld(this.motion.camera, this.stage?.viewport ?? { width: 1, height: 1 }, x, y);
  }

  setHovered(rank: number): void {
    if (rank === this.hovered) return;
    this.hovered = rank;
    this.wake();
  }

  onFrame(watch: (drawn: Drawn) => void): void { this.frameWatchers.push(watch); }

  onSettled(watch: () => void): void { this.settleWatchers.push(watch); }

  /** Asks for a frame. */
  wake(): void {
    this.isSettled = false;
    if (this.request !== 0) return;
    this.request = requestAnimationFrame((now) => {
      this.request = 0;
      if (this.stage && !this.renderer.isLost) this.frame(this.stage, now);
    });
  }

  private frame(stage: Stage, now: number): void {
    const moved = this.motion.step(now);
    const { camera } = this.motion;
    const { viewport } = stage;
    const ratio = window.devicePixelRatio || 1;
    const mix = progressOf(this.change, now);
    if (mix >= 1) this.change = null;
    const { change } = this;
    const sizing = change ? change.sizingTo : stage.sizing(camera);
    const { thumbnails, isWhole } = this.chooseThumbnails(stage, sizing, ratio);
    this.drawn = this.renderer.draw({
      camera,
      viewport,
      devicePixelRatio: ratio,
      mix: easeInOut(mix),
      sizing: { from: change?.sizingFrom ?? sizing, to: sizing },
      thumbnails,
      drawsPoints: !isWhole,
      isColored: this.app.get().coloring !== null,
      hovered: this.hovered,
      selected: this.app.get().open,
      background: this.look.background,
      accent: this.look.accent,
      now,
      fadeMs: this.motion.isReduced ? 0 : FADE_MS,
    });
    this.ground.draw({ camera, viewport, devicePixelRatio: ratio }, mixGrounds(change?.from.ground ?? [], stage.scene.ground, mix));
    for (const watch of this.frameWatchers) watch(this.drawn);
    this.view.set({ camera, viewport, isChangingLayout: change !== null, shown: stage.scene });
    const isMoving = this.motion.isMoving || change !== null;
    if (moved || isMoving) this.pictures.viewMoved();
    if (!isMoving || now - this.lastPlan > PLAN_WHILE_MOVING_MS) {
      this.lastPlan = now;
      const rooms = stage.scene.room.sides;
      const haste = (rank: number) => (this.looks?.bytes[rank] === DIMMED ? DIMMED_HASTE : 1);
      this.pictures.follow(thumbnails, (rank) => haste(rank) * (Math.max(thumbnails.leastPx, sizeOf(sizing, rooms[rank])) * ratio) ** 2, thumbnails.leastPx > 0 ? this.far.overview : null);
    }
    if (isMoving || this.drawn.isBusy) this.wake();
    else if (this.pictures.isIdle) this.settle(stage);
  }

  private chooseThumbnails(stage: Stage, sizing: Sizing, ratio: number): { thumbnails: Thumbnails; isWhole: boolean } {
    const { change, looks, hovered } = this;
    const capacity = (level: number) => this.renderer.capacity(level);
    const given = { stage, camera: this.motion.camera, sizing, ratio, change, looks, hovered, open: this.app.get().open, site: this.site.manifest, capacity };
    const chosen = chooseThumbnails(given, this.levels);
    this.shownRanks = coarsen(chosen.thumbnails.ranks, this.levels, this.app.get().veiled);
    return chosen;
  }

  /** After what is shown first: everything that the first view lacks. */
  private async complete(layout: LayoutEntry): Promise<void> {
    const loaded = await this.far.loadRest(() => this.scenes.get(layout, -1));
    if (loaded === undefined) return;
    const { stage } = this;
    if (loaded && stage) stage.logAspects = loaded.aspects;
    if (loaded && stage?.scene.isPartial) {
      stage.scene = loaded.scene;
      this.renderer.setLayout(loaded.scene.positions, loaded.scene.room.sides);
      this.travel.keepWithin(stage);
    }
    this.stillLacks = null;
    this.lacking = loaded ? null : layout;
    this.wake();
  }

  private settle(stage: Stage): void {
    if (this.stillLacks) {
      void this.complete(this.stillLacks);
      return;
    }
    if (this.isSettled) return;
    this.isSettled = true;
    void this.far.complete();
    const { camera } = this.motion;
    const place = this.travel.isFitted ? null : placeOf(camera, stage.viewport, stage.scene.spread);
    const before = this.app.get().place;
    // The same place stays the same, for the store tells all who watch it of another: the map settles whenever a pointer has moved.
    this.app.set({ place: JSON.stringify(place) === JSON.stringify(before) ? before : place, inView: stage.countInView(camera) });
    for (const watch of this.settleWatchers) watch();
  }
}
